//! Options: invalid values and raw flags.

#[cfg(unix)]
use crate::raw_numbers::{Advised, Flagged};
use ironmap::raw::MmapExt;
use ironmap::raw::MmapOptionsExt;
use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern};

fn kind(result: Result<Mmap, ironmap::Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn map_empty_file_is_empty() {
    let file = file_with(b"");
    let map = Mmap::map(&file).unwrap();
    assert_eq!((map.len(), map.size().unwrap()), (0, 0));
    assert_eq!(map.find(b"x", ..).unwrap(), None);
    // Offset 0 is the only offset in it.
    let error = MmapOptions::new().file_offset(4000).map(&file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OffsetPastEnd);
    assert_eq!(error.file_size(), Some(0));
    #[cfg(unix)]
    assert_eq!(
        kind(MmapOptions::new().len(1).map(&file)),
        ErrorKind::LengthPastEnd
    );
}

#[test]
fn resize_empty_file_grows() {
    let file = file_with(b"");
    let mut map = MmapOptions::new().access(Access::Write).map(&file).unwrap();
    map.resize(5).unwrap();
    map.write_at(0, b"hello").unwrap();
    assert_eq!(contents(&file), b"hello");
}

#[test]
fn open_failure_of_mapping_names_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = MmapOptions::new()
        .file_offset(9)
        .open(file.path())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{:?}: file offset 9 is not inside a file of 0 bytes",
            file.path()
        )
    );
    let debug = format!("{error:?}");
    assert!(debug.starts_with("Error(OffsetPastEnd, \""), "{debug}");
}

#[test]
fn map_zero_length_is_empty() {
    let file = file_with(b"abc");
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .len(0)
        .map(&file)
        .unwrap();
    assert!(map.is_empty());
    assert_eq!((map.len(), map.size().unwrap()), (0, 3));
    assert!(map.byte(0).unwrap_err().is_out_of_bounds());
    assert_eq!(map.to_vec(..).unwrap(), b"");
    assert_eq!(map.find(b"", ..).unwrap(), Some(0));
    assert_eq!(map.find(b"a", ..).unwrap(), None);
    map.write_at(0, b"").unwrap();
    map.flush(..).unwrap();
    map.advise(ironmap::Advice::Normal, ..).unwrap();
    #[cfg(unix)]
    {
        map.flush_raw(libc::MS_SYNC, ..).unwrap();
        map.advise_number(libc::MADV_NORMAL, ..).unwrap();
    }
    assert_eq!(contents(&file), b"abc");
}

#[test]
fn map_offset_past_end_is_error() {
    let page = Mmap::allocation_granularity() as u64;
    let file = file_with(&pattern(page as usize + 10));
    let at = |file_offset| MmapOptions::new().file_offset(file_offset);
    assert_eq!(at(page).map(&file).unwrap().len(), 10);
    assert_eq!(kind(at(page + 10).map(&file)), ErrorKind::OffsetPastEnd);
    assert_eq!(kind(at(2 * page).map(&file)), ErrorKind::OffsetPastEnd);
    assert_eq!(kind(at(u64::MAX).map(&file)), ErrorKind::OffsetPastEnd);
}

#[cfg(unix)]
#[test]
fn map_length_past_end_is_error() {
    let page = Mmap::page_size() as u64;
    let file = file_with(&pattern(page as usize + 10));
    let at = |file_offset| MmapOptions::new().file_offset(file_offset);
    assert_eq!(kind(at(page).len(11).map(&file)), ErrorKind::LengthPastEnd);
    assert_eq!(
        kind(at(2 * page).len(0).map(&file)),
        ErrorKind::LengthPastEnd
    );
    assert_eq!(
        kind(at(0).len(usize::MAX).map(&file)),
        ErrorKind::LengthPastEnd
    );
    let error = at(page).len(11).map(&file).unwrap_err();
    assert!(error.is_past_end());
    assert_eq!(
        error.to_string(),
        format!(
            "11 bytes at file offset {page} reach past the end of a file of {} bytes",
            page + 10
        )
    );
}

#[cfg(unix)]
#[test]
fn raw_file_offset_unaligned_is_einval() {
    let file = file_with(&pattern(100));
    let error = MmapOptions::new()
        .raw_file_offset(1)
        .map(&file)
        .unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(
        error.to_string(),
        "mmap of 99 bytes at file offset 1 failed: Invalid argument (os error 22)"
    );
    // Bounds are checked first.
    assert_eq!(
        kind(MmapOptions::new().raw_file_offset(101).map(&file)),
        ErrorKind::OffsetPastEnd
    );
}

