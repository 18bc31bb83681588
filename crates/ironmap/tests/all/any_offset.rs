//! Maps that begin inside a page.

#[cfg(unix)]
use crate::raw_numbers::Advised;
use ironmap::raw::MmapExt;
use ironmap::{Access, Advice, Mmap, MmapOptions};

use crate::{contents, file_with, pattern};

/// File offsets inside a page, at its ends, and after the first page.
fn offsets() -> [usize; 6] {
    let page = Mmap::allocation_granularity();
    [1, 100, page - 1, page + 1, 2 * page - 7, 2 * page]
}

fn at(file_offset: usize) -> MmapOptions {
    MmapOptions::new().file_offset(file_offset as u64)
}

fn four_pages() -> Vec<u8> {
    pattern(4 * Mmap::allocation_granularity())
}

#[test]
fn map_unaligned_offset_starts_there() {
    let bytes = four_pages();
    let file = file_with(&bytes);
    for offset in offsets() {
        let map = at(offset).map(&file).unwrap();
        assert_eq!(map.file_offset(), offset as u64);
        assert_eq!(map.to_vec(..).unwrap(), bytes[offset..]);
        assert_eq!(map.byte(0).unwrap(), bytes[offset]);
        let needle = &bytes[offset + 200..offset + 460];
        assert_eq!(map.find(needle, ..).unwrap(), Some(200));

        let map = at(offset).len(3).map(&file).unwrap();
        assert_eq!(map.to_vec(..).unwrap(), bytes[offset..offset + 3]);
        assert!(map.byte(3).unwrap_err().is_out_of_bounds());
    }
}

#[test]
fn write_at_unaligned_offset_changes_nothing_in_front() {
    for offset in offsets() {
        let mut bytes = four_pages();
        let file = file_with(&bytes);
        let mut map = at(offset).access(Access::Write).map(&file).unwrap();
        let len = map.len();
        map.write_at(0, b"first").unwrap();
        map.write_at(len - 4, b"last").unwrap();
        map.copy_within(0..5, 10).unwrap();
        map.flush(..).unwrap();
        map.flush(7..8).unwrap();
        map.flush_async(len - 1..).unwrap();
        bytes[offset..offset + 5].copy_from_slice(b"first");
        bytes[offset + 10..offset + 15].copy_from_slice(b"first");
        bytes[offset + len - 4..].copy_from_slice(b"last");
        assert_eq!(contents(&file), bytes);
    }
}

#[test]
fn resize_unaligned_offset_sets_file_size() {
    for offset in offsets() {
        let bytes = four_pages();
        let file = file_with(&bytes);
        let mut map = at(offset).access(Access::Write).map(&file).unwrap();
        for len in [map.len() + 100_000, 5, 5000, 1] {
            let kept = map.to_vec(..map.len().min(len)).unwrap();
            map.resize(len).unwrap();
            assert_eq!(map.len(), len);
            assert_eq!(map.to_vec(..kept.len()).unwrap(), kept);
            assert!(map.to_vec(kept.len()..).unwrap().iter().all(|&b| b == 0));
            assert_eq!(map.size().unwrap(), (offset + len) as u64);
        }
        map.resize(0).unwrap();
        assert_eq!(contents(&file), bytes[..offset]);
        map.resize(9000).unwrap();
        map.write_at(8999, b"!").unwrap();
        assert_eq!(contents(&file)[offset + 8999..], *b"!");
    }
}

#[test]
fn resize_empty_map_at_end_of_file_grows() {
    let file = file_with(b"abc");
    let mut map = at(3).len(0).access(Access::Write).map(&file).unwrap();
    assert!(map.is_empty());
    map.resize(3).unwrap();
    map.write_at(0, b"def").unwrap();
    assert_eq!(contents(&file), b"abcdef");
}

#[cfg(target_os = "linux")]
#[test]
fn drop_unaligned_offset_unmaps_everything() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), four_pages()).unwrap();
    let path = file.path().to_str().unwrap();
    let lines = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        let ours = maps.lines().filter(|line| line.ends_with(path));
        ours.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut map = at(100).access(Access::Write).open(path).unwrap();
    let before = lines();
    assert_eq!(before.len(), 1);
    map.resize(5).unwrap();
    assert_ne!(lines(), before);
    drop(map);
    assert_eq!(lines(), Vec::<String>::new());
}

