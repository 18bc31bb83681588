//! Maps of files: reading, writing and bounds.

#[cfg(unix)]
use crate::raw_numbers::Flagged;
use ironmap::raw::MmapExt;
use std::{fs, io};

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

#[cfg(unix)]
#[test]
fn map_a_directory_says_so() {
    for options in [MmapOptions::new(), MmapOptions::new().len(10)] {
        let error = options.open(".").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("\".\": mapping a directory failed"),
            "{text}"
        );
        assert!(error.raw_os_error().is_some());
    }
}

#[test]
fn open_default_is_whole_file_read_only() {
    let named = tempfile::NamedTempFile::new().unwrap();
    fs::write(named.path(), pattern(5000)).unwrap();
    let mut map = Mmap::open(named.path()).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(5000));
    assert_eq!(
        (map.len(), map.size().unwrap(), map.file_offset()),
        (5000, 5000, 0)
    );
    assert!(map.is_readable() && !map.is_writable());
    assert!(!map.is_private() && !map.is_anonymous() && map.tracks_file());
    let error = map.set_byte(0, 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotWritable);
}

#[test]
fn open_for_writing_changes_file() {
    let named = tempfile::NamedTempFile::new().unwrap();
    fs::write(named.path(), "hello").unwrap();
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .open(named.path())
        .unwrap();
    map.write_at(0, b"J").unwrap();
    drop(map);
    assert_eq!(fs::read(named.path()).unwrap(), b"Jello");
}

#[cfg(unix)]
#[test]
fn open_failure_names_path() {
    let error = Mmap::open("/no/such/file").unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOENT));
    assert_eq!(
        error.to_string(),
        "opening \"/no/such/file\" failed: No such file or directory (os error 2)"
    );
    let error = Mmap::open("with\0zero").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn write_methods_reach_file() {
    let file = file_with(&[b'.'; 20]);
    let mut map = writable(&file);
    map.set_byte(0, b'a').unwrap();
    map.write_at(1, b"bcd").unwrap();
    map.write_strided(10, 2, b"xyz").unwrap();
    map.write_strided(19, -1, b"21").unwrap();
    map.copy_within(0..4, 5).unwrap();
    map.flush(..).unwrap();
    assert_eq!(contents(&file), b"abcd.abcd.x.y.z...12");
    assert_eq!(map.to_vec(..).unwrap(), contents(&file));
}

#[test]
fn read_methods_agree_with_file() {
    let bytes = pattern(10_000);
    let file = file_with(&bytes);
    let map = MmapOptions::new().map(&file).unwrap();
    for at in [0, 1, 4999, 5000, 9999] {
        assert_eq!(map.byte(at).unwrap(), bytes[at]);
    }
    let mut piece = [0; 300];
    map.read_at(4000, &mut piece).unwrap();
    assert_eq!(piece, bytes[4000..4300]);
    assert_eq!(map.to_vec(9000..).unwrap(), bytes[9000..]);
}

#[test]
fn all_methods_out_of_bounds_change_nothing() {
    let file = file_with(&pattern(10));
    let mut map = writable(&file);
    assert!(map.byte(10).unwrap_err().is_out_of_bounds());
    assert!(map.set_byte(10, 0).unwrap_err().is_out_of_bounds());
    assert!(map.write_at(8, b"abc").unwrap_err().is_out_of_bounds());
    assert!(
        map.write_at(usize::MAX, b"abc")
            .unwrap_err()
            .is_out_of_bounds()
    );
    assert!(
        map.write_strided(0, 5, b"abc")
            .unwrap_err()
            .is_out_of_bounds()
    );
    assert!(map.copy_within(0..5, 6).unwrap_err().is_out_of_bounds());
    assert!(map.copy_within(6..11, 0).unwrap_err().is_out_of_bounds());
    assert!(map.flush(0..11).unwrap_err().is_out_of_bounds());
    let mut into = [7; 3];
    assert!(map.read_at(8, &mut into).unwrap_err().is_out_of_bounds());
    assert_eq!(into, [7; 3]);
    assert_eq!(
        map.byte(10).unwrap_err().to_string(),
        "byte 10 is out of bounds of a map of 10 bytes"
    );
    assert_eq!(contents(&file), pattern(10));
}

