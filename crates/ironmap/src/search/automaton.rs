//! The automaton of several needles, made only if there is memory for it.
//!
//! aho-corasick ends the process if an allocation fails. So the most that it takes is computed
//! from the needles, and allocated and freed once before.

use std::cmp::max;
use std::fmt;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::error::{Cause, Error, Result};

/// The most bytes that needles may have together. States have numbers of 31 bits, and a byte
/// takes up to four of them.
const MOST: usize = 1 << 29;

/// The largest table with a row for each state and a column for each byte: the fastest
/// automaton while it fits the cache.
const MOST_OF_TABLE: usize = 16 << 20;

/// The most steps to fill the table, about a second. They grow with the square of the length of
/// a needle that repeats itself.
const MOST_STEPS: usize = 1 << 30;

/// The largest rows for the states after two bytes, which are visited most often after those
/// of one byte.
const MOST_OF_SECOND_ROWS: usize = 4 << 20;

/// Finds the first match; of two at one place, the needle that is first in the list.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    searcher: AhoCorasick,
    /// The index in the list of each needle that the searcher has.
    places: Arc<Vec<u32>>,
}

impl Automaton {
    /// Makes the automaton of needles that are not empty.
    pub(super) fn new(needles: &[impl AsRef<[u8]>]) -> Result<Automaton> {
        let bytes = needles.iter().map(|needle| needle.as_ref().len());
        if bytes.sum::<usize>() > MOST {
            return Err(too_many(
                needles.len(),
                &"together they have more than 512 MiB",
            ));
        }
        let (places, shape) = distinct(needles)?;
        reserve_once(shape.most_memory())?;
        let searcher = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind(shape.kind())
            .dense_depth(shape.depth_with_rows())
            .build(places.iter().map(|&place| &needles[place as usize]))
            .map_err(|error| too_many(needles.len(), &error))?;
        Ok(Automaton {
            searcher,
            places: Arc::new(places),
        })
    }

    /// Returns the index, the length and the needle of the first match in a chunk.
    pub(super) fn find(&self, chunk: &[u8]) -> Option<(usize, usize, usize)> {
        let found = self.searcher.find(chunk)?;
        let needle = self.places[found.pattern().as_usize()] as usize;
        Some((found.start(), found.len(), needle))
    }

    /// Returns the number of different needles.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }
}

fn too_many(count: usize, why: &dyn fmt::Display) -> Error {
    let message = text!("{count} needles are too many: {why}");
    Error::new(Cause::InvalidInput(message))
}

/// Returns an error unless there is so much memory, for an allocation that must not fail.
pub(super) fn reserve_once(bytes: usize) -> Result<()> {
    Vec::<u8>::new()
        .try_reserve_exact(bytes)
        .map_err(|_| Error::out_of_memory::<u8>(bytes))
}

/// Returns the indices of the needles without copies of earlier ones, in order, and the shape
/// of their automaton. (A copy is never found, but would take memory.)
fn distinct(needles: &[impl AsRef<[u8]>]) -> Result<(Vec<u32>, Shape)> {
    let bytes_of = |place: u32| needles[place as usize].as_ref();
    let mut places = Vec::new();
    places
        .try_reserve_exact(needles.len())
        .map_err(|_| Error::out_of_memory::<u32>(needles.len()))?;
    places.extend((0..u32::MAX).take(needles.len()));
    places.sort_unstable_by(|&one, &other| {
        let by_bytes = bytes_of(one).cmp(bytes_of(other));
        by_bytes.then(one.cmp(&other))
    });
    places.dedup_by(|later, first| bytes_of(*later) == bytes_of(*first));
    let shape = Shape::of(places.iter().map(|&place| bytes_of(place)));
    places.sort_unstable();
    Ok((places, shape))
}

/// The counts that the size of an automaton depends on.
#[derive(Debug, Default)]
struct Shape {
    needles: usize,
    bytes: usize,
    longest: usize,
    /// The number of different beginnings that the needles have: each is a state.
    beginnings: usize,
    /// The beginnings of one byte, and those of one or two.
    up_to_one: usize,
    up_to_two: usize,
    /// Columns of the table: bytes that no needle tells apart share one.
    columns: usize,
}

