//! The fuzz targets, as functions of the fuzzer's bytes.

pub mod operations;
pub mod options;
pub mod parts;
pub mod search;

use std::ops::Range;

use arbitrary::{Arbitrary, Unstructured};
use ironmap::{Access, Mmap, MmapOptions};

/// Returns a value of `T` from the fuzzer's bytes, or none if there are too few.
fn value<'a, T: Arbitrary<'a>>(bytes: &'a [u8]) -> Option<T> {
    T::arbitrary_take_rest(Unstructured::new(bytes)).ok()
}

/// Returns the pieces, each repeated, cut to `longest` bytes.
fn text(pieces: &[(u8, &[u8])], longest: usize) -> Vec<u8> {
    let mut text = Vec::new();
    for (times, piece) in pieces.iter().take(64) {
        text.extend(piece.repeat(usize::from(*times)));
    }
    text.truncate(longest);
    text
}

fn map_of(bytes: &[u8]) -> Mmap {
    let options = MmapOptions::new().access(Access::Copy).len(bytes.len());
    let mut map = options.anonymous().unwrap();
    map.write_at(0, bytes).unwrap();
    map
}

/// Returns the places of the needle, by comparing at each byte.
fn naive(text: &[u8], needle: &[u8], range: Range<usize>) -> Vec<usize> {
    let places = range.start..=range.end;
    let is_there = |&at: &usize| text[at..range.end].starts_with(needle);
    places.filter(is_there).collect()
}

/// Returns the places of matches that share no byte.
fn apart(places: &[usize], needle: &[u8]) -> Vec<usize> {
    let mut free = 0;
    let mut apart = places.to_vec();
    apart.retain(|&at| {
        let fits = at >= free;
        free = if fits { at + needle.len() } else { free };
        fits
    });
    apart
}
