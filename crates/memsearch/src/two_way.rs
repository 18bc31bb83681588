//! A search that is linear for every needle and haystack, and takes no memory: Crochemore
//! and Perrin's two-way algorithm, <https://doi.org/10.1145/116825.116845>.
//!
//! `memchr` has it for slices only. Here it loads volatile bytes, forwards or backwards.
//!
//! # Safety
//!
//! Bytes and words are loaded at indices that are checked against the haystack's length (S3,
//! S1). A byte can be loaded more than once; memory safety does not depend on its value (S2).

#![allow(unsafe_code)]

use std::cmp::{Ordering, max};
use std::marker::PhantomData;
use std::ops::Range;

use crate::volatile_slice::{self, VolatileSlice};

/// The order in which a search takes the bytes of needle and haystack.
pub(crate) trait Order {
    /// Returns the lowest index of the bytes `i` to `i + count` of `len`.
    fn lowest(i: usize, count: usize, len: usize) -> usize;

    /// Returns the number of bytes of a word that are 0, in this order, before one that is not.
    fn zero_bytes(word: u64) -> usize;

    /// Returns the index of the `i`th byte of `len`.
    #[inline(always)]
    fn index(i: usize, len: usize) -> usize {
        Self::lowest(i, 1, len)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Forwards;

impl Order for Forwards {
    #[inline(always)]
    fn lowest(i: usize, _count: usize, _len: usize) -> usize {
        i
    }

    #[inline(always)]
    fn zero_bytes(word: u64) -> usize {
        word.trailing_zeros() as usize / 8
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Backwards;

impl Order for Backwards {
    #[inline(always)]
    fn lowest(i: usize, count: usize, len: usize) -> usize {
        len - count - i
    }

    #[inline(always)]
    fn zero_bytes(word: u64) -> usize {
        word.leading_zeros() as usize / 8
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
        while needle_len <= len && place <= len - needle_len {
            let window = O::lowest(place, needle_len, len);
            let window = haystack.start().wrapping_add(window);
            let last = window.wrapping_add(O::index(needle_len - 1, needle_len));
            // SAFETY: S3: the needle fits here, as just checked.
            if self.bytes & bit(unsafe { volatile_slice::load(last) }) == 0 {
                (place, known) = (place + needle_len, 0);
                continue;
            }
            let right = max(self.critical, known)..needle_len;
            // SAFETY: S3: the needle fits here.
            if let Some(i) = unsafe { first_wrong::<O>(needle, window, right) } {
                (place, known) = (place + i - self.critical + 1, 0);
                continue;
            }
            // SAFETY: S3: the needle fits here.
            let wrong = unsafe { first_wrong::<O>(needle, window, known..self.critical) };
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

/// Bytes that are compared at once.
const WORD: usize = size_of::<u64>();

/// Returns the first of some bytes of the needle, by their numbers, that is another at `window`.
///
/// # Safety
///
/// The needle's length of bytes is readable there (S3).
#[inline(always)]
unsafe fn first_wrong<O: Order>(
    needle: &[u8],
    window: *const u8,
    mut numbers: Range<usize>,
) -> Option<usize> {
    if numbers.len() < WORD {
        return numbers.find(|&i| {
            let i = O::index(i, needle.len());
            // SAFETY: S3, the caller's promise.
            needle[i] != unsafe { volatile_slice::load(window.wrapping_add(i)) }
        });
    }
    // The last word may overlap the one before it.
    let last = numbers.end - WORD;
    let mut words = (numbers.start..last).step_by(WORD).chain([last]);
    words.find_map(|i| {
        let from = O::lowest(i, WORD, needle.len());
        let at = window.wrapping_add(from).cast::<[u8; WORD]>();
        // SAFETY: S3, the caller's promise: a word of the needle's length.
        let word = u64::from_le_bytes(unsafe { at.read_unaligned() });
        let wanted: [u8; WORD] = needle[from..from + WORD].try_into().expect("a word");
        let difference = word ^ u64::from_le_bytes(wanted);
        (difference != 0).then(|| i + O::zero_bytes(difference))
    })
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
