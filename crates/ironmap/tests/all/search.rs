//! Searches, compared with a naive one.

use std::ops::Range;

use ironmap::{Access, Mmap, MmapOptions};
use proptest::prelude::*;

use crate::{cases, file_with};

/// The length of the first chunk of a search. A match across its edge is easy to lose.
const PIECE: usize = 4 << 10;

fn naive_find(bytes: &[u8], needle: &[u8], range: Range<usize>) -> Option<usize> {
    let last = range.end.checked_sub(needle.len())?;
    (range.start..=last).find(|&at| bytes[at..].starts_with(needle))
}

fn naive_rfind(bytes: &[u8], needle: &[u8], range: Range<usize>) -> Option<usize> {
    let last = range.end.checked_sub(needle.len())?;
    (range.start..=last)
        .rev()
        .find(|&at| bytes[at..].starts_with(needle))
}

pub(crate) fn naive_find_all(bytes: &[u8], needle: &[u8], range: Range<usize>) -> Vec<usize> {
    naive_matches(bytes, needle, needle.len().max(1), range)
}

pub(crate) fn naive_overlapping(bytes: &[u8], needle: &[u8], range: Range<usize>) -> Vec<usize> {
    naive_matches(bytes, needle, 1, range)
}

fn naive_matches(bytes: &[u8], needle: &[u8], apart: usize, range: Range<usize>) -> Vec<usize> {
    let mut at = range.start;
    let mut places = Vec::new();
    while let Some(found) = naive_find(bytes, needle, at..range.end) {
        places.push(found);
        at = found + apart;
    }
    places
}

/// Returns a map of anonymous memory with these bytes: Miri supports no other.
pub(crate) fn map_of(bytes: &[u8]) -> Mmap {
    let options = MmapOptions::new().access(Access::Copy);
    let mut map = options.len(bytes.len()).anonymous().unwrap();
    map.write_at(0, bytes).unwrap();
    map
}

#[track_caller]
pub(crate) fn agrees(map: &Mmap, bytes: &[u8], needle: &[u8], range: Range<usize>) {
    let what = || format!("{} bytes in {range:?} of {}", needle.len(), bytes.len());
    let found_first = naive_find(bytes, needle, range.clone());
    let found = map.find(needle, range.clone()).unwrap();
    assert_eq!(found, found_first, "find {}", what());
    let found = map.rfind(needle, range.clone()).unwrap();
    assert_eq!(
        found,
        naive_rfind(bytes, needle, range.clone()),
        "rfind {}",
        what()
    );
    let expected = naive_find_all(bytes, needle, range.clone());
    let places = map.find_all(needle, range.clone()).unwrap();
    assert_eq!(places, expected, "find_all {}", what());
    if let [byte] = *needle {
        let index = |_: *const u8, len| range.start + len - 1;
        let near = map.with_ptr_until(byte, range.clone(), index);
        let expected = found_first.filter(|at| at - range.start < 256 << 10);
        assert_eq!(near, expected, "with_ptr_until {}", what());
    }
    let matches = map.count(needle, range.clone()).unwrap();
    assert_eq!(matches, expected.len(), "count {}", what());
    let expected = naive_overlapping(bytes, needle, range.clone());
    let places = map.find_all_overlapping(needle, range.clone()).unwrap();
    assert_eq!(places, expected, "find_all_overlapping {}", what());
}

/// Returns random bytes of two letters, for many matches and near matches.
fn letters(len: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&b"ab"[..]), len)
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn find_random_needle_agrees_with_naive(
        bytes in letters(1..300),
        needle in letters(0..6),
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let map = map_of(&bytes);
        let ends = [ends.0.index(bytes.len() + 1), ends.1.index(bytes.len() + 1)];
        agrees(&map, &bytes, &needle, ends[0].min(ends[1])..ends[0].max(ends[1]));
    }

    #[test]
    fn find_own_slice_agrees_with_naive(
        bytes in letters(1..300),
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let map = map_of(&bytes);
        let ends = [ends.0.index(bytes.len() + 1), ends.1.index(bytes.len() + 1)];
        let needle = &bytes[ends[0].min(ends[1])..ends[0].max(ends[1])];
        agrees(&map, &bytes, needle, 0..bytes.len());
    }
}