#[test]
fn read_and_write_zero_bytes_at_end_succeed() {
    let file = file_with(b"abc");
    let mut map = writable(&file);
    map.read_at(3, &mut []).unwrap();
    map.write_at(3, b"").unwrap();
    map.copy_within(3..3, 3).unwrap();
    assert_eq!(map.to_vec(3..).unwrap(), b"");
    assert!(map.read_at(4, &mut []).unwrap_err().is_out_of_bounds());
}

#[test]
fn copy_within_overlap_agrees_with_slice() {
    let file = file_with(&pattern(1000));
    for (from, to) in [(0..900, 100), (100..1000, 0), (0..500, 500), (7..7, 9)] {
        let mut map = writable(&file);
        let mut model = map.to_vec(..).unwrap();
        map.copy_within(from.clone(), to).unwrap();
        model.copy_within(from, to);
        assert_eq!(map.to_vec(..).unwrap(), model);
    }
}

#[test]
fn write_at_private_keeps_file() {
    let file = file_with(b"original");
    let mut map = MmapOptions::new().access(Access::Copy).map(&file).unwrap();
    assert!(map.is_private() && map.is_writable());
    map.write_at(0, b"changed!").unwrap();
    map.flush(..).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"changed!");
    assert_eq!(contents(&file), b"original");
}

#[test]
fn write_at_shared_is_seen_by_other_map() {
    let file = file_with(&[0; 100]);
    let mut one = writable(&file);
    let two = MmapOptions::new().map(&file).unwrap();
    one.set_byte(50, 9).unwrap();
    assert_eq!(two.byte(50).unwrap(), 9);
}

#[test]
fn map_file_offset_begins_there() {
    let page = Mmap::allocation_granularity();
    let bytes = pattern(3 * page);
    let file = file_with(&bytes);
    let map = MmapOptions::new()
        .file_offset(page as u64)
        .len(page + 10)
        .map(&file)
        .unwrap();
    assert_eq!(map.file_offset(), page as u64);
    assert_eq!(map.to_vec(..).unwrap(), bytes[page..2 * page + 10]);
    assert_eq!(map.size().unwrap(), 3 * page as u64);
    let rest = MmapOptions::new()
        .file_offset(2 * page as u64)
        .map(&file)
        .unwrap();
    assert_eq!(rest.len(), page);
}

#[test]
fn map_outlives_closed_file() {
    let file = file_with(b"still here");
    let map = MmapOptions::new().map(&file).unwrap();
    drop(file);
    assert_eq!(map.to_vec(..).unwrap(), b"still here");
    assert_eq!(map.size().unwrap(), 10);
}

#[test]
fn size_follows_file() {
    let file = file_with(b"12345");
    let map = MmapOptions::new().map(&file).unwrap();
    file.set_len(7).unwrap();
    assert_eq!((map.size().unwrap(), map.len()), (7, 5));
}

#[test]
fn map_untracked_reads_but_has_no_size() {
    let file = file_with(b"12345");
    let mut map = MmapOptions::new()
        .access(Access::Write)
        .track_file(false)
        .map(&file)
        .unwrap();
    assert!(!map.tracks_file());
    assert_eq!(map.byte(4).unwrap(), b'5');
    assert_eq!(map.size().unwrap_err().kind(), ErrorKind::Untracked);
    let error = map.resize(3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Untracked);
    assert!(error.is_not_resizable());
    assert_eq!(contents(&file), b"12345");
}

#[cfg(unix)]
#[test]
fn map_special_files_report_system_error() {
    let errno = |path: &str, len: usize| {
        let options = MmapOptions::new().len(len);
        options
            .map(fs::File::open(path).unwrap())
            .err()
            .and_then(|e| e.raw_os_error())
    };
    assert_eq!(errno("/", 10), Some(libc::ENODEV));
    assert_eq!(errno("/", 0), Some(libc::EINVAL));
    assert_eq!(errno("/dev/null", 10), Some(libc::ENODEV));
    assert_eq!(errno("/dev/zero", 10), None);
    assert_eq!(errno("/dev/zero", 0), Some(libc::EINVAL));
    let (socket, _peer) = std::os::unix::net::UnixStream::pair().unwrap();
    let error = MmapOptions::new().len(10).map(&socket).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENODEV));
    let error = MmapOptions::new().map(&socket).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
}

