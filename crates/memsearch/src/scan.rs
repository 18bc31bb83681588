//! The loops of a search: they scan block by block, and compare each candidate.
//!
//! A *place* is an index at which the needle fits into the haystack. A *hit* is a place at
//! which both probes are right, as one bit of a block's 64.
//!
//! # Safety
//!
//! A [`VolatileSlice`] stands for S3; only its bytes are loaded, from places on. A function
//! asks its caller for a processor that has the block's instructions.

#![allow(unsafe_code)]

use std::ops::Range;

use crate::budget::Budget;
use crate::needle::Needle;
use crate::vector::{Block, PLACES};
use crate::volatile_slice::{self, VolatileSlice};

/// The end of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The first or last match begins here.
    Match(usize),
    NoMatch,
    /// No match begins before this place (forwards), or at it or after it (backwards).
    BudgetExceeded(usize),
}

/// The end of a search for all matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Walk {
    /// The first place at which the next match can begin.
    pub(crate) next: usize,
    /// True if the search stopped there because it exceeded its budget.
    pub(crate) is_over_budget: bool,
}

/// Returns the first match.
///
/// # Safety
///
/// The processor has the block's instructions.
#[inline(always)]
pub(crate) unsafe fn find<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    let start = haystack.start();
    let places = (haystack.len() + 1).saturating_sub(needle.bytes().len());
    let mut at = 0;
    while at < places {
        // SAFETY: S3: all places are the haystack's.
        let Some((hits, from)) = (unsafe { skip::<B>(needle, start, at..places) }) else {
            break;
        };
        // SAFETY: S3: the hits are places of the haystack.
        let mut hits = unsafe { narrow::<B>(needle, hits, start, from, places, budget) };
        while hits != 0 {
            let place = from + hits.trailing_zeros() as usize;
            // SAFETY: S3: a place of the haystack.
            if unsafe { needle.matches_at(start.wrapping_add(place), budget) } {
                budget.scanned += place + needle.bytes().len();
                return Outcome::Match(place);
            }
            hits &= hits - 1;
        }
        at = from + PLACES;
        if budget.is_exceeded(at, needle.bytes().len()) && at < places {
            return Outcome::BudgetExceeded(at);
        }
    }
    budget.scanned += places;
    Outcome::NoMatch
}

/// Calls `found` with the matches in order, each `apart` bytes or more after the one
/// before it.
///
/// # Safety
///
/// The processor has the block's instructions.
#[inline(always)]
pub(crate) unsafe fn each<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    apart: usize,
    budget: &mut Budget,
    mut found: impl FnMut(usize),
) -> Walk {
    let start = haystack.start();
    let len = needle.bytes().len();
    let places = (haystack.len() + 1).saturating_sub(len);
    let (mut at, mut free) = (0, 0);
    while at < places {
        // SAFETY: S3: all places are the haystack's.
        let Some((hits, from)) = (unsafe { skip::<B>(needle, start, at..places) }) else {
            at = places;
            break;
        };
        // SAFETY: S3: the hits are places of the haystack.
        let mut hits = unsafe { narrow::<B>(needle, hits, start, from, places, budget) };
        while hits != 0 {
            let place = from + hits.trailing_zeros() as usize;
            // SAFETY: S3: a place of the haystack.
            if place >= free && unsafe { needle.matches_at(start.wrapping_add(place), budget) } {
                found(place);
                free = place + apart;
            }
            hits &= hits - 1;
        }
        at = from + PLACES;
        if budget.is_exceeded(at, len) {
            break;
        }
    }
    budget.scanned += at;
    Walk {
        next: at.min(places).max(free),
        is_over_budget: at < places,
    }
}

/// Hits in a block that are compared one by one.
const FEW: u32 = 2;

/// Returns those hits of the block at `from` that are right where others were wrong.
///
/// # Safety
///
/// S3 for all `places` from `start` on, and the processor has the block's
/// instructions.
#[inline(always)]
unsafe fn narrow<B: Block>(
    needle: &Needle<'_>,
    mut hits: u64,
    start: *const u8,
    from: usize,
    places: usize,
    budget: &mut Budget,
) -> u64 {
    if hits.count_ones() <= FEW || from + PLACES > places {
        return hits;
    }
    let block = start.wrapping_add(from);
    for pair in budget.learned_probes() {
        // SAFETY: S3: the block's places are the haystack's, the offsets the needle's.
        hits &= unsafe { B::hits(block, pair) };
        if hits == 0 {
            return 0;
        }
    }
    while hits.count_ones() > FEW {
        let candidate = block.wrapping_add(hits.trailing_zeros() as usize);
        // SAFETY: S3: a place of the haystack.
        let Some(probe) = (unsafe { needle.learn_from(candidate, budget) }) else {
            break;
        };
        // SAFETY: S3: the block's places are the haystack's, the offset the needle's.
        hits &= unsafe { B::hits(block, &[probe; 2]) };
    }
    hits
}

