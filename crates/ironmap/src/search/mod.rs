//! Searches of a region.
//!
//! `memsearch` searches the bytes where they are mapped. A region is searched in pieces, so
//! that little of what is damaged is read. Pieces overlap by one byte less than the needle:
//! no match falls between two of them.

#[cfg(feature = "needles")]
mod automaton;
#[cfg(feature = "needles")]
mod chunk;
mod find_all;
#[cfg(feature = "needles")]
mod multi;
mod parallel;

use std::cmp::{max, min};
use std::ops::Range;

use memsearch::Finder;

use crate::error::{Error, Fault, Result};
use crate::region::Region;

pub(crate) use find_all::{count, find_all, find_all_overlapping, newlines};
#[cfg(feature = "needles")]
pub use multi::{Match, Needles};
#[cfg(feature = "needles")]
pub(crate) use multi::{find_any, find_each, scan_bytes};
pub(crate) use parallel::cores;

/// Places of the first piece: few, because a match can be near.
const FIRST_PIECE: usize = 4 << 10;

/// Places of the other pieces: so many that the look for damage after each costs nothing.
const PIECE: usize = 1 << 20;

/// Returns the index of the first match in `range`.
#[inline]
pub(crate) fn find(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => Ok(Some(range.start)),
        [byte] => find_byte(region, byte, range),
        _ if needle.len() > range.len() => Ok(None),
        _ => first_match(region, &mut Finder::for_one(needle, range.len()), range),
    }
}

/// Returns the index of the last match in `range`.
#[inline]
pub(crate) fn rfind(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Option<usize>> {
    region.require_readable()?;
    match *needle {
        [] => Ok(Some(range.end)),
        [byte] => rfind_byte(region, byte, range),
        _ if needle.len() > range.len() => Ok(None),
        _ => last_match(region, &mut Finder::for_one(needle, range.len()), range),
    }
}

/// Does what [`find`] does, with a finder that keeps what it learns.
pub(crate) fn find_with(
    region: &Region,
    finder: &mut Finder<'_>,
    range: Range<usize>,
) -> Result<Option<usize>> {
    region.require_readable()?;
    match finder.needle().len() {
        0 => Ok(Some(range.start)),
        len if len > range.len() => Ok(None),
        _ => first_match(region, finder, range),
    }
}

/// Does what [`rfind`] does, with a finder that keeps what it learns.
pub(crate) fn rfind_with(
    region: &Region,
    finder: &mut Finder<'_>,
    range: Range<usize>,
) -> Result<Option<usize>> {
    region.require_readable()?;
    match finder.needle().len() {
        0 => Ok(Some(range.end)),
        len if len > range.len() => Ok(None),
        _ => last_match(region, finder, range),
    }
}

#[inline]
fn find_byte(region: &Region, byte: u8, range: Range<usize>) -> Result<Option<usize>> {
    let mut at = range.start;
    let mut piece = FIRST_PIECE;
    loop {
        let end = min(range.end, at + piece);
        let found = region
            .scan(&(at..end), |bytes| memsearch::find_byte(bytes, byte))
            .and_then(|place| {
                let found = place.map(|place| at + place);
                // The bytes after a match do not count.
                let end_seen = found.map_or(end, |at| at + 1);
                region.check_loaded(at, end_seen - at)?;
                Ok(found)
            })
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
            .scan(&(at..end), |bytes| memsearch::rfind_byte(bytes, byte))
            .and_then(|place| {
                let found = place.map(|place| at + place);
                // The bytes before a match do not count.
                let first_seen = found.unwrap_or(at);
                region.check_loaded(first_seen, end - first_seen)?;
                Ok(found)
            })
            .or_else(|error| retry_after(region, end, error, |part| rfind_byte(region, byte, part)))
            .map_err(|error| first_damage_of(region, range.clone(), error))?;
        if found.is_some() || at == range.start {
            return Ok(found);
        }
        end = at;
        piece = PIECE;
    }
}

/// Searches the bytes before a fault again, if the fault has ended the search of a piece.
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

/// Searches the bytes after the page of a fault again.
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

/// Returns the error for the first damaged byte of the whole range, which can be before that
/// of a piece.
#[cold]
fn first_damage_of(region: &Region, range: Range<usize>, error: Error) -> Error {
    region
        .check_loaded(range.start, range.len())
        .err()
        .unwrap_or(error)
}

fn first_match(
    region: &Region,
    finder: &mut Finder<'_>,
    range: Range<usize>,
) -> Result<Option<usize>> {
    let rest = finder.needle().len() - 1;
    let mut at = range.start;
    let mut piece = FIRST_PIECE;
    while range.end - at > rest {
        let end = min(range.end, at + piece + rest);
        let found = match region.scan(&(at..end), |bytes| finder.find_in(bytes)) {
            Ok(found) => found,
            Err(error) => {
                // A fault can have interrupted it (W2).
                finder.reset();
                return retry_before(at, error, |part| first_match(region, finder, part));
            }
        };
        // The bytes after a match do not count.
        let end_seen = found.map_or(end, |place| at + place + rest + 1);
        region
            .check_loaded(at, end_seen - at)
            .map_err(|error| first_damage_of(region, range.start..end_seen, error))?;
        if let Some(place) = found {
            return Ok(Some(at + place));
        }
        (at, piece) = (end - rest, max(PIECE, rest));
    }
    Ok(None)
}

fn last_match(
    region: &Region,
    finder: &mut Finder<'_>,
    range: Range<usize>,
) -> Result<Option<usize>> {
    let rest = finder.needle().len() - 1;
    let mut end = range.end;
    let mut piece = FIRST_PIECE;
    while end - range.start > rest {
        let at = max(range.start, end.saturating_sub(piece + rest));
        let found = match region.scan(&(at..end), |bytes| finder.rfind_in(bytes)) {
            Ok(found) => found,
            Err(error) => {
                finder.reset();
                return retry_after(region, end, error, |part| last_match(region, finder, part));
            }
        };
        let first_seen = found.map_or(at, |place| at + place);
        region
            .check_loaded(first_seen, end - first_seen)
            .map_err(|error| first_damage_of(region, range.clone(), error))?;
        if let Some(place) = found {
            return Ok(Some(at + place));
        }
        (end, piece) = (at + rest, max(PIECE, rest));
    }
    Ok(None)
}
