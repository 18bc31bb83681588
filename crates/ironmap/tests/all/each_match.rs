//! All matches of several needles, beside a naive search.

use ironmap::jobs::EachMatch;
use ironmap::{Match, Mmap, Needles};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{cases, pattern};

fn memory(bytes: &[u8]) -> Mmap {
    let mut map = Mmap::anonymous(bytes.len()).unwrap();
    map.write_at(0, bytes).unwrap();
    map
}

fn all_of(mut search: EachMatch, map: &Mmap) -> Vec<(usize, usize, usize)> {
    let mut found = Vec::new();
    while let Some(part) = search.next_part(map).unwrap() {
        found.extend(part.iter().map(
            |&Match {
                 at, len, needle, ..
             }| (at, len, needle),
        ));
    }
    found
}

fn naive(bytes: &[u8], needles: &[Vec<u8>], ignores_case: bool) -> Vec<(usize, usize, usize)> {
    let equal = |one: &[u8], other: &[u8]| match ignores_case {
        true => one.eq_ignore_ascii_case(other),
        false => one == other,
    };
    let (mut at, mut found) = (0, Vec::new());
    while at < bytes.len() {
        let fits = |needle: &Vec<u8>| {
            let end = at + needle.len();
            bytes.get(at..end).is_some_and(|part| equal(part, needle))
        };
        match needles.iter().position(fits) {
            Some(needle) => {
                found.push((at, needles[needle].len(), needle));
                at += needles[needle].len();
            }
            None => at += 1,
        }
    }
    found
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn each_match_is_that_of_naive_search(
        bytes in vec(prop::sample::select(b"abAB\n".to_vec()), 1..200),
        needles in vec(vec(prop::sample::select(b"abAB".to_vec()), 1..4), 1..4),
        copies in 1_usize..100,
        ignores_case: bool,
    ) {
        // So long that chunks end inside of matches.
        let bytes = bytes.repeat(copies);
        let made = match ignores_case {
            true => Needles::ignoring_ascii_case(&needles),
            false => Needles::new(&needles),
        };
        let map = memory(&bytes);
        let search = EachMatch::new(made.unwrap(), 0..bytes.len());
        prop_assert_eq!(all_of(search, &map), naive(&bytes, &needles, ignores_case));
    }
}

#[test]
fn each_match_of_long_needles_over_chunks() {
    let bytes = pattern(1 << 20);
    let map = memory(&bytes);
    for len in [1, 200, 5000, 100_000, 700_000] {
        let needles = vec![bytes[3..3 + len].to_vec(), b"absent".to_vec()];
        for needles in [&needles[..1], &needles] {
            let search = EachMatch::new(Needles::new(needles).unwrap(), 0..bytes.len());
            assert_eq!(all_of(search, &map), naive(&bytes, needles, false));
        }
    }
}

#[test]
fn each_match_in_a_range_and_after_an_index() {
    let map = memory(b"one two one two one");
    let needles = Needles::new(["one", "two"]).unwrap();
    let starts = |search| {
        all_of(search, &map)
            .iter()
            .map(|found| found.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(EachMatch::new(needles.clone(), 1..18)), [4, 8, 12]);
    assert_eq!(starts(EachMatch::new(needles.clone(), 5..999)), [8, 12, 16]);
    let mut search = EachMatch::new(needles, 0..19);
    search.resume_at(9);
    search.resume_at(2);
    assert_eq!(starts(search), [12, 16]);
}

#[test]
fn each_match_with_many_matches_ends_parts() {
    let bytes = vec![b'a'; 1 << 20];
    let map = memory(&bytes);
    let mut search = EachMatch::new(Needles::new(["a", "b"]).unwrap(), 0..bytes.len());
    let mut count = 0;
    while let Some(part) = search.next_part(&map).unwrap() {
        assert!(part.len() <= 1 << 18);
        count += part.len();
    }
    assert_eq!(count, 1 << 20);
}

#[cfg(unix)]
#[test]
fn each_match_before_damage_comes_first() {
    before_damage(Needles::new(["one", "two"]).unwrap());
    // Their first byte is looked for without a copy.
    before_damage(Needles::new(["one", "off"]).unwrap());
}

#[cfg(unix)]
fn before_damage(needles: Needles) {
    let page = Mmap::page_size();
    let mut bytes = vec![b'.'; 40 * page];
    for at in [10, 9 * page - 3, 9 * page + 100] {
        bytes[at..at + 3].copy_from_slice(b"one");
    }
    let file = crate::file_with(&bytes);
    let map = Mmap::map(&file).unwrap();
    file.set_len(9 * page as u64).unwrap();
    let mut search = EachMatch::new(needles, 0..bytes.len());
    let mut found = Vec::new();
    let error = loop {
        match search.next_part(&map) {
            Ok(part) => found.extend(part.unwrap().iter().map(|found| found.at)),
            Err(error) => break error,
        }
    };
    assert_eq!(found, [10, 9 * page - 3]);
    assert_eq!(error.fault().unwrap().at, 9 * page);
    file.set_len(40 * page as u64).unwrap();
    let mut map = map;
    map.restore().unwrap();
    while let Some(part) = search.next_part(&map).unwrap() {
        assert_eq!(part, []);
    }
}
