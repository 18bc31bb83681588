//! Maps that follow their file, which they leave alone.

use std::fs::File;
use std::io::Write;

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

fn append(mut file: &File, bytes: &[u8]) {
    file.write_all(bytes).unwrap();
}

#[test]
fn remap_follows_a_growing_file() {
    let file = file_with(b"");
    let mut map = Mmap::map(&file).unwrap();
    let mut written = Vec::new();
    for round in 0..30 {
        let more = pattern(1000 * round);
        append(&file, &more);
        written.extend(more);
        map.remap(map.size().unwrap() as usize).unwrap();
        assert!(map.to_vec(..).unwrap() == written, "{round}");
    }
    assert!(!map.is_writable());
    map.remap(10).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), written[..10]);
    map.remap(0).unwrap();
    assert!(map.is_empty());
    assert_eq!(contents(&file), written);
}

#[test]
fn remap_counts_from_the_file_offset() {
    let file = file_with(&pattern(5000));
    let mut map = MmapOptions::new().file_offset(100).map(&file).unwrap();
    append(&file, b"more");
    map.remap(4904).unwrap();
    assert_eq!(map.to_vec(4900..).unwrap(), b"more");
    let error = map.remap(4905).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LengthPastEnd);
    assert_eq!((error.file_size(), map.len()), (Some(5004), 4904));
}

#[test]
fn remap_of_a_writable_map_leaves_the_file() {
    let file = file_with(&pattern(50_000));
    let mut map = writable(&file);
    map.remap(10).unwrap();
    map.set_byte(9, 255).unwrap();
    map.remap(50_000).unwrap();
    let mut expected = pattern(50_000);
    expected[9] = 255;
    assert_eq!(map.to_vec(..).unwrap(), expected);
    assert_eq!(contents(&file), expected);
}

#[test]
fn remap_without_a_file_is_refused() {
    let kind_of = |mut map: Mmap| map.remap(10).unwrap_err().kind();
    assert_eq!(
        kind_of(Mmap::anonymous(20).unwrap()),
        ErrorKind::InvalidInput
    );
    let file = file_with(&pattern(5000));
    let private = MmapOptions::new().access(Access::Copy);
    assert_eq!(
        kind_of(private.map(&file).unwrap()),
        ErrorKind::NotResizable
    );
    let untracked = MmapOptions::new().track_file(false);
    assert_eq!(kind_of(untracked.map(&file).unwrap()), ErrorKind::Untracked);
}

#[cfg(unix)]
#[test]
fn remap_after_damage_shows_the_file() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = Mmap::map(&file).unwrap();
    file.set_len(page as u64).unwrap();
    assert!(map.byte(3 * page).unwrap_err().is_fault());
    map.remap(map.size().unwrap() as usize).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(4 * page)[..page]);
    file.set_len(6 * page as u64).unwrap();
    map.remap(6 * page).unwrap();
    assert_eq!(
        (map.byte(6 * page - 1).unwrap(), map.is_damaged()),
        (0, false)
    );
}
