//! `find_any`, compared with a naive search.

use std::ops::{Range, RangeBounds};

use ironmap::jobs::FindAny;
use ironmap::{ErrorKind, Mmap, Needles};
use proptest::prelude::*;

use crate::cases;
use crate::jobs::{LEN, in_steps, map_with};
use crate::search::map_of;

/// The sizes of the chunks. A match across an edge is easy to lose.
const WINDOWS: [usize; 2] = [4 << 10, 64 << 10];

pub(crate) fn naive(
    bytes: &[u8],
    needles: &[Vec<u8>],
    range: Range<usize>,
) -> Option<(usize, usize, usize)> {
    (range.start..=range.end).find_map(|at| {
        let rest = &bytes[at..range.end];
        let needle = needles.iter().position(|needle| rest.starts_with(needle))?;
        Some((at, needles[needle].len(), needle))
    })
}

/// Returns position, length and number of the needle.
pub(crate) fn found(
    map: &Mmap,
    needles: &Needles,
    range: impl RangeBounds<usize>,
) -> Option<(usize, usize, usize)> {
    let found = map.find_any(needles, range).unwrap()?;
    Some((found.at, found.len, found.needle))
}

#[track_caller]
fn agrees(bytes: &[u8], needles: &[Vec<u8>], range: Range<usize>) {
    let found = found(
        &map_of(bytes),
        &Needles::new(needles).unwrap(),
        range.clone(),
    );
    assert_eq!(found, naive(bytes, needles, range));
}

fn letters(len: Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop::sample::select(&b"abc"[..]), len)
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn find_any_random_agrees_with_naive(
        bytes in letters(1..200),
        needles in prop::collection::vec(letters(0..7), 0..6),
        ends in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let ends = [ends.0.index(bytes.len() + 1), ends.1.index(bytes.len() + 1)];
        agrees(&bytes, &needles, ends[0].min(ends[1])..ends[0].max(ends[1]));
    }
}

/// A long needle at every position around the edge of a chunk contains a short one, but begins
/// first.
#[test]
fn find_any_match_across_window_edge_wins_over_later_start() {
    let [near, far] = WINDOWS;
    let long = b"<a long needle with an x in it>".to_vec();
    let needles = [b"x".to_vec(), long.clone()];
    for edge in [near, near + far - (long.len() - 1)] {
        for at in edge - long.len() - 2..edge + 2 {
            let mut bytes = vec![b'.'; near + 2 * far];
            bytes[at..at + long.len()].copy_from_slice(&long);
            agrees(&bytes, &needles, 0..near + 2 * far);
        }
    }
}

#[test]
fn find_any_longer_needle_after_empty_one_is_not_counted() {
    agrees(
        b"..ab..",
        &[b"ab".to_vec(), Vec::new(), b"abcdef".to_vec()],
        2..6,
    );
}

#[test]
fn find_any_same_start_prefers_earlier_needle() {
    let bytes = b"..abcd..";
    for (needles, len, needle) in [
        (["ab", "abcd"], 2, 0),
        (["abcd", "ab"], 4, 0),
        (["abx", "ab"], 2, 1),
    ] {
        let needles = Needles::new(needles).unwrap();
        assert_eq!(found(&map_of(bytes), &needles, ..), Some((2, len, needle)));
    }
}

#[test]
fn find_any_long_and_many_needles_agrees_with_naive() {
    let mut bytes: Vec<u8> = (0..300_000u32)
        .map(|i| (i.wrapping_mul(i) >> 7) as u8 | 1)
        .collect();
    let mut needles: Vec<Vec<u8>> = (0..500u32)
        .map(|i| [&[0][..], &i.to_le_bytes()].concat())
        .collect();
    needles.push([&bytes[200_000..280_000], &[0]].concat());
    bytes[280_000] = 0;
    agrees(&bytes, &needles, 0..300_000);
    bytes[250_000..250_005].copy_from_slice(&needles[77]);
    agrees(&bytes, &needles, 0..300_000);
}

