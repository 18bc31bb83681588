//! A search that is linear for every needle and haystack, and takes no memory: Crochemore
//! and Perrin's two-way algorithm, <https://doi.org/10.1145/116825.116845>.
//!
//! `memchr` has it for slices only. Here it loads volatile bytes, forwards or backwards.
//!
//! # Safety
//!
//! Each byte is loaded by itself, at an index that is checked against the haystack's
//! length (S3, S1). A byte can be loaded more than once; memory safety does not depend on
//! its value (S2).

#![allow(unsafe_code)]

use std::cmp::{Ordering, max};
use std::marker::PhantomData;

use crate::volatile_slice::{self, VolatileSlice};

/// The order in which a search takes the bytes of needle and haystack.
pub(crate) trait Order {
    /// Returns the index of the `i`th byte of `len`.
    fn index(i: usize, len: usize) -> usize;
}

#[derive(Clone, Debug)]
pub(crate) struct Forwards;

impl Order for Forwards {
    #[inline(always)]
    fn index(i: usize, _len: usize) -> usize {
        i
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Backwards;

impl Order for Backwards {
    #[inline(always)]
    fn index(i: usize, len: usize) -> usize {
        len - 1 - i
    }
}

/// The facts about a needle that the search uses, without the needle.
#[derive(Clone, Debug)]
pub(crate) struct TwoWay<O> {
    /// The index at which the needle is cut in two: after a mismatch right of it, the search
    /// moves past the mismatch.
    critical: usize,
    /// The distance that the search moves after a match, or a mismatch left of the cut: the
    /// needle's period or, if that is long, less.
    shift: usize,
    /// The bytes of the needle that are known to match after such a move.
    known: usize,
    /// The needle's bytes, by their last six bits.
    bytes: u64,
    order: PhantomData<O>,
}

/// The state of a search.
#[derive(Clone, Copy, Default)]
pub(crate) struct Position {
    /// The place to look at next.
    pub(crate) place: usize,
    /// The number of the needle's first bytes that match there.
    known: usize,
}

impl From<usize> for Position {
    fn from(place: usize) -> Position {
        Position { place, known: 0 }
    }
}

impl<O: Order> TwoWay<O> {
    /// Prepares the search for a needle, which is not empty.
    pub(crate) fn new(needle: &[u8]) -> TwoWay<O> {
        let less = maximal_suffix::<O>(needle, Ordering::Less);
        let greater = maximal_suffix::<O>(needle, Ordering::Greater);
        let (critical, period) = max(less, greater);
        let at = |i| needle[O::index(i, needle.len())];
        let is_periodic = (0..critical).all(|i| at(i) == at(i + period));
        let shift = if is_periodic {
            period
        } else {
            max(critical, needle.len() - critical) + 1
        };
        TwoWay {
            critical,
            shift,
            known: if is_periodic {
                needle.len() - period
            } else {
                0
            },
            bytes: needle.iter().fold(0, |bytes, &byte| bytes | bit(byte)),
            order: PhantomData,
        }
    }

    /// Returns the place of the first match from `position` on, in the search's order. Moves
    /// `position` to the next place at which a match can begin.
    pub(crate) fn next(
        &self,
        needle: &[u8],
        haystack: VolatileSlice<'_>,
        position: &mut Position,
    ) -> Option<usize> {
        let Position {
            mut place,
            mut known,
        } = *position;
        let (len, needle_len) = (haystack.len(), needle.len());
        let wanted = |i| needle[O::index(i, needle_len)];
        let load = |i| {
            let at = haystack.start().wrapping_add(O::index(i, len));
            // SAFETY: S3: `i < len`, because the loop checks that the needle fits.
            unsafe { volatile_slice::load(at) }
        };
        while needle_len <= len && place <= len - needle_len {
            if self.bytes & bit(load(place + needle_len - 1)) == 0 {
                (place, known) = (place + needle_len, 0);
                continue;
            }
            let is_wrong = |&i: &usize| wanted(i) != load(place + i);
            if let Some(i) = (max(self.critical, known)..needle_len).find(is_wrong) {
                (place, known) = (place + i - self.critical + 1, 0);
                continue;
            }
            let wrong = (known..self.critical).rev().find(is_wrong);
            let found = place;
            (place, known) = (place + self.shift, self.known);
            if wrong.is_none() {
                *position = Position { place, known };
                return Some(found);
            }
        }
        None
    }
}

fn bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

/// Returns the start and the period of the needle's maximal suffix, for the usual order of
/// bytes (`smaller` is `Less`) or for its reverse (`Greater`).
fn maximal_suffix<O: Order>(needle: &[u8], smaller: Ordering) -> (usize, usize) {
    let at = |i| needle[O::index(i, needle.len())];
    let (mut suffix, mut period) = (0, 1);
    let (mut candidate, mut offset) = (1, 0);
    while candidate + offset < needle.len() {
        match at(candidate + offset).cmp(&at(suffix + offset)) {
            Ordering::Equal if offset + 1 == period => {
                (candidate, offset) = (candidate + period, 0);
            }
            Ordering::Equal => offset += 1,
            order if order == smaller => {
                (candidate, offset) = (candidate + offset + 1, 0);
                period = candidate - suffix;
            }
            _ => {
                suffix = candidate;
                (candidate, offset, period) = (suffix + 1, 0, 1);
            }
        }
    }
    (suffix, period)
}
