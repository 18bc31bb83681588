//! Finding bytes in a region.
//!
//! One byte is searched by `memchr`'s functions on raw pointers, a longer needle
//! by two of its bytes (`pair`), both where the bytes lie. Where that would not
//! be linear the rest is searched in windows: pieces of the region copied into
//! private memory, because a searcher that is linear in any case compares bytes
//! twice and needs bytes that hold still. Windows overlap by one byte less than
//! the needle, so no match falls between two of them, and are at least twice as
//! long as it, so no byte is copied more than twice.
//!
//! A region is searched in pieces, so that not much of what is damaged is read.

mod automaton;
mod chunk;
mod find_all;
mod multi;
mod parallel;

use std::cmp::{max, min};
use std::ops::Range;

use memchr::arch::all::twoway;
use memsearch::{Budget, Needle, Outcome};

use crate::error::{Error, Fault, Result};
use crate::fault::FAULTS_END_ACCESSES;
use crate::region::Region;
use chunk::Chunks;

pub(crate) use find_all::{count, find_all, find_all_overlapping, newlines};
pub(crate) use multi::find_any;
pub use multi::{Match, Needles};
pub(crate) use parallel::cores;

/// How many places the first piece has: a match nearby should cost no more than it
/// must.
const FIRST_PIECE: usize = 4 << 10;

/// How many places the others have: so many that to look for damage after each
/// costs nothing.
const PIECE: usize = 4 << 20;

/// The first match that lies wholly in `range`.
#[inline]
pub(crate) fn find(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => Ok(Some(range.start)),
        [byte] => find_byte(region, byte, range),
        _ if needle.len() > range.len() => Ok(None),
        _ => first_match(region, &Needle::new(needle), range, &mut Budget::default()),
    }
}

/// The last match that lies wholly in `range`.
#[inline]
pub(crate) fn rfind(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => Ok(Some(range.end)),
        [byte] => rfind_byte(region, byte, range),
        _ if needle.len() > range.len() => Ok(None),
        _ => last_match(region, &Needle::new(needle), range),
    }
}

#[inline]
fn find_byte(region: &Region, byte: u8, range: Range<usize>) -> Result<Option<usize>> {
    let mut at = range.start;
    let mut piece = FIRST_PIECE;
    loop {
        let end = min(range.end, at + piece);
        let found = region
            .find_byte(byte, at..end)
            .or_else(|error| retry_before(at, error, |part| find_byte(region, byte, part)))
            .map_err(|error| first_damage_of(region, range.start..end, error))?;
        if found.is_some() || end == range.end {
            return Ok(found);
        }
        at = end;
        piece = PIECE;
    }
}

#[inline]
fn rfind_byte(region: &Region, byte: u8, range: Range<usize>) -> Result<Option<usize>> {
    let mut end = range.end;
    let mut piece = FIRST_PIECE;
    loop {
        let at = max(range.start, end.saturating_sub(piece));
        let found = region
            .rfind_byte(byte, at..end)
            .or_else(|error| retry_after(region, end, error, |part| rfind_byte(region, byte, part)))
            .map_err(|error| first_damage_of(region, range.clone(), error))?;
        if found.is_some() || at == range.start {
            return Ok(found);
        }
        end = at;
        piece = PIECE;
    }
}

/// Where a fault ends the look at a piece, what lies before it is searched again, alone.
#[cold]
fn retry_before(
    at: usize,
    error: Error,
    search: impl FnOnce(Range<usize>) -> Result<Option<usize>>,
) -> Result<Option<usize>> {
    match error.fault() {
        Some(fault) if FAULTS_END_ACCESSES && at < fault.at => {
            search(at..fault.at)?.map_or(Err(error), |found| Ok(Some(found)))
        }
        _ => Err(error),
    }
}