#[test]
fn find_any_of_needles_with_one_start_agrees_with_naive() {
    // Chunks begin where the byte is, so its places move their edges.
    let needles = [&b"~22~"[..], b"~1~", b"~22", &[b'~'; 50]].map(<[u8]>::to_vec);
    for window in WINDOWS {
        let mut bytes = vec![b'.'; window + 200];
        bytes[1] = b'~';
        bytes[window + 100..window + 103].copy_from_slice(b"~22");
        for at in window - 5..window + 5 {
            let mut bytes = bytes.clone();
            bytes[at..at + 3].copy_from_slice(b"~1~");
            for start in [0, 2, at + 1] {
                agrees(&bytes, &needles, start..bytes.len());
            }
        }
    }
}

#[test]
fn find_any_range_is_checked() {
    let needles = Needles::new(["a"]).unwrap();
    let map = map_of(b"abc");
    assert!(map.find_any(&needles, ..4).unwrap_err().is_out_of_bounds());
    assert_eq!(map.find_any(&needles, 3..).unwrap(), None);
    let none: [&str; 0] = [];
    assert_eq!(
        map.find_any(&Needles::new(none).unwrap(), ..).unwrap(),
        None
    );
}

#[cfg(unix)]
#[test]
fn find_any_match_before_damage_is_found_if_surely_first() {
    use crate::{file_with, pattern};
    use ironmap::MmapOptions;

    let page = Mmap::page_size();
    let mut bytes = pattern(30 * page);
    bytes[page - 10..page - 7].copy_from_slice(b"\xff\xfe\xfd");
    let file = file_with(&bytes);
    let map = MmapOptions::new().map(&file).unwrap();
    file.set_len(page as u64).unwrap();
    for other in [[9; 10], [0xff; 10]] {
        let needles = Needles::new([&b"\xff\xfe"[..], &other]).unwrap();
        assert_eq!(found(&map, &needles, ..), Some((page - 10, 2, 0)));
    }
    // A longer needle that begins there could end after the start of the damage.
    for needles in [
        [&b"\xff\xfe"[..], &[9; 11]],
        [b"\xff\xff", b"\0\0"],
        [b"\xff\xff", b"\xff\0"],
    ] {
        let needles = Needles::new(needles).unwrap();
        let error = map.find_any(&needles, ..).unwrap_err();
        assert_eq!(error.fault().unwrap().at, page, "{error}");
    }
    assert_eq!(
        map.find_any(&Needles::new([[1; 40]]).unwrap(), ..page)
            .unwrap(),
        None
    );
}

#[test]
fn needles_over_512_mib_are_refused() {
    let zeros = vec![0; 1 << 29];
    let error = Needles::new([&zeros[..], b"a"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.to_string(),
        "2 needles are too many: together they have more than 512 MiB"
    );
}

#[test]
fn find_any_duplicate_needles_report_first() {
    let needles = ["y", "ab", "x", "ab", "x", "y"].map(|needle| needle.as_bytes().to_vec());
    agrees(b"..ab..x", &needles, 0..7);
    agrees(b"..ab..x", &needles, 3..7);
    let mut many = vec![b"b".to_vec(); 100_000];
    many.extend((0..=255).map(|byte| vec![byte, b'b']));
    agrees(b"...cb", &many, 0..5);
}

#[test]
fn find_any_in_steps_prefers_the_longer_needle_across_parts() {
    let part = 64 << 10;
    let needles = Needles::new(["bcdefgh", "cd", "z"]).unwrap();
    for place in part - 10..part + 2 {
        let map = map_with(b"bcdefgh", &[place]);
        let (found, _) = in_steps(&map, FindAny::new(&needles, 0..LEN));
        assert_eq!(found, map.find_any(&needles, ..).unwrap());
        assert_eq!(found.unwrap().at, place);
    }
}