#[test]
fn write_at_private_unaligned_offset_keeps_file() {
    let file = file_with(&four_pages());
    let mut map = at(100).access(Access::Copy).map(&file).unwrap();
    map.write_at(0, b"mine").unwrap();
    assert_eq!(map.to_vec(..4).unwrap(), b"mine");
    assert_eq!(contents(&file), four_pages());
}

#[test]
fn map_unaligned_offset_past_end_is_error() {
    let file = file_with(b"abcdef");
    let error = at(7).map(&file).unwrap_err();
    assert_eq!(error.kind(), ironmap::ErrorKind::OffsetPastEnd);
    // Windows would lengthen the file.
    #[cfg(unix)]
    {
        let error = at(3).len(4).map(&file).unwrap_err();
        assert_eq!(error.kind(), ironmap::ErrorKind::LengthPastEnd);
    }
    let error = at(1).len(usize::MAX / 2).map(&file).unwrap_err();
    let expected = if cfg!(windows) {
        ironmap::ErrorKind::InvalidInput
    } else {
        ironmap::ErrorKind::LengthPastEnd
    };
    assert_eq!(error.kind(), expected);
}

#[cfg(unix)]
#[test]
fn advise_unaligned_offset_covers_whole_pages() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(3 * page));
    let mut map = at(100).map(&file).unwrap();
    map.advise(Advice::Random, ..).unwrap();
    map.advise(Advice::Random, page..).unwrap();
    map.advise_number(libc::MADV_NORMAL, ..).unwrap();
    map.advise_number(libc::MADV_NORMAL, page - 100..).unwrap();
    map.flush_raw(libc::MS_ASYNC, ..).unwrap();
    map.flush_raw(libc::MS_ASYNC, page - 100..).unwrap();
    for result in [
        map.advise_number(libc::MADV_NORMAL, page..),
        map.flush_raw(libc::MS_ASYNC, 5..10),
    ] {
        assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EINVAL));
    }
}

#[cfg(unix)]
#[test]
fn map_device_without_length_is_einval() {
    let zero = std::fs::File::open("/dev/zero").unwrap();
    let error = at(1).map(&zero).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EINVAL));
    assert_eq!(at(1).len(5).map(&zero).unwrap().to_vec(..).unwrap(), [0; 5]);
}

#[cfg(target_os = "linux")]
#[test]
fn pages_unaligned_offset_are_those_of_the_file() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = at(100).access(Access::Write).map(&file).unwrap();
    map.populate(..).unwrap();
    assert_eq!(map.resident_pages(..).unwrap(), [true; 4]);
    // Bytes of the first page, of the second, and of both.
    assert_eq!(map.resident_pages(..page - 100).unwrap().len(), 1);
    assert_eq!(map.resident_pages(page - 100..page).unwrap().len(), 1);
    assert_eq!(map.resident_pages(page - 101..page).unwrap().len(), 2);
    assert_eq!(map.resident_pages(5..5).unwrap().len(), 0);
    assert_eq!(map.resident(0..0).unwrap(), 1.0);
    map.lock(5..10).unwrap();
    map.unlock(..).unwrap();
    map.flush(..).unwrap();
    map.drop_pages(..page - 100).unwrap();
    map.drop_pages(2 * page..).unwrap();
    let there = map.resident_pages(..).unwrap();
    // The system may keep any page, but must not drop one outside the range.
    assert!(there[1], "{there:?}");
    map.protect(Access::Read).unwrap();
    assert!(map.set_byte(0, 1).is_err());
    assert_eq!(map.to_vec(..).unwrap(), pattern(4 * page)[100..]);
}

#[cfg(unix)]
mod faults {
    use ironmap::FaultReason;

    use super::*;

    /// Maps four pages from `offset` on, then cuts the file to `kept` bytes.
    fn cut(offset: usize, kept: usize) -> (std::fs::File, Mmap) {
        let file = file_with(&four_pages());
        let map = at(offset).access(Access::Write).map(&file).unwrap();
        file.set_len(kept as u64).unwrap();
        (file, map)
    }