/// As [`retry_before`], backwards.
#[cold]
fn retry_after(
    region: &Region,
    end: usize,
    error: Error,
    search: impl FnOnce(Range<usize>) -> Result<Option<usize>>,
) -> Result<Option<usize>> {
    let next_page = |fault: Fault| region.page_end(fault.at);
    match error.fault().map(next_page) {
        Some(start) if FAULTS_END_ACCESSES && start < end => {
            search(start..end)?.map_or(Err(error), |found| Ok(Some(found)))
        }
        _ => Err(error),
    }
}

/// A piece, or a thread, has its own first damaged byte, the range may have an
/// earlier one.
#[cold]
fn first_damage_of(region: &Region, range: Range<usize>, error: Error) -> Error {
    region.require_intact(range).err().unwrap_or(error)
}

fn first_match(
    region: &Region,
    needle: &Needle<'_>,
    range: Range<usize>,
    budget: &mut Budget,
) -> Result<Option<usize>> {
    let rest = needle.bytes().len() - 1;
    let mut at = range.start;
    let mut piece = FIRST_PIECE;
    while range.end - at > rest {
        let end = min(range.end, at + piece + rest);
        let looked = region.scan(&(at..end), |bytes| needle.find(bytes, budget));
        let outcome = match looked {
            Ok(outcome) => outcome,
            Err(error) => {
                return retry_before(at, error, |part| first_match(region, needle, part, budget));
            }
        };
        let end_seen = match outcome {
            // What lies after a match was not looked at.
            Outcome::Match(place) => at + place + rest + 1,
            Outcome::NoMatch => end,
            Outcome::BudgetExceeded(places) => at + places + rest,
        };
        region
            .require_intact(at..end_seen)
            .map_err(|error| first_damage_of(region, range.start..end_seen, error))?;
        match outcome {
            Outcome::Match(place) => return Ok(Some(at + place)),
            Outcome::NoMatch => (at, piece) = (end - rest, PIECE),
            Outcome::BudgetExceeded(places) => {
                return first_in_chunks(region, needle.bytes(), at + places..range.end);
            }
        }
    }
    Ok(None)
}

fn last_match(region: &Region, needle: &Needle<'_>, range: Range<usize>) -> Result<Option<usize>> {
    let rest = needle.bytes().len() - 1;
    let mut budget = Budget::default();
    let mut end = range.end;
    let mut piece = FIRST_PIECE;
    while end - range.start > rest {
        let at = max(range.start, end.saturating_sub(piece + rest));
        let looked = region.scan(&(at..end), |bytes| needle.rfind(bytes, &mut budget));
        let outcome = match looked {
            Ok(outcome) => outcome,
            Err(error) => {
                return retry_after(region, end, error, |part| last_match(region, needle, part));
            }
        };
        let first_seen = match outcome {
            Outcome::Match(place) | Outcome::BudgetExceeded(place) => at + place,
            Outcome::NoMatch => at,
        };
        region
            .require_intact(first_seen..end)
            .map_err(|error| first_damage_of(region, range.clone(), error))?;
        match outcome {
            Outcome::Match(place) => return Ok(Some(at + place)),
            Outcome::NoMatch => (end, piece) = (at + rest, PIECE),
            Outcome::BudgetExceeded(places) => {
                let range = range.start..at + places + rest;
                return last_in_chunks(region, needle.bytes(), range);
            }
        }
    }
    Ok(None)
}

