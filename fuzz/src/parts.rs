//! Compares matches and lines in parts with all of them at once; the first of several needles,
//! and numbers.

use std::ops::Range;

use arbitrary::Arbitrary;
use ironmap::raw::{LineWindow, Matches};
use ironmap::{Mmap, Needles};

/// More than the 64 KiB of the first part of a search, and of a window of lines.
const LONGEST: usize = 80_000;

#[derive(Arbitrary, Debug)]
struct Parts<'a> {
    needles: Vec<&'a [u8]>,
    /// Set if the text is repeated until it has a second part.
    is_long: bool,
    /// The pieces of the text, each with how often it is repeated.
    pieces: Vec<(u8, &'a [u8])>,
    from: u16,
    to: u32,
}

pub fn run(bytes: &[u8]) {
    let Some(parts) = crate::value::<Parts<'_>>(bytes) else {
        return;
    };
    let mut text = crate::text(&parts.pieces, LONGEST);
    if parts.is_long && !text.is_empty() {
        text = text.repeat(LONGEST.div_ceil(text.len()));
        text.truncate(LONGEST);
    }
    let map = crate::map_of(&text);
    let mut needles = parts.needles;
    needles.truncate(6);
    // So that a match exists.
    needles.extend(parts.pieces.first().map(|(_, piece)| piece));
    let (from, to) = (usize::from(parts.from), parts.to as usize);
    let some = (from <= to && to <= text.len()).then_some(from..to);
    let all = 0..text.len();
    for range in some.into_iter().chain(std::iter::once(all)) {
        for needle in &needles {
            matches(&map, &text, needle, range.clone());
        }
        first(&map, &text, &needles, range.clone());
        lines(&map, &text, range.clone());
        lines_from(&map, &text, range);
    }
    numbers(&map, &text, from);
}

fn all(mut matches: Matches, map: &Mmap) -> Vec<usize> {
    let mut places = Vec::new();
    while let Some(part) = matches.next_part(map).unwrap() {
        places.extend(part);
    }
    places
}

fn matches(map: &Mmap, text: &[u8], needle: &[u8], range: Range<usize>) {
    let places = crate::naive(text, needle, range.clone());
    let overlapping = Matches::overlapping(needle, range.clone()).unwrap();
    assert_eq!(all(overlapping, map), places);
    let apart = crate::apart(&places, needle);
    assert_eq!(all(Matches::new(needle, range).unwrap(), map), apart);
}

fn first(map: &Mmap, text: &[u8], needles: &[&[u8]], range: Range<usize>) {
    let expected = (range.start..=range.end).find_map(|at| {
        let rest = &text[at..range.end];
        let needle = needles.iter().position(|needle| rest.starts_with(needle))?;
        Some((at, needles[needle].len(), needle))
    });
    let found = map.find_any(&Needles::new(needles).unwrap(), range);
    let found = found.unwrap();
    assert_eq!(
        found.map(|found| (found.at, found.len, found.needle)),
        expected
    );
}

fn lines(map: &Mmap, text: &[u8], range: Range<usize>) {
    let mut at = range.start;
    let mut lines = map.lines(range.clone()).unwrap();
    for line in text[range].split_inclusive(|&byte| byte == b'\n') {
        assert_eq!(lines.position(), at);
        assert_eq!(lines.next_line().unwrap(), Some(line));
        at += line.len();
    }
    assert_eq!((lines.position(), lines.next_line().unwrap()), (at, None));
}

/// Does the same as [`lines`], but skips each third line.
fn lines_from(map: &Mmap, text: &[u8], range: Range<usize>) {
    let mut window = LineWindow::new(range.clone());
    let mut at = range.start;
    for (i, line) in text[range]
        .split_inclusive(|&byte| byte == b'\n')
        .enumerate()
    {
        while !window.has_line() {
            assert!(window.read_on(map).unwrap());
        }
        assert_eq!(window.next_end(), Some(at + line.len()));
        at += line.len();
        if i % 3 < 2 {
            assert_eq!(window.next_line(), Some(line));
        } else if i < 100 {
            window.resume_at(at);
        } else {
            return;
        }
        assert_eq!(window.position(), at);
    }
    assert!(!window.has_line() && !window.read_on(map).unwrap());
}

fn numbers(map: &Mmap, text: &[u8], at: usize) {
    let rest = text.get(at..).unwrap_or_default();
    let (two, four, eight) = (rest.first_chunk(), rest.first_chunk(), rest.first_chunk());
    let le = two.copied().map(u16::from_le_bytes);
    assert_eq!(map.read_u16_le(at).ok(), le);
    assert_eq!(map.read_u16_be(at).ok(), le.map(u16::swap_bytes));
    let le = four.copied().map(u32::from_le_bytes);
    assert_eq!(map.read_u32_le(at).ok(), le);
    assert_eq!(map.read_u32_be(at).ok(), le.map(u32::swap_bytes));
    let le = eight.copied().map(u64::from_le_bytes);
    assert_eq!(map.read_u64_le(at).ok(), le);
    assert_eq!(map.read_u64_be(at).ok(), le.map(u64::swap_bytes));
}