proptest! {
    #![proptest_config(cases(100))]

    /// Long runs of one letter with a few others: the worst case of simple searches.
    #[test]
    #[cfg_attr(miri, ignore = "takes minutes")]
    fn find_repeated_letters_agrees_with_naive(
        len in 60_000usize..150_000,
        others in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        needle_len in 2usize..40,
        other in any::<prop::sample::Index>(),
        start in 0usize..5000,
    ) {
        let mut bytes = vec![b'a'; len];
        for at in others {
            bytes[at.index(len)] = b'b';
        }
        let mut needle = vec![b'a'; needle_len];
        needle[other.index(needle_len)] = b'b';
        agrees(&map_of(&bytes), &bytes, &needle, start..len);
    }
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn find_across_first_chunk_edge_agrees() {
    let len = 4 * PIECE + 100;
    let mut map = map_of(&vec![b'.'; len]);
    for needle_len in [2, 3, 17, 100] {
        let needle: Vec<u8> = (0..needle_len).map(|i| b'A' + (i % 26) as u8).collect();
        for edge in [PIECE, len - PIECE] {
            for at in edge - needle_len - 1..=edge + 1 {
                map.write_at(at, &needle).unwrap();
                assert_eq!(map.find(&needle, ..).unwrap(), Some(at));
                assert_eq!(map.rfind(&needle, ..).unwrap(), Some(at));
                assert_eq!(map.count(&needle, ..).unwrap(), 1);
                map.write_at(at, &vec![b'.'; needle_len]).unwrap();
            }
        }
    }
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn find_long_needles_agree() {
    for needle_len in [2000, 2048, 2049, 5000, 40_000, 70_000] {
        let mut bytes = vec![b'.'; 200_000];
        let at = 200_000 - needle_len - 17;
        bytes[at..at + needle_len].fill(b'x');
        let map = map_of(&bytes);
        let needle = vec![b'x'; needle_len];
        assert_eq!(map.find(&needle, ..).unwrap(), Some(at));
        assert_eq!(map.rfind(&needle, ..).unwrap(), Some(at));
        assert_eq!(map.find(&needle, at + 1..).unwrap(), None);
        assert_eq!(map.rfind(&needle, ..at + needle_len - 1).unwrap(), None);
        assert_eq!(map.count(&needle, ..).unwrap(), 1);
    }
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn find_one_byte_every_alignment_agrees() {
    for len in [1, 15, 16, 17, 31, 33, 64, 100, 200] {
        let map = map_of(&vec![b'.'; len]);
        for start in 0..len.min(40) {
            assert_eq!(map.find(b"x", start..).unwrap(), None);
            assert_eq!(map.rfind(b"x", start..).unwrap(), None);
        }
        for at in 0..len {
            let mut bytes = vec![b'.'; len];
            bytes[at] = b'x';
            agrees(&map_of(&bytes), &bytes, b"x", 0..len);
            agrees(&map_of(&bytes), &bytes, b"x", at..len);
            agrees(&map_of(&bytes), &bytes, b"x", 0..at);
        }
    }
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn count_does_not_overlap() {
    let bytes = vec![b'a'; 150_001];
    let map = map_of(&bytes);
    for needle_len in [1, 2, 3, 7, 1000, 5000, 150_001, 150_002] {
        let needle = vec![b'a'; needle_len];
        assert_eq!(map.count(&needle, ..).unwrap(), 150_001 / needle_len);
    }
    assert_eq!(map.count(b"", ..).unwrap(), 150_002);
    assert_eq!(map.count(b"", 5..5).unwrap(), 1);
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn find_all_overlapping_periodic_needle_is_linear() {
    // Searching again for each match would take 10^11 steps.
    let bytes = vec![b'a'; 1_000_000];
    let map = map_of(&bytes);
    let places = map.find_all_overlapping(&bytes[..300_000], ..).unwrap();
    assert!(places.iter().copied().eq(0..=700_000));
}

#[test]
fn find_range_is_checked() {
    let map = map_of(b"abc");
    assert!(map.find(b"a", ..4).unwrap_err().is_out_of_bounds());
    assert!(map.rfind(b"ab", 4..).unwrap_err().is_out_of_bounds());
    assert!(map.count(b"", ..=3).unwrap_err().is_out_of_bounds());
    let error = map.find_all_overlapping(b"a", ..4).unwrap_err();
    assert!(error.is_out_of_bounds());
    // The range from 3 to 0 too.
    let backwards = Range { start: 3, end: 0 };
    for range in [0..4, 4..4, 1..usize::MAX, backwards, 3..3] {
        assert_eq!(map.with_ptr_until(b'a', range, |_, len| len), None);
    }
    assert_eq!(map.find(b"", 3..).unwrap(), Some(3));
    assert_eq!(map.rfind(b"", ..2).unwrap(), Some(2));
}

#[cfg_attr(miri, ignore = "a map of a file")]
#[test]
fn find_last_byte_of_file_is_found() {
    let mut bytes = vec![0; 3 * Mmap::page_size()];
    let last = bytes.len() - 2;
    bytes[last..].copy_from_slice(b"zz");
    let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
    assert_eq!(map.find(b"zz", ..).unwrap(), Some(last));
    assert_eq!(map.find(b"z", ..).unwrap(), Some(last));
    assert_eq!(map.rfind(b"z", ..).unwrap(), Some(last + 1));
}
