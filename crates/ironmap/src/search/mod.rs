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

mod any;
mod automaton;
mod block;
mod borders;
mod cores;
mod effort;
mod every;
#[cfg(test)]
mod fenced;
mod isa;
mod pair;
mod scan;
mod window;

use std::cmp::{max, min};
use std::ops::Range;

use memchr::arch::all::twoway;

use crate::error::{Error, Fault, Result};
use crate::region::Region;
use effort::Effort;
use pair::{Needle, Outcome};
use window::Windows;

pub(crate) use any::find_any;
pub use any::{Match, Needles};
pub(crate) use cores::cores;
pub(crate) use every::{count, find_all, find_all_overlapping, newlines};

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
        _ => first_match(region, &Needle::new(needle), range, &mut Effort::default()),
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
        Some(fault) if sigbus_guard::FAULTS_END_ACCESSES && at < fault.at => {
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
        Some(start) if sigbus_guard::FAULTS_END_ACCESSES && start < end => {
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
    effort: &mut Effort,
) -> Result<Option<usize>> {
    let rest = needle.bytes().len() - 1;
    let mut at = range.start;
    let mut piece = FIRST_PIECE;
    while range.end - at > rest {
        let end = min(range.end, at + piece + rest);
        let looked = region.look(&(at..end), |bytes| needle.find(bytes, effort));
        let outcome = match looked {
            Ok(outcome) => outcome,
            Err(error) => {
                return retry_before(at, error, |part| first_match(region, needle, part, effort));
            }
        };
        let end_seen = match outcome {
            // What lies after a match was not looked at.
            Outcome::Match(place) => at + place + rest + 1,
            Outcome::NoMatch => end,
            Outcome::GivenUp(places) => at + places + rest,
        };
        region
            .require_intact(at..end_seen)
            .map_err(|error| first_damage_of(region, range.start..end_seen, error))?;
        match outcome {
            Outcome::Match(place) => return Ok(Some(at + place)),
            Outcome::NoMatch => (at, piece) = (end - rest, PIECE),
            Outcome::GivenUp(places) => {
                return first_in_windows(region, needle.bytes(), at + places..range.end);
            }
        }
    }
    Ok(None)
}

fn last_match(region: &Region, needle: &Needle<'_>, range: Range<usize>) -> Result<Option<usize>> {
    let rest = needle.bytes().len() - 1;
    let mut effort = Effort::default();
    let mut end = range.end;
    let mut piece = FIRST_PIECE;
    while end - range.start > rest {
        let at = max(range.start, end.saturating_sub(piece + rest));
        let looked = region.look(&(at..end), |bytes| needle.rfind(bytes, &mut effort));
        let outcome = match looked {
            Ok(outcome) => outcome,
            Err(error) => {
                return retry_after(region, end, error, |part| last_match(region, needle, part));
            }
        };
        let first_seen = match outcome {
            Outcome::Match(place) | Outcome::GivenUp(place) => at + place,
            Outcome::NoMatch => at,
        };
        region
            .require_intact(first_seen..end)
            .map_err(|error| first_damage_of(region, range.clone(), error))?;
        match outcome {
            Outcome::Match(place) => return Ok(Some(at + place)),
            Outcome::NoMatch => (end, piece) = (at + rest, PIECE),
            Outcome::GivenUp(places) => {
                let range = range.start..at + places + rest;
                return last_in_windows(region, needle.bytes(), range);
            }
        }
    }
    Ok(None)
}

/// What is linear whatever the bytes are.
fn first_in_windows(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    let finder = twoway::Finder::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut at = range.start;
    while range.end - at >= needle.len() {
        let window = match windows.first_of(at..range.end) {
            Ok(window) => window,
            Err(error) => return first_before_damage(&mut windows, &finder, needle, at, error),
        };
        if let Some(found) = finder.find(window, needle) {
            return Ok(Some(at + found));
        }
        at += window.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// A window can reach into damage that the first match does not: what lies
/// before the damage is searched again, alone.
#[cold]
fn first_before_damage(
    windows: &mut Windows<'_>,
    finder: &twoway::Finder,
    needle: &[u8],
    at: usize,
    error: Error,
) -> Result<Option<usize>> {
    let Some(damage) = error.fault().map(|fault| fault.at) else {
        return Err(error);
    };
    if damage - at >= needle.len() {
        let window = windows.first_of(at..damage)?;
        if let Some(found) = finder.find(window, needle) {
            return Ok(Some(at + found));
        }
    }
    Err(error)
}

/// As [`first_in_windows`], backwards. Each window is searched forwards, which is
/// up to four times as fast, and backwards where that finds something.
fn last_in_windows(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    let finder = twoway::Finder::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut end = range.end;
    while end - range.start >= needle.len() {
        let window = match windows.last_of(range.start..end) {
            Ok(window) => window,
            Err(error) => {
                return last_after_damage(&mut windows, needle, end, error)
                    .map_err(|error| first_damage_of(region, range, error));
            }
        };
        if finder.find(window, needle).is_some() {
            let found = twoway::FinderRev::new(needle).rfind(window, needle);
            return Ok(found.map(|found| end - window.len() + found));
        }
        end -= window.len() - (needle.len() - 1);
    }
    Ok(None)
}

/// As [`first_before_damage`], backwards. After the damage that is known there may
/// be more.
#[cold]
fn last_after_damage(
    windows: &mut Windows<'_>,
    needle: &[u8],
    end: usize,
    mut error: Error,
) -> Result<Option<usize>> {
    while let Some(damage) = error.fault().map(|fault| fault.at) {
        let start = windows.page_end(damage);
        if end.saturating_sub(start) < needle.len() {
            break;
        }
        match windows.last_of(start..end) {
            Ok(window) => {
                let found = twoway::FinderRev::new(needle).rfind(window, needle);
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
    use super::every::{each_in_windows, overlapping_in_windows};
    use super::window::{FAR, NEAR};
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
        const LEN: usize = NEAR + 2 * FAR;
        let mut region = region_of(&vec![b'.'; LEN]);
        for len in [2, 3, 17, 100] {
            let needle: Vec<u8> = (0..len).map(|i| b'A' + (i % 26) as u8).collect();
            let second = NEAR - (len - 1) + FAR;
            for edge in [NEAR, second, LEN - NEAR, LEN - second] {
                for at in edge - len - 1..=edge + 1 {
                    region.write(at, &needle).unwrap();
                    let first = first_in_windows(&region, &needle, 0..LEN).unwrap();
                    let last = last_in_windows(&region, &needle, 0..LEN).unwrap();
                    assert_eq!((first, last), (Some(at), Some(at)));
                    let mut every = Vec::new();
                    each_in_windows(&region, &needle, 0..LEN, |at| every.push(at)).unwrap();
                    overlapping_in_windows(&region, &needle, 0..LEN, |at| every.push(at)).unwrap();
                    assert_eq!(every, [at, at]);
                    region.write(at, &vec![b'.'; len]).unwrap();
                }
            }
        }
    }
}