/// The distance at which memory is prefetched. Processors do so by themselves, but stop at the end of
/// a page.
const PREFETCHED: usize = 4096;

/// Returns the hits of the first block that has some, and its place.
///
/// # Safety
///
/// S3 for these places from `start` on, and the processor has the block's
/// instructions.
#[inline(always)]
unsafe fn skip<B: Block>(
    needle: &Needle<'_>,
    start: *const u8,
    places: Range<usize>,
) -> Option<(u64, usize)> {
    let Range { start: mut at, end } = places;
    while at + PLACES <= end {
        B::prefetch(start.wrapping_add(at + PREFETCHED));
        // SAFETY: S3: the block's places are the caller's.
        let hits = unsafe { B::hits(start.wrapping_add(at), needle.probes()) };
        if hits != 0 {
            return Some((hits, at));
        }
        at += PLACES;
    }
    // The last block overlaps the one before it.
    let from = end.saturating_sub(PLACES);
    let seen = at - from;
    if seen >= PLACES {
        return None;
    }
    // SAFETY: S3: `from` is a place, and a block from there on if there is one.
    let hits = unsafe { hits::<B>(needle, start.wrapping_add(from), end) } >> seen << seen;
    (hits != 0).then_some((hits, from))
}

/// Returns the last match.
///
/// # Safety
///
/// The processor has the block's instructions.
#[inline(always)]
pub(crate) unsafe fn rfind<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    let start = haystack.start();
    let places = (haystack.len() + 1).saturating_sub(needle.bytes().len());
    let mut end = places;
    while end > 0 {
        // SAFETY: S3: all places are the haystack's.
        let Some((hits, from)) = (unsafe { skip_back::<B>(needle, start, end, places) }) else {
            break;
        };
        // SAFETY: S3: the hits are places of the haystack.
        let mut hits = unsafe { narrow::<B>(needle, hits, start, from, places, budget) };
        while hits != 0 {
            let bit = 63 - hits.leading_zeros() as usize;
            // SAFETY: S3: a place of the haystack.
            if unsafe { needle.matches_at(start.wrapping_add(from + bit), budget) } {
                budget.scanned += places - from + needle.bytes().len();
                return Outcome::Match(from + bit);
            }
            hits ^= 1 << bit;
        }
        end = from;
        if budget.is_exceeded(places - end, needle.bytes().len()) && end > 0 {
            return Outcome::BudgetExceeded(end);
        }
    }
    budget.scanned += places;
    Outcome::NoMatch
}

/// Returns the hits of the last block before `end` that has some, and its place.
///
/// # Safety
///
/// S3 for these places from `start` on, and the processor has the block's
/// instructions.
#[inline(always)]
unsafe fn skip_back<B: Block>(
    needle: &Needle<'_>,
    start: *const u8,
    mut end: usize,
    places: usize,
) -> Option<(u64, usize)> {
    while end >= PLACES {
        let from = end - PLACES;
        B::prefetch(start.wrapping_add(from).wrapping_sub(PREFETCHED));
        // SAFETY: S3: the block's places are the caller's.
        let hits = unsafe { B::hits(start.wrapping_add(from), needle.probes()) };
        if hits != 0 {
            return Some((hits, from));
        }
        end = from;
    }
    if end == 0 {
        return None;
    }
    // The first block overlaps the one after it.
    // SAFETY: S3: the first place, and a block from there on if there is one.
    let hits = unsafe { hits::<B>(needle, start, places) } & u64::MAX >> (PLACES - end);
    (hits != 0).then_some((hits, 0))
}

/// Returns the hits among the 64 places from `at` on, or among all `places` of a haystack
/// that has fewer.
///
/// # Safety
///
/// S3 for these places, and the processor has the block's instructions.
#[inline(always)]
unsafe fn hits<B: Block>(needle: &Needle<'_>, at: *const u8, places: usize) -> u64 {
    if places >= PLACES {
        // SAFETY: the caller's promise.
        return unsafe { B::hits(at, needle.probes()) };
    }
    // Each probe's bytes, copied into a block of its own.
    let mut blocks = [0; 2 * PLACES];
    let probes = needle.probes();
    for (block, probe) in blocks.chunks_exact_mut(PLACES).zip(probes) {
        // SAFETY: S3, the caller's promise: these places, at that distance.
        unsafe { volatile_slice::copy(at.wrapping_add(probe.offset), &mut block[..places]) };
    }
    let [mut one, mut other] = *probes;
    (one.offset, other.offset) = (0, PLACES);
    // SAFETY: 64 bytes at either offset; the processor is the caller's promise.
    let hits = unsafe { B::hits(blocks.as_ptr(), &[one, other]) };
    hits & !(u64::MAX << places)
}