impl Shape {
    /// Counts different needles that are sorted: a beginning that a needle shares with an
    /// earlier one, it shares with the one before.
    fn of<'n>(needles: impl Iterator<Item = &'n [u8]>) -> Shape {
        let mut shape = Shape::default();
        let mut told_apart = [false; 256];
        let mut before: &[u8] = &[];
        for needle in needles {
            let pairs = needle.iter().zip(before);
            let common = pairs.take_while(|(one, other)| one == other).count();
            shape.needles += 1;
            shape.bytes += needle.len();
            shape.longest = max(shape.longest, needle.len());
            shape.beginnings += needle.len() - common;
            shape.up_to_one += needle.len().min(1) - common.min(1);
            shape.up_to_two += needle.len().min(2) - common.min(2);
            for &byte in &needle[common..] {
                told_apart[usize::from(byte)] = true;
            }
            before = needle;
        }
        let used = told_apart.iter().filter(|&&used| used).count();
        // One for each used byte, and one for those between two of them.
        shape.columns = (2 * used + 1).min(256);
        shape
    }

    /// Returns the number of states: those of beginnings, dead, failed, and two to start from.
    fn states(&self) -> usize {
        self.beginnings + 4
    }

    /// Returns the bytes of a table of all transitions.
    fn table(&self) -> usize {
        4 * self.columns.next_power_of_two() * self.states()
    }

    fn rows(&self, beginnings: usize) -> usize {
        4 * (beginnings + 3) * self.columns
    }

    /// Returns the depth up to which states have rows of their own.
    fn depth_with_rows(&self) -> usize {
        match self.rows(self.up_to_two) {
            0..=MOST_OF_SECOND_ROWS => 2,
            _ => 1,
        }
    }

    fn kind(&self) -> Option<AhoCorasickKind> {
        // An entry for a byte that does not continue a needle takes up to as many steps as the
        // longest needle has bytes.
        let steps = (self.states() * self.columns).saturating_mul(self.longest);
        let is_small = self.table() <= MOST_OF_TABLE && steps <= MOST_STEPS;
        // The crate itself chooses a table, for up to a hundred needles.
        (!is_small).then_some(AhoCorasickKind::ContiguousNFA)
    }

    /// Returns the most bytes that are allocated at once while the automaton is made, by the
    /// source of aho-corasick 1.1. `tests/out_of_memory.rs` grants this much and no more.
    fn most_memory(&self) -> usize {
        let states = self.states();
        // One transition leads to each beginning; three states have one for every byte.
        let transitions = self.beginnings + 3 * 256 + 1;
        // At most one needle is the longest that ends in a state.
        let matches = states + 1;
        let rows = match self.depth_with_rows() {
            1 => self.rows(self.up_to_one),
            _ => self.rows(self.up_to_two),
        };
        let trie = 20 * states + 9 * transitions + rows + 8 * matches + 4 * self.needles;
        // A vector that grows takes twice its size, and its old size while it moves. Then come
        // a queue and two lists of all states.
        let while_it_grows = 3 * trie + (3 * 4 + 8) * states;
        let list = 4 * (2 * states + 2 * transitions + matches) + rows;
        let made_of_it = match self.kind() {
            None => max(self.table() + 64 * states, 3 * list + 4 * states),
            Some(_) => 3 * list + 4 * states,
        };
        // The prefilter has the needles twice, and a few tables.
        let ahead = 3 * self.bytes + 64 * self.needles.min(128) + (32 << 10);
        max(while_it_grows, trie + made_of_it) + ahead
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_counts_each_beginning_once() {
        let needles: [&[u8]; 6] = [b"abc", b"b", b"abd", b"abc", b"ab", b"xyz"];
        let (places, shape) = distinct(&needles).unwrap();
        assert_eq!(places, [0, 1, 2, 4, 5]);
        // a, ab, abc, abd, b, x, xy, xyz
        let depths = (shape.up_to_one, shape.up_to_two, shape.beginnings);
        assert_eq!(depths, (3, 5, 8));
        assert_eq!((shape.needles, shape.bytes, shape.columns), (5, 12, 15));
    }
}
