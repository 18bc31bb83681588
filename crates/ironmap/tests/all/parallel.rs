//! Searches that are long enough for several cores.

use crate::search::{map_of, naive_find_all, naive_overlapping};

/// Enough for two threads on two cores.
const LEN: usize = (16 << 20) + 12_345;

#[track_caller]
fn agrees(bytes: &[u8], needle: &[u8]) {
    let map = map_of(bytes);
    let range = 1..LEN - 1;
    let expected = naive_find_all(bytes, needle, range.clone());
    assert_eq!(map.find_all(needle, range.clone()).unwrap(), expected);
    assert_eq!(map.count(needle, range.clone()).unwrap(), expected.len());
    let expected = naive_overlapping(bytes, needle, range.clone());
    let places = map.find_all_overlapping(needle, range).unwrap();
    assert_eq!(places, expected);
}

#[test]
fn find_all_parallel_matches_around_edges_agree() {
    // The matches fall on every position relative to an edge.
    let needle = b"needle";
    let mut bytes = vec![b'.'; LEN];
    for at in (0..LEN - needle.len()).step_by(1021) {
        bytes[at..at + needle.len()].copy_from_slice(needle);
    }
    agrees(&bytes, needle);
    agrees(&bytes, b"n");
    agrees(&bytes, b"..");
}

#[test]
fn find_all_parallel_self_overlapping_needles_agree() {
    // Runs of all lengths, some across an edge.
    let mut bytes = vec![b'b'; LEN];
    let mut at = 0;
    for run in (1..).step_by(7) {
        if at + run >= LEN {
            break;
        }
        bytes[at..at + run].fill(b'a');
        at += run + 1;
    }
    for needle in [&b"aa"[..], b"aabaa", &[b'a'; 100]] {
        agrees(&bytes, needle);
    }
}

#[test]
fn count_parallel_one_long_run_agrees() {
    let bytes = vec![b'a'; LEN];
    let map = map_of(&bytes);
    for needle_len in [2, 3, 5, 1000, 3 << 20] {
        let needle = vec![b'a'; needle_len];
        assert_eq!(map.count(&needle, ..).unwrap(), LEN / needle_len);
        assert_eq!(map.count(&needle, 1..).unwrap(), (LEN - 1) / needle_len);
        let places = map.find_all(&needle, ..).unwrap();
        assert!(
            places
                .iter()
                .copied()
                .eq((0..LEN / needle_len).map(|i| i * needle_len))
        );
    }
}

#[cfg(unix)]
#[test]
fn count_parallel_damage_reports_first_byte() {
    use crate::{file_with, pattern};
    use ironmap::{Mmap, MmapOptions};

    let file = file_with(&pattern(LEN));
    let kept = 2 * Mmap::page_size();
    for _ in 0..10 {
        let map = MmapOptions::new().map(&file).unwrap();
        file.set_len(kept as u64).unwrap();
        let error = map.count(b"absent", ..).unwrap_err();
        assert_eq!(error.fault().unwrap().at, kept, "{error}");
        let error = map.find_all(b"absent", ..).unwrap_err();
        assert_eq!(error.fault().unwrap().at, kept, "{error}");
        assert_eq!(map.count(b"\0", ..kept).unwrap(), kept.div_ceil(251));
        file.set_len(LEN as u64).unwrap();
    }
}
