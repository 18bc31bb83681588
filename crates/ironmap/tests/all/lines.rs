//! The line reader.

use std::ops::{Range, RangeBounds};

use ironmap::{Mmap, Result};
use proptest::prelude::*;

use crate::cases;
use crate::search::map_of;

/// The size of the reader's window. A line across its edge is easy to lose.
const WINDOW: usize = 64 << 10;

/// Returns every line, and the index of its start.
pub(crate) fn lines_of(
    map: &Mmap,
    range: impl RangeBounds<usize>,
) -> Result<Vec<(usize, Vec<u8>)>> {
    let mut reader = map.lines(range)?;
    let mut lines = Vec::new();
    loop {
        let at = reader.position();
        match reader.next_line()? {
            Some(line) => lines.push((at, line.to_vec())),
            None => return Ok(lines),
        }
    }
}

pub(crate) fn split(bytes: &[u8], range: Range<usize>) -> Vec<(usize, Vec<u8>)> {
    let mut at = range.start;
    let lines = bytes[range].split_inclusive(|&byte| byte == b'\n');
    lines
        .map(|line| {
            at += line.len();
            (at - line.len(), line.to_vec())
        })
        .collect()
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn lines_random_agree_with_split(
        bytes in prop::collection::vec(prop::sample::select(&b"ab\n"[..]), 1..300),
        start in any::<prop::sample::Index>(),
    ) {
        let start = start.index(bytes.len());
        prop_assert_eq!(lines_of(&map_of(&bytes), start..).unwrap(), split(&bytes, start..bytes.len()));
    }
}

#[cfg_attr(miri, ignore = "takes minutes")]
#[test]
fn lines_across_window_edge_agree_with_split() {
    for end in WINDOW - 3..WINDOW + 3 {
        for next in [1, 2, 3, 100, WINDOW, 3 * WINDOW + 5] {
            let mut bytes = vec![b'x'; end + next + 50];
            bytes[end] = b'\n';
            bytes[end + next] = b'\n';
            assert_eq!(
                lines_of(&map_of(&bytes), ..).unwrap(),
                split(&bytes, 0..bytes.len())
            );
        }
    }
}

#[test]
fn lines_range_cuts_lines() {
    let map = map_of(b"one\ntwo\nthree");
    let lines = lines_of(&map, 2..6).unwrap();
    assert_eq!(lines, [(2, b"e\n".to_vec()), (4, b"tw".to_vec())]);
    assert_eq!(lines_of(&map, 5..5).unwrap(), []);
    assert!(map.lines(..14).unwrap_err().is_out_of_bounds());
}

#[test]
fn next_line_at_end_returns_none() {
    let map = map_of(b"a\n");
    let mut lines = map.lines(..).unwrap();
    assert_eq!(lines.next_line().unwrap(), Some(&b"a\n"[..]));
    assert_eq!(lines.next_line().unwrap(), None);
    assert_eq!(lines.next_line().unwrap(), None);
    assert_eq!(lines.position(), 2);
}

#[cfg(unix)]
#[cfg_attr(miri, ignore = "a map of a file")]
#[test]
fn next_line_damage_is_fault_until_restored() {
    use crate::{file_with, writable};

    let page = Mmap::page_size();
    let line = [&[b'x'; 99][..], b"\n"].concat();
    let bytes = line.repeat(8 * page / line.len());
    let file = file_with(&bytes);
    let mut map = writable(&file);
    file.set_len(3 * page as u64).unwrap();
    let mut lines = map.lines(..).unwrap();
    for _ in 0..3 * page / line.len() {
        assert_eq!(lines.next_line().unwrap(), Some(&line[..]));
    }
    let at = lines.position();
    for _ in 0..2 {
        assert_eq!(lines.next_line().unwrap_err().fault().unwrap().at, 3 * page);
        assert_eq!(lines.position(), at);
    }
    file.set_len(bytes.len() as u64).unwrap();
    map.restore().unwrap();
    assert_eq!(lines_of(&map, at..).unwrap()[0].0, at);
}

/// Returns the lines of bytes, those of more than `longest` in pieces.
fn pieces(bytes: &[u8], longest: usize) -> Vec<Vec<u8>> {
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines
        .flat_map(|line| line.chunks(longest))
        .map(<[u8]>::to_vec)
        .collect()
}

#[test]
fn lines_longest_comes_in_pieces() {
    let mut bytes = Vec::new();
    for len in [0, 1, 7, 8, 9, 16, 17, WINDOW - 1, WINDOW, 2 * WINDOW + 3, 5] {
        bytes.extend(std::iter::repeat_n(b'a', len));
        bytes.push(b'\n');
    }
    bytes.extend(b"the end without a newline");
    let map = map_of(&bytes);
    for longest in [0, 1, 7, 8, 9, WINDOW - 1, WINDOW, WINDOW + 1, usize::MAX] {
        let mut lines = map.lines(..).unwrap().longest(longest);
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(line) = lines.next_line().unwrap() {
            found.push(line.to_vec());
            at += found.last().unwrap().len();
            assert_eq!(lines.position(), at);
        }
        assert!(found == pieces(&bytes, longest.max(1)), "{longest}");
    }
}
