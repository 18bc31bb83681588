//! Jobs in steps as short as they can be find what the methods of the map find.

use std::ops::{ControlFlow, Range};
use std::time::Duration;

use ironmap::Mmap;
use ironmap::jobs::{Consistency, Count, Deadline, EachPart, Find, Job, Resident};
use ironmap::raw::Matches;

pub(crate) const LEN: usize = 2 << 20;

/// Runs a job to its end, with a deadline that has passed before each step. Returns its
/// result and the number of steps.
pub(crate) fn in_steps<J: Job>(map: &Mmap, mut job: J) -> (J::Output, usize) {
    for steps in 1.. {
        let before = job.progress();
        if let ControlFlow::Break(output) = job.step(map, Deadline::after(Duration::ZERO)).unwrap()
        {
            return (output, steps);
        }
        let now = job.progress();
        assert!(
            before.done < now.done && now.done <= now.total,
            "{now:?} after {before:?}"
        );
    }
    unreachable!()
}

/// A map of few different bytes, so that needles nearly match, with some needles in it.
pub(crate) fn map_with(needle: &[u8], places: &[usize]) -> Mmap {
    let mut map = Mmap::anonymous(LEN).unwrap();
    map.fill(b'a', ..).unwrap();
    for &place in places {
        map.write_at(place, needle).unwrap();
    }
    map
}

#[test]
fn find_in_steps_finds_what_find_does() {
    let part = 64 << 10;
    for needle in [
        &b"x"[..],
        b"xyz",
        b"aaaaaaaaaaaaaaaaaaaaaaaab",
        &[b'b'; 70_000],
    ] {
        for place in [0, part - 1, part, 3 * part + 7, LEN - needle.len()] {
            let map = map_with(needle, &[place]);
            let first = in_steps(&map, Find::first(needle, 0..LEN)).0;
            let last = in_steps(&map, Find::last(needle, 0..LEN)).0;
            assert_eq!(
                first,
                map.find(needle, ..).unwrap(),
                "{place} {}",
                needle.len()
            );
            assert_eq!(
                last,
                map.rfind(needle, ..).unwrap(),
                "{place} {}",
                needle.len()
            );
        }
    }
}

#[test]
fn find_in_steps_takes_many() {
    let map = map_with(b"", &[]);
    let (found, steps) = in_steps(&map, Find::first(b"needle", 0..LEN));
    assert!(found.is_none() && steps > 3, "{steps} steps");
}

#[test]
fn count_in_steps_counts_each_match_once() {
    for (needle, step) in [(&b"b"[..], 1000), (b"bcb", 3), (b"bb", 2), (b"aa", LEN)] {
        let places: Vec<usize> = (0..LEN - 3).step_by(step).collect();
        let map = map_with(needle, &places);
        let (count, _) = in_steps(&map, Count::new(needle, 1..LEN));
        assert_eq!(count, map.count(needle, 1..).unwrap());
    }
}

#[test]
fn matches_in_steps_are_what_find_all_finds() {
    let needle = b"bcb";
    let places: Vec<usize> = (0..LEN - 3).step_by(1001).collect();
    let map = map_with(needle, &places);
    let mut matches = Matches::new(needle, 0..LEN).unwrap();
    let mut found = Vec::new();
    loop {
        let step = matches.step(&map, Deadline::after(Duration::ZERO)).unwrap();
        let ControlFlow::Break(Some(part)) = step else {
            break;
        };
        found.extend(part);
    }
    assert_eq!(found, map.find_all(needle, ..).unwrap());
}

#[test]
fn matches_in_steps_with_a_needle_longer_than_a_step_go_on() {
    let mut map = Mmap::anonymous(6 << 20).unwrap();
    map.fill(b'a', ..).unwrap();
    let needle = vec![b'a'; (1 << 20) + 1];
    let mut matches = Matches::new(&needle, 0..map.len()).unwrap();
    let mut found = Vec::new();
    for _ in 0..50 {
        let step = matches.step(&map, Deadline::after(Duration::ZERO)).unwrap();
        match step {
            ControlFlow::Break(Some(part)) => found.extend(part),
            _ => break,
        }
    }
    assert_eq!(found, map.find_all(&needle, ..).unwrap());
}

#[test]
fn each_part_in_steps_covers_every_place() {
    let map = map_with(b"needle", &[LEN / 2]);
    let mut bytes = vec![0; LEN];
    let copy = |map: &Mmap, part: Range<usize>| map.read_at(part.start, &mut bytes[part]);
    in_steps(&map, EachPart::of_places(0, LEN, 1, copy));
    assert_eq!(bytes, map.to_vec(..).unwrap());
}

/// Does a step, restarts the job, and does it to its end. Returns how much was done after the
/// restart.
fn restart_after_a_step<J: Job>(mut job: J) -> usize {
    let map = map_with(b"", &[]);
    let now = Deadline::after(Duration::ZERO);
    assert!(job.step(&map, now).unwrap().is_continue());
    job.restart();
    let done = job.progress().done;
    assert!(job.step(&map, Deadline::NEVER).unwrap().is_break());
    done
}

#[test]
fn restart_begins_again_where_a_store_matters() {
    let nothing = |_: &Mmap, _: Range<usize>| Ok(());
    assert_eq!(
        restart_after_a_step(EachPart::of_places(0, LEN, 1, nothing)),
        0
    );
    assert_eq!(restart_after_a_step(Find::first(b"needle", 0..LEN)), 0);
    assert_eq!(restart_after_a_step(Count::new(b"needle", 0..LEN)), 0);
    let calls = EachPart::of_range(0..LEN, nothing);
    assert_eq!(calls.consistency(), Consistency::Irrelevant);
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn resident_in_steps_tells_of_every_page() {
    let map = map_with(b"", &[]);
    let mut pages = Vec::new();
    in_steps(
        &map,
        Resident::new(100..LEN, |part| pages.extend_from_slice(part)),
    );
    let whole = map.resident_pages(100..).unwrap();
    assert_eq!(
        pages.iter().map(|&page| page != 0).collect::<Vec<_>>(),
        whole
    );
}

#[test]
fn steps_on_a_map_that_has_shrunk_end_with_it() {
    let mut map = map_with(b"needle", &[LEN - 6]);
    let mut find = Find::first(b"needle", 0..LEN);
    let mut count = Count::new(b"needle", 0..LEN);
    let now = Deadline::after(Duration::ZERO);
    assert!(find.step(&map, now).unwrap().is_continue());
    assert!(count.step(&map, now).unwrap().is_continue());
    map.resize(4000).unwrap();
    assert_eq!(
        find.step(&map, Deadline::NEVER).unwrap(),
        ControlFlow::Break(None)
    );
    assert_eq!(
        count.step(&map, Deadline::NEVER).unwrap(),
        ControlFlow::Break(0)
    );
}