#[cfg(target_os = "linux")]
#[test]
fn open_proc_file_is_empty_file_error() {
    let error = Mmap::open("/proc/self/status").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EmptyFile, "{error}");
    assert!(error.raw_os_error().is_some());
    // An empty file that is not open for writing gives the same error.
    let file = tempfile::NamedTempFile::new().unwrap();
    let reading = std::fs::File::open(file.path()).unwrap();
    let error = MmapOptions::new()
        .access(Access::Write)
        .map(&reading)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::EmptyFile);
    assert_eq!(error.raw_os_error(), Some(libc::EACCES));
    // A map of length 0 makes no test of the file.
    let none = MmapOptions::new().access(Access::Write).len(0);
    assert!(none.map(&reading).unwrap().is_empty());
    assert_eq!(
        error.to_string(),
        "cannot map an empty or virtual file (/proc, /sys): Permission denied (os error 13)"
    );
}

#[test]
fn map_for_writing_read_only_descriptor_is_denied() {
    let named = tempfile::NamedTempFile::new().unwrap();
    fs::write(named.path(), "x").unwrap();
    let reading = fs::File::open(named.path()).unwrap();
    let error = MmapOptions::new()
        .access(Access::Write)
        .map(&reading)
        .unwrap_err();
    let denied = io::Error::from(error).kind();
    assert_eq!(denied, io::ErrorKind::PermissionDenied);
    MmapOptions::new()
        .access(Access::Copy)
        .map(&reading)
        .unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn drop_closes_descriptor() {
    use crate::sys::other_descriptors_of;
    let file = file_with(b"x");
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(other_descriptors_of(&file).len(), 1);
    drop(map);
    assert_eq!(other_descriptors_of(&file), []);
    let untracked = MmapOptions::new().track_file(false).map(&file).unwrap();
    assert_eq!(other_descriptors_of(&file), []);
    drop(untracked);
    let failed = MmapOptions::new().with_flags(0).map(&file);
    assert_eq!(failed.unwrap_err().raw_os_error(), Some(libc::EINVAL));
    assert_eq!(other_descriptors_of(&file), []);
}

#[cfg(target_os = "linux")]
#[test]
fn drop_unmaps() {
    let file = file_with(&pattern(10_000));
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(crate::sys::mappings_of(&file).len(), 1);
    drop(map);
    assert!(crate::sys::mappings_of(&file).is_empty());
}

#[cfg(unix)]
#[test]
fn kept_descriptor_is_mapped_file() {
    use std::os::fd::AsRawFd;

    let file = file_with(b"content");
    let map = MmapOptions::new().map(&file).unwrap();
    let number = map.kept_descriptor().unwrap();
    assert_ne!(number, file.as_raw_fd());
    assert_eq!(fs::read(format!("/dev/fd/{number}")).unwrap(), b"content");
    for map in [
        Mmap::anonymous(1).unwrap(),
        MmapOptions::new().track_file(false).map(&file).unwrap(),
    ] {
        let error = map.kept_descriptor().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Untracked);
    }
}

/// The map keeps the descriptor that `open` opened.
#[cfg(target_os = "linux")]
#[test]
fn open_uses_one_descriptor() {
    let named = tempfile::NamedTempFile::new().unwrap();
    named.as_file().set_len(100).unwrap();
    let map = Mmap::open(named.path()).unwrap();
    let kept = crate::sys::kept_descriptor(named.as_file());
    assert_eq!(map.kept_descriptor().unwrap(), kept);
    drop(map);
    assert_eq!(crate::sys::other_descriptors_of(named.as_file()), []);
}

#[test]
fn fill_range_or_nothing() {
    let file = file_with(&pattern(10_000));
    let mut map = writable(&file);
    map.fill(7, 4090..4100).unwrap();
    assert!(map.fill(8, 9990..10_001).unwrap_err().is_out_of_bounds());
    map.fill(9, 5..5).unwrap();
    let mut expected = pattern(10_000);
    expected[4090..4100].fill(7);
    assert_eq!(contents(&file), expected);
    let mut reading = MmapOptions::new().map(&file).unwrap();
    assert!(reading.fill(1, ..).unwrap_err().is_protected());
}