#[cfg(unix)]
#[test]
fn raw_flags_map_fixed_is_refused() {
    let file = file_with(b"abc");
    let fixed = MmapOptions::new()
        .len(3)
        .with_flags(libc::MAP_SHARED | libc::MAP_FIXED);
    assert_eq!(kind(fixed.map(&file)), ErrorKind::FixedAddress);
    assert_eq!(kind(fixed.anonymous()), ErrorKind::FixedAddress);
    assert_eq!(kind(fixed.open("Cargo.toml")), ErrorKind::FixedAddress);
    #[cfg(target_os = "linux")]
    {
        let flags = libc::MAP_PRIVATE | libc::MAP_FIXED_NOREPLACE;
        let fixed = MmapOptions::new().len(3).with_flags(flags);
        assert_eq!(kind(fixed.map(&file)), ErrorKind::FixedAddress);
    }
}

#[cfg(all(unix, target_pointer_width = "64"))]
#[test]
fn map_longer_than_isize_max_is_too_large() {
    // On 64-bit systems no file is longer than isize::MAX, so the length is requested.
    let zero = std::fs::File::open("/dev/zero").unwrap();
    let options = MmapOptions::new().len(isize::MAX as usize + 1);
    assert_eq!(kind(options.map(&zero)), ErrorKind::TooLarge);
    assert_eq!(kind(options.anonymous()), ErrorKind::TooLarge);
}

#[cfg(unix)]
#[test]
fn raw_protection_and_flags_override_access() {
    let file = file_with(b"abc");
    let mut map = MmapOptions::new()
        .access(Access::Read)
        .raw_protection(libc::PROT_READ | libc::PROT_WRITE)
        .with_flags(libc::MAP_PRIVATE)
        .map(&file)
        .unwrap();
    assert!(map.is_private());
    map.set_byte(0, b'X').unwrap();
    assert_eq!(contents(&file), b"abc");
}

#[cfg(unix)]
#[test]
fn raw_flags_unknown_is_einval() {
    let file = file_with(b"abc");
    let error = MmapOptions::new().with_flags(0).map(&file).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
}

/// Linux ignores a descriptor with `MAP_ANONYMOUS`.
#[cfg(target_os = "linux")]
#[test]
fn raw_flags_map_anonymous_ignores_file() {
    let file = file_with(b"abc");
    let options = MmapOptions::new()
        .access(Access::Write)
        .with_flags(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let mut map = options.map(&file).unwrap();
    assert!(map.is_anonymous());
    assert_eq!(map.to_vec(..).unwrap(), [0; 3]);
    map.write_at(0, b"xyz").unwrap();
    map.resize(5000).unwrap();
    assert_eq!(map.size().unwrap(), 5000);
    assert_eq!(contents(&file), b"abc");
    assert_eq!(
        kind(options.clone().len(4).map(&file)),
        ErrorKind::LengthPastEnd
    );
    assert!(options.len(0).map(&file).unwrap().is_empty());
    assert_eq!(crate::sys::other_descriptors_of(&file), []);
}

#[test]
fn options_map_twice_succeeds() {
    let options = MmapOptions::new().access(Access::Write).len(2);
    let [one, two] = [file_with(b"ab"), file_with(b"cd")];
    assert_eq!(options.map(&one).unwrap().to_vec(..).unwrap(), b"ab");
    assert_eq!(options.map(&two).unwrap().to_vec(..).unwrap(), b"cd");
}

#[cfg(target_os = "linux")]
#[test]
fn huge_stack_and_no_reserve_swap_reach_the_system() {
    let options = || MmapOptions::new().len(2 << 20);
    let mut map = options().stack().no_reserve_swap().anonymous().unwrap();
    map.set_byte(1 << 20, 7).unwrap();
    assert!(map.is_private() && map.try_as_slice().is_some());
    // `nr` in the flags of the mapping: no swap space is reserved.
    let maps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let start = format!("{:x}-", map.as_ptr().addr());
    let area = maps.split(&start).nth(1).unwrap();
    let flags = area.lines().find(|line| line.starts_with("VmFlags:"));
    assert!(flags.unwrap().contains(" nr "), "{flags:?}");

    // No processor has pages of 8 bytes, or of 2 to the power of 63.
    for bits in [3, 63, 64, 255] {
        let error = options().huge(Some(bits)).anonymous().unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EINVAL), "{bits}");
    }
    match options().huge(Some(21)).anonymous() {
        Ok(map) => assert!(map.try_as_slice().is_none(), "the pool can run out"),
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::ENOMEM)),
    }
}