    #[test]
    fn fault_in_partial_first_page_is_restored() {
        for offset in [1, 100, Mmap::page_size() - 1] {
            let (file, mut map) = cut(offset, 0);
            let fault = map.byte(0).unwrap_err().fault().unwrap();
            assert_eq!((fault.at, fault.file_size), (0, Some(0)));
            assert_eq!(fault.reason, FaultReason::FileTooShort);
            assert_eq!(map.damage().unwrap().at, 0);

            file.set_len(4 * Mmap::page_size() as u64).unwrap();
            map.restore().unwrap();
            assert!(!map.is_damaged());
            map.write_at(0, b"again").unwrap();
            assert_eq!(contents(&file)[offset..offset + 5], *b"again");
        }
    }

    #[test]
    fn fault_starts_at_page_boundary_of_file() {
        let page = Mmap::page_size();
        for offset in [1, 100, page - 1] {
            let (_, map) = cut(offset, page);
            // The last byte of the file's last page, and the next byte.
            let last = page - 1 - offset;
            assert_eq!(map.byte(last).unwrap(), four_pages()[page - 1]);
            let fault = map.to_vec(..).unwrap_err().fault().unwrap();
            assert_eq!(fault.at, last + 1);
            assert_eq!(map.byte(last).unwrap(), four_pages()[page - 1]);
            assert_eq!(
                map.byte(last + 1).unwrap_err().fault().unwrap().at,
                last + 1
            );
            let damage = map.damage().unwrap();
            assert_eq!(
                (damage.at, damage.reason),
                (last + 1, FaultReason::FileTooShort)
            );
            assert_eq!(map.faults(), 1);
        }
    }

    #[test]
    fn fault_keeps_page_in_which_file_ends() {
        let page = Mmap::page_size();
        let (_, map) = cut(100, page + 50);
        let last = page + 49 - 100;
        assert!(map.byte(2 * page).unwrap_err().is_fault());
        assert_eq!(map.byte(last).unwrap(), four_pages()[page + 49]);
        assert_eq!(map.damage().unwrap().at, 2 * page - 100);
    }

    #[test]
    fn write_at_damage_stores_nothing() {
        let page = Mmap::page_size();
        for offset in [1, 100, page - 1] {
            let (file, mut map) = cut(offset, 2 * page);
            let last = 2 * page - 1 - offset;
            // Across the end of the file, but inside a page if pages counted from the start of
            // the map.
            let error = map.write_at(last, b"xy").unwrap_err();
            assert_eq!(error.fault().unwrap().at, last + 1);
            assert_eq!(contents(&file), four_pages()[..2 * page]);
            let error = map.write_at(last - page, &vec![1; page + 2]).unwrap_err();
            assert!(error.is_fault());
            assert_eq!(contents(&file), four_pages()[..2 * page]);
        }
    }

    #[test]
    fn rfind_damage_hides_no_match() {
        let page = Mmap::page_size();
        let mut bytes = four_pages();
        // After the one damaged page, but before the end of a page that counted from the start
        // of the map.
        bytes[2 * page..2 * page + 6].copy_from_slice(b"needle");
        let file = file_with(&bytes);
        let map = at(100).map(&file).unwrap();
        assert_eq!(map.rfind(b"needle", ..).unwrap(), Some(2 * page - 100));
        file.set_len(page as u64).unwrap();
        assert!(map.rfind(b"needle", ..).unwrap_err().is_fault());
        assert_eq!(map.find(&bytes[200..260], ..).unwrap(), Some(100));
    }

    #[test]
    fn restore_private_map_keeps_changes() {
        let page = Mmap::page_size();
        let file = file_with(&four_pages());
        let mut map = at(100).access(Access::Copy).map(&file).unwrap();
        map.write_at(0, b"mine").unwrap();
        file.set_len(page as u64).unwrap();
        assert!(map.to_vec(..).unwrap_err().is_fault());
        file.set_len(4 * page as u64).unwrap();
        map.restore().unwrap();
        assert_eq!(map.to_vec(..4).unwrap(), b"mine");
        let behind = map.to_vec(page - 100..).unwrap();
        assert_eq!(behind, vec![0; 3 * page]);
    }
}