/// What is linear whatever the bytes are.
fn first_in_chunks(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    let finder = twoway::Finder::new(needle);
    let mut chunks = Chunks::new(region, needle.len());
    let mut at = range.start;
    while range.end - at >= needle.len() {
        let chunk = match chunks.first_of(at..range.end) {
            Ok(chunk) => chunk,
            Err(error) => return first_before_damage(&mut chunks, &finder, needle, at, error),
        };
        if let Some(found) = finder.find(chunk, needle) {
            return Ok(Some(at + found));
        }
        at += chunk.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// A chunk can reach into damage that the first match does not: what lies
/// before the damage is searched again, alone.
#[cold]
fn first_before_damage(
    chunks: &mut Chunks<'_>,
    finder: &twoway::Finder,
    needle: &[u8],
    at: usize,
    error: Error,
) -> Result<Option<usize>> {
    let Some(damage) = error.fault().map(|fault| fault.at) else {
        return Err(error);
    };
    if damage - at >= needle.len() {
        let chunk = chunks.first_of(at..damage)?;
        if let Some(found) = finder.find(chunk, needle) {
            return Ok(Some(at + found));
        }
    }
    Err(error)
}

/// As [`first_in_chunks`], backwards. Each chunk is searched forwards, which is
/// up to four times as fast, and backwards where that finds something.
fn last_in_chunks(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    let finder = twoway::Finder::new(needle);
    let mut chunks = Chunks::new(region, needle.len());
    let mut end = range.end;
    while end - range.start >= needle.len() {
        let chunk = match chunks.last_of(range.start..end) {
            Ok(chunk) => chunk,
            Err(error) => {
                return last_after_damage(&mut chunks, needle, end, error)
                    .map_err(|error| first_damage_of(region, range, error));
            }
        };
        if finder.find(chunk, needle).is_some() {
            let found = twoway::FinderRev::new(needle).rfind(chunk, needle);
            return Ok(found.map(|found| end - chunk.len() + found));
        }
        end -= chunk.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// As [`first_before_damage`], backwards. After the damage that is known there may
/// be more.
#[cold]
fn last_after_damage(
    chunks: &mut Chunks<'_>,
    needle: &[u8],
    end: usize,
    mut error: Error,
) -> Result<Option<usize>> {
    while let Some(damage) = error.fault().map(|fault| fault.at) {
        let start = chunks.page_end(damage);
        if end.saturating_sub(start) < needle.len() {
            break;
        }
        match chunks.last_of(start..end) {
            Ok(chunk) => {
                let found = twoway::FinderRev::new(needle).rfind(chunk, needle);
                return found.map_or(Err(error), |found| Ok(Some(start + found)));
            }
            Err(another) => error = another,
        }
    }
    Err(error)
}

// Windows makes regions of sections.
#[cfg(all(test, unix))]
mod tests {
    use super::chunk::{HEAP_CHUNK, STACK_CHUNK};
    use super::find_all::{each_in_chunks, overlapping_in_chunks};
    use super::*;
    use crate::os;
    use crate::region::{Backing, Layout};

    fn region_of(bytes: &[u8]) -> Region {
        let flags = os::MAP_PRIVATE | os::MAP_ANON;
        let layout = Layout::new(os::PROT_READ | os::PROT_WRITE, flags, 0).unwrap();
        let mut region = Region::map(bytes.len(), layout, Backing::memory(), os::NO_FILE).unwrap();
        region.write(0, bytes).unwrap();
        region
    }

    #[cfg_attr(miri, ignore = "takes minutes")]
    #[test]
    fn matches_across_every_window_edge() {
        const LEN: usize = STACK_CHUNK + 2 * HEAP_CHUNK;
        let mut region = region_of(&vec![b'.'; LEN]);
        for len in [2, 3, 17, 100] {
            let needle: Vec<u8> = (0..len).map(|i| b'A' + (i % 26) as u8).collect();
            let second = STACK_CHUNK - (len - 1) + HEAP_CHUNK;
            for edge in [STACK_CHUNK, second, LEN - STACK_CHUNK, LEN - second] {
                for at in edge - len - 1..=edge + 1 {
                    region.write(at, &needle).unwrap();
                    let first = first_in_chunks(&region, &needle, 0..LEN).unwrap();
                    let last = last_in_chunks(&region, &needle, 0..LEN).unwrap();
                    assert_eq!((first, last), (Some(at), Some(at)));
                    let mut every = Vec::new();
                    each_in_chunks(&region, &needle, 0..LEN, |at| every.push(at)).unwrap();
                    overlapping_in_chunks(&region, &needle, 0..LEN, |at| every.push(at)).unwrap();
                    assert_eq!(every, [at, at]);
                    region.write(at, &vec![b'.'; len]).unwrap();
                }
            }
        }
    }
}
