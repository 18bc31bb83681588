//! Compares every fast path with a naive one at all alignments, for lengths around that of a
//! vector, and across the edges of pages and of the map.

use std::ops::Range;

use ironmap::Mmap;

#[cfg(feature = "needles")]
use crate::find_any;
use crate::search::map_of;
use crate::{file_with, lines, pattern, search, writable};

/// Lengths around those of one and of several vectors.
const LENS: [usize; 20] = [
    0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 127, 128, 129,
];

/// Lengths of needles: a byte, one comparison of words, and more.
const NEEDLES: [usize; 6] = [1, 2, 3, 5, 9, 17];

/// Returns the length of the map: two pages.
fn len() -> usize {
    2 * Mmap::page_size()
}

/// Returns ranges of all lengths at every alignment: at the start of the map, before the edge
/// between its pages, and before its end.
fn ranges() -> impl Iterator<Item = Range<usize>> {
    let (page, len) = (Mmap::page_size(), len());
    let places = (0..64).chain(page - 65..=page).chain(len - 65..=len);
    let ranges = places.flat_map(|at| LENS.map(|count| at..at + count));
    let ranges = ranges.filter(move |range| range.end <= len);
    // Miri is some thousand times slower, so it tries a sample.
    ranges.step_by(if cfg!(miri) { 797 } else { 1 })
}

/// Returns a map of a file, which is guarded, unlike memory. Miri cannot map files.
fn guarded(bytes: &[u8]) -> Mmap {
    if cfg!(miri) {
        map_of(bytes)
    } else {
        writable(&file_with(bytes))
    }
}

/// Returns pseudo-random bytes of an alphabet, the same in every run.
fn shuffled(alphabet: &[u8]) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        alphabet[(state >> 16) as usize % alphabet.len()]
    };
    (0..len()).map(|_| next()).collect()
}

#[test]
fn read_at_every_edge_agrees() {
    let bytes = pattern(len());
    let map = guarded(&bytes);
    for range in ranges() {
        assert_eq!(map.to_vec(range.clone()).unwrap(), bytes[range.clone()]);
        let mut into = vec![0; range.len()];
        map.read_at(range.start, &mut into).unwrap();
        assert_eq!(into, bytes[range]);
    }
}

#[test]
fn write_at_every_edge_agrees() {
    let mut model = pattern(len());
    let mut map = guarded(&model);
    for (range, byte) in ranges().zip((1..=255).cycle()) {
        let bytes: Vec<u8> = (0..range.len()).map(|i| byte ^ i as u8).collect();
        map.write_at(range.start, &bytes).unwrap();
        model[range].copy_from_slice(&bytes);
        assert!(map.to_vec(..).unwrap() == model);
    }
}

#[test]
fn copy_within_every_distance_agrees() {
    let mut model = shuffled(&(0..=255).collect::<Vec<u8>>());
    let mut map = guarded(&model);
    let distances = [1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 65, 128, 4000];
    for (range, distance) in ranges().zip(distances.into_iter().cycle()) {
        for to in [range.start + distance, range.start.saturating_sub(distance)] {
            if to + range.len() <= len() {
                map.copy_within(range.clone(), to).unwrap();
                model.copy_within(range.clone(), to);
                assert!(map.to_vec(..).unwrap() == model, "{range:?} to {to}");
            }
        }
    }
}

#[test]
fn read_numbers_every_edge_agrees() {
    let bytes = pattern(len());
    let map = guarded(&bytes);
    for range in ranges() {
        if let Some(eight) = bytes[range.start..].first_chunk() {
            assert_eq!(map.read_array(range.start).unwrap(), *eight);
            let number = u64::from_le_bytes(*eight);
            assert_eq!(map.read_u64_le(range.start).unwrap(), number);
            assert_eq!(map.read_u64_be(range.start).unwrap(), number.swap_bytes());
        }
        if let Some(four) = bytes[range.start..].first_chunk() {
            let number = u32::from_le_bytes(*four);
            assert_eq!(map.read_u32_le(range.start).unwrap(), number);
            assert_eq!(map.read_u32_be(range.start).unwrap(), number.swap_bytes());
        }
        if let Some(two) = bytes[range.start..].first_chunk() {
            let number = u16::from_le_bytes(*two);
            assert_eq!(map.read_u16_le(range.start).unwrap(), number);
            assert_eq!(map.read_u16_be(range.start).unwrap(), number.swap_bytes());
        }
    }
}

/// Returns the beginnings and ends of the bytes as needles.
fn needles_of(bytes: &[u8]) -> Vec<&[u8]> {
    let lens = NEEDLES.into_iter().filter(|&len| len <= bytes.len());
    lens.flat_map(|len| [&bytes[..len], &bytes[bytes.len() - len..]])
        .collect()
}

#[test]
fn find_needle_at_range_end_agrees() {
    let bytes = pattern(len());
    let map = guarded(&bytes);
    for range in ranges() {
        for needle in needles_of(&bytes[range.clone()]) {
            search::agrees(&map, &bytes, needle, range.clone());
        }
    }
}

#[test]
fn find_frequent_needle_agrees() {
    let bytes = shuffled(b"ab");
    let map = guarded(&bytes);
    for range in ranges() {
        for needle in [&b"a"[..], b"ab", b"aba", b"bbab", b"babbabab"] {
            search::agrees(&map, &bytes, needle, range.clone());
        }
    }
}

#[cfg(feature = "needles")]
#[cfg_attr(miri, ignore = "making needles takes minutes")]
#[test]
fn find_any_every_edge_agrees() {
    let bytes = shuffled(b"abcd");
    let map = guarded(&bytes);
    let lists = [vec!["dddd", "cabc"], vec!["abcabd", "bc", "b"], vec!["dd"]];
    for list in lists {
        let needles = ironmap::Needles::new(&list).unwrap();
        let list: Vec<_> = list.into_iter().map(Vec::from).collect();
        for range in ranges() {
            let found = find_any::found(&map, &needles, range.clone());
            assert_eq!(found, find_any::naive(&bytes, &list, range));
        }
    }
}

#[test]
fn lines_every_edge_agrees() {
    let bytes = shuffled(b"ab\n");
    let map = guarded(&bytes);
    for range in ranges() {
        let lines = lines::lines_of(&map, range.clone()).unwrap();
        assert_eq!(lines, lines::split(&bytes, range));
    }
}
