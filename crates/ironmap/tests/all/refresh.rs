//! Maps that follow the length of their file.

use std::io::Write;

use ironmap::raw::MmapExt;
use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

/// Appends to a file behind its map.
fn append(mut file: &std::fs::File, bytes: &[u8]) {
    use std::io::{Seek, SeekFrom};
    file.seek(SeekFrom::End(0)).unwrap();
    file.write_all(bytes).unwrap();
}

#[test]
fn refresh_longer_file_shows_what_was_appended() {
    let file = file_with(b"");
    let mut map = Mmap::map(&file).unwrap();
    let mut expected = Vec::new();
    for len in [10, 5000, 1, 300_000, 2 << 20] {
        append(&file, &pattern(len));
        expected.extend(pattern(len));
        map.refresh().unwrap();
        assert_eq!(map.to_vec(..).unwrap(), expected);
        map.refresh().unwrap();
        assert_eq!(map.len(), expected.len());
    }
}

#[cfg(unix)]
#[test]
fn refresh_shorter_file_ends_with_it() {
    let file = file_with(&pattern(100_000));
    let mut map = Mmap::map(&file).unwrap();
    for len in [50_000, 4000, 100, 0] {
        file.set_len(len).unwrap();
        map.refresh().unwrap();
        assert_eq!(map.to_vec(..).unwrap(), pattern(len as usize));
    }
    append(&file, b"again");
    map.refresh().unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"again");
    assert_eq!(map.faults(), 0);
}

#[cfg(unix)]
#[test]
fn refresh_damaged_map_is_whole() {
    let file = file_with(&pattern(50_000));
    let mut map = Mmap::map(&file).unwrap();
    file.set_len(10_000).unwrap();
    assert!(map.byte(49_999).unwrap_err().is_fault());
    map.refresh().unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(10_000));
    assert!(!map.is_damaged());
}

#[test]
fn refresh_at_file_offset_counts_from_there() {
    let file = file_with(&pattern(5000));
    let mut map = MmapOptions::new().file_offset(4990).map(&file).unwrap();
    append(&file, b"more");
    map.refresh().unwrap();
    assert_eq!(map.len(), 14);
    assert_eq!(map.to_vec(10..).unwrap(), b"more");
}

#[cfg(unix)]
#[test]
fn refresh_file_shorter_than_offset_leaves_nothing() {
    let file = file_with(&pattern(9000));
    let mut map = MmapOptions::new().file_offset(8500).map(&file).unwrap();
    file.set_len(100).unwrap();
    map.refresh().unwrap();
    assert!(map.is_empty());
    file.set_len(9000).unwrap();
    map.refresh().unwrap();
    assert_eq!(map.to_vec(..).unwrap(), vec![0; 500]);
}

#[test]
fn refresh_then_resize_may_cut_what_was_appended() {
    let file = file_with(&pattern(100));
    let mut map = writable(&file);
    append(&file, &pattern(100));
    map.refresh().unwrap();
    map.resize(150).unwrap();
    assert_eq!(contents(&file).len(), 150);
}

#[test]
fn refresh_without_a_file_to_follow_is_refused() {
    let mut map = Mmap::anonymous(100).unwrap();
    assert_eq!(map.refresh().unwrap_err().kind(), ErrorKind::InvalidInput);
    let file = file_with(&pattern(100));
    let private = MmapOptions::new().access(Access::Copy);
    let mut map = private.map(&file).unwrap();
    map.write_at(0, b"mine").unwrap();
    append(&file, b"more");
    assert_eq!(map.refresh().unwrap_err().kind(), ErrorKind::InvalidInput);
    assert_eq!(
        map.refresh_in_place().unwrap_err().kind(),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        (map.len(), map.to_vec(..4).unwrap()),
        (100, b"mine".to_vec())
    );
    let mut map = MmapOptions::new().track_file(false).map(&file).unwrap();
    assert_eq!(map.refresh().unwrap_err().kind(), ErrorKind::Untracked);
}

/// It has no changes of its own, so it follows its file as `remap` does.
#[cfg(unix)]
#[test]
fn refresh_private_map_never_writable_follows_its_file() {
    use crate::raw_numbers::Flagged;

    let file = file_with(&pattern(100));
    let private = MmapOptions::new().with_flags(libc::MAP_PRIVATE);
    let mut map = private.map(&file).unwrap();
    append(&file, b"more");
    map.refresh().unwrap();
    assert_eq!(map.to_vec(100..).unwrap(), b"more");
}

#[test]
fn refresh_in_place_keeps_the_address() {
    let file = file_with(&pattern(100));
    let mut map = Mmap::map(&file).unwrap();
    let address = map.lend_address();
    assert!(map.refresh_in_place().unwrap(), "nothing has changed");
    append(&file, b"in the same page");
    let grown = map.refresh_in_place().unwrap();
    assert_eq!(grown, cfg!(unix));
    assert_eq!(map.len(), if grown { 116 } else { 100 });
    append(&file, &pattern(5 << 20));
    let len = if map.refresh_in_place().unwrap() {
        116 + (5 << 20)
    } else {
        map.len()
    };
    assert_eq!((map.len(), map.lend_address()), (len, address));
    assert_eq!(map.to_vec(..100).unwrap(), pattern(100));
}

#[cfg(unix)]
#[test]
fn refresh_in_place_shorter_file_is_refused() {
    let file = file_with(&pattern(10_000));
    let mut map = Mmap::map(&file).unwrap();
    file.set_len(9000).unwrap();
    assert!(!map.refresh_in_place().unwrap());
    assert_eq!(map.len(), 10_000);
}
