//! The first match of several needles, by Aho and Corasick: one pass over the bytes for any
//! number of needles.
//!
//! The automaton needs bytes that do not change, so it gets chunks of the region, copied into
//! private memory. Chunks overlap by one byte less than the longest needle. A match near the
//! end of a chunk may not be the first: a longer needle can begin before it and end after the
//! chunk.

use std::cmp::{max, min};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use memsearch::Finder;

use super::automaton::{Automaton, reserve_once};
use super::chunk::Chunks;
use crate::deadline::Deadline;
use crate::error::{self, Error, Result};
use crate::region::Region;

/// Several needles, prepared for [`Mmap::find_any`](crate::Mmap::find_any).
///
/// To make it takes time and memory in proportion to the total length (up to 200 times as
/// much, and 20 MiB); the cost of a search does not depend on the needles.
///
/// ```
/// use ironmap::{Mmap, Needles};
///
/// let map = Mmap::open("Cargo.toml")?;
/// let sections = Needles::new(["[dependencies]", "[package]"])?;
/// let first = map.find_any(&sections, ..)?.unwrap();
/// assert_eq!((first.at, first.needle), (0, 1));
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone)]
pub struct Needles {
    /// Has the needles before the first empty one, which matches where a search begins.
    matcher: Matcher,
    empty: Option<usize>,
    longest: usize,
    /// The byte with which all of them begin, in the map too.
    start: Option<u8>,
    ignores_case: bool,
}

#[derive(Clone)]
enum Matcher {
    /// The needles are equal.
    One(Arc<Vec<u8>>),
    Many(Automaton),
}

/// A match of one of several needles.
///
/// ```
/// use ironmap::{Mmap, Needles};
///
/// let needles = ["version", "name"];
/// let found = Mmap::open("Cargo.toml")?.find_any(&Needles::new(&needles)?, ..)?.unwrap();
/// assert_eq!(needles[found.needle], "name");
/// # Ok::<(), ironmap::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Match {
    /// The index in the map at which it begins.
    pub at: usize,
    /// Its length in bytes.
    pub len: usize,
    /// The index of the needle among the needles.
    pub needle: usize,
}

impl Needles {
    /// Prepares needles. If two match at one index, the earlier of this list is found.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for needles of more than 512 MiB
    /// together; [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    ///
    /// ```
    /// let needles = ironmap::Needles::new(["ERROR", "WARNING"])?;
    /// assert_eq!(needles.longest(), 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn new(needles: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Needles> {
        let mut list = Vec::new();
        for needle in needles {
            error::reserve(&mut list, 1)?;
            list.push(needle);
        }
        Needles::of_list(&list)
    }

    /// Prepares needles that match ASCII letters of either case. If two match at one index, the
    /// earlier of this list is found.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Needles::new).
    ///
    /// ```
    /// use ironmap::{Mmap, Needles};
    ///
    /// let mut map = Mmap::anonymous(13)?;
    /// map.write_at(0, b"Warning: disk")?;
    /// let words = Needles::ignoring_ascii_case(["error", "WARNING"])?;
    /// assert_eq!(map.find_any(&words, ..)?.unwrap().needle, 1);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn ignoring_ascii_case(
        needles: impl IntoIterator<Item = impl AsRef<[u8]>>,
    ) -> Result<Needles> {
        let mut list = Vec::new();
        for needle in needles {
            error::reserve(&mut list, 1)?;
            let mut lower = error::copy_of(needle.as_ref())?;
            lower.make_ascii_lowercase();
            list.push(lower);
        }
        let needles = Needles::of_list(&list)?;
        Ok(Needles {
            ignores_case: true,
            start: needles.start.filter(|byte| !byte.is_ascii_lowercase()),
            ..needles
        })
    }

    fn of_list(list: &[impl AsRef<[u8]>]) -> Result<Needles> {
        let empty = list.iter().position(|needle| needle.as_ref().is_empty());
        let lens = list.iter().map(|needle| needle.as_ref().len());
        let longest = lens.max().unwrap_or(0);
        let list = &list[..empty.unwrap_or(list.len())];
        Ok(Needles {
            matcher: Matcher::new(list)?,
            empty,
            longest,
            start: common_start(list),
            ignores_case: false,
        })
    }

    /// Returns the length of the longest needle, or 0 if there are no needles.
    ///
    /// ```
    /// let needles = ironmap::Needles::new(["ERROR", "WARNING"])?;
    /// assert_eq!(needles.longest(), 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Returns true if a needle that begins before a match, or with it, ends before `end`.
    pub(crate) fn is_first(&self, found: Match, end: usize) -> bool {
        end - found.at >= self.longest
    }

    /// Returns the first index of a range at which one of the needles can begin, or its end. Where
    /// the byte is rare, this is faster than to copy the range.
    fn next_start(&self, region: &Region, range: Range<usize>) -> Result<usize> {
        match self.start {
            Some(byte) => Ok(super::find(region, &[byte], range.clone())?.unwrap_or(range.end)),
            None => Ok(range.start),
        }
    }
}

/// Returns the byte with which all needles begin, if there is one.
fn common_start(needles: &[impl AsRef<[u8]>]) -> Option<u8> {
    let mut starts = needles.iter().map(|needle| needle.as_ref().first());
    let start = starts.next()??;
    starts.all(|other| other == Some(start)).then_some(*start)
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needles")
            .field("count", &self.matcher.len())
            .field("longest", &self.longest)
            .finish()
    }
}

impl Matcher {
    fn new(needles: &[impl AsRef<[u8]>]) -> Result<Matcher> {
        match needles {
            [one, rest @ ..] if rest.iter().all(|other| other.as_ref() == one.as_ref()) => {
                let needle = error::copy_of(one.as_ref())?;
                reserve_once(size_of::<Vec<u8>>() + 2 * size_of::<usize>())?;
                Ok(Matcher::One(Arc::new(needle)))
            }
            _ => Ok(Matcher::Many(Automaton::new(needles)?)),
        }
    }

    /// Returns the number of different needles.
    fn len(&self) -> usize {
        match self {
            Matcher::One(_) => 1,
            Matcher::Many(automaton) => automaton.len(),
        }
    }
}

/// A search in one chunk after another.
struct Scan<'n> {
    needles: &'n Needles,
    /// Keeps what it learns.
    one: Option<Finder<'n>>,
}

impl<'n> Scan<'n> {
    fn new(needles: &'n Needles) -> Scan<'n> {
        let one = match &needles.matcher {
            Matcher::One(needle) => Some(Finder::new(needle.as_slice())),
            Matcher::Many(_) => None,
        };
        Scan { needles, one }
    }

    /// Returns the first match in a chunk, which begins at `start`.
    fn find(&mut self, chunk: &[u8], start: usize) -> Option<Match> {
        let (at, len, needle) = match (&mut self.one, &self.needles.matcher) {
            (Some(finder), Matcher::One(needle)) => {
                (finder.find_in(chunk.into())?, needle.len(), 0)
            }
            (_, Matcher::Many(automaton)) => automaton.find(chunk)?,
            (None, Matcher::One(_)) => return None,
        };
        Some(Match {
            at: start + at,
            len,
            needle,
        })
    }

    /// Returns the first bytes of a range, as the needles are compared with them.
    fn chunk<'c>(&self, chunks: &'c mut Chunks<'_>, range: Range<usize>) -> Result<&'c [u8]> {
        let chunk = chunks.first_of(range)?;
        if self.needles.ignores_case {
            chunk.make_ascii_lowercase();
        }
        Ok(chunk)
    }
}

/// The first match that lies wholly in `range`.
pub(crate) fn find_any(
    region: &Region,
    needles: &Needles,
    range: Range<usize>,
) -> Result<Option<Match>> {
    region.require_readable()?;
    match needles.empty {
        None => first_match(region, needles, range),
        Some(needle) => {
            let at = range.start;
            let start = at..min(range.end, at.saturating_add(needles.longest));
            let found = first_match(region, needles, start)?.filter(|found| found.at == at);
            Ok(found.or(Some(Match { at, len: 0, needle })))
        }
    }
}

fn first_match(region: &Region, needles: &Needles, range: Range<usize>) -> Result<Option<Match>> {
    // Reads of chunks are too small to do it.
    region.ensure_installed_before(range.len());
    let mut chunks = Chunks::new(region, needles.longest);
    let mut scan = Scan::new(needles);
    let mut at = range.start;
    loop {
        at = needles.next_start(region, at..range.end)?;
        let chunk = match scan.chunk(&mut chunks, at..range.end) {
            Ok(chunk) => chunk,
            Err(error) => return before_damage(&mut chunks, &mut scan, at, error),
        };
        let end = at + chunk.len();
        let found = scan.find(chunk, at);
        if end == range.end {
            return Ok(found);
        }
        if let Some(found) = found.filter(|&found| needles.is_first(found, end)) {
            return Ok(Some(found));
        }
        at = end - needles.longest.saturating_sub(1);
    }
}

/// Searches the bytes before the damage again: a chunk can reach into damage that the first
/// match does not reach.
#[cold]
fn before_damage(
    chunks: &mut Chunks<'_>,
    scan: &mut Scan<'_>,
    at: usize,
    error: Error,
) -> Result<Option<Match>> {
    let Some(damage) = error.fault().map(|fault| fault.at) else {
        return Err(error);
    };
    let chunk = scan.chunk(chunks, at..damage)?;
    let found = scan.find(chunk, at);
    match found.filter(|&found| scan.needles.is_first(found, damage)) {
        Some(found) => Ok(Some(found)),
        None => Err(error),
    }
}

/// The most matches that a search of a part collects, about.
const MOST_MATCHES: usize = 1 << 16;

/// The matches from the start of `range` on that do not overlap, and the index from which to go
/// on. Ends at the end of the range, at the deadline, or behind `part` bytes. No needle is empty.
pub(crate) fn find_each(
    region: &Region,
    needles: &Needles,
    range: Range<usize>,
    part: usize,
    until: Deadline,
) -> Result<(Vec<Match>, usize)> {
    region.require_readable()?;
    region.ensure_installed_before(min(range.len(), part));
    let mut chunks = Chunks::new(region, needles.longest);
    let mut scan = Scan::new(needles);
    let mut found = Vec::new();
    let enough = range.start.saturating_add(part);
    let mut at = range.start;
    loop {
        match needles.next_start(region, at..min(enough, range.end)) {
            Ok(start) => at = start,
            Err(_) if !found.is_empty() => return Ok((found, at)),
            Err(error) => return Err(error),
        }
        match scan.chunk(&mut chunks, at..range.end) {
            Ok(chunk) => at = scan.add_each(chunk, at, range.end, &mut found)?,
            Err(_) if !found.is_empty() => return Ok((found, at)),
            Err(error) => {
                let damage = error.fault().map(|fault| fault.at);
                let Some(damage) = damage.filter(|&damage| at < damage) else {
                    return Err(error);
                };
                let chunk = scan.chunk(&mut chunks, at..damage)?;
                at = scan.add_each(chunk, at, range.end, &mut found)?;
                return match found.is_empty() {
                    true => Err(error),
                    false => Ok((found, at)),
                };
            }
        }
        if at == range.end || at >= enough || found.len() >= MOST_MATCHES || until.has_passed() {
            return Ok((found, at));
        }
    }
}

/// Calls `found` with the start of the first match in bytes of private memory, and of the first one
/// from the index on that the call before returned. No needle is empty.
pub(crate) fn scan_bytes(
    needles: &Needles,
    bytes: &[u8],
    mut found: impl FnMut(usize) -> Result<usize>,
) -> Result<()> {
    let mut lower = Vec::new();
    if needles.ignores_case {
        lower = error::copy_of(bytes)?;
        lower.make_ascii_lowercase();
    }
    let bytes = if needles.ignores_case { &lower } else { bytes };
    let mut scan = Scan::new(needles);
    let mut at = 0;
    while let Some(next) = scan.find(&bytes[at..], at) {
        at = found(next.at)?;
    }
    Ok(())
}

impl Scan<'_> {
    /// Adds the matches of a chunk that begins at `start`, and returns the index from which to go
    /// on. A match near the chunk's end is left out, if a longer needle may begin before it.
    fn add_each(
        &mut self,
        chunk: &[u8],
        start: usize,
        range_end: usize,
        found: &mut Vec<Match>,
    ) -> Result<usize> {
        let end = start + chunk.len();
        let is_last = end == range_end;
        let mut at = start;
        while let Some(next) = self.find(&chunk[at - start..], at) {
            if !is_last && !self.needles.is_first(next, end) {
                break;
            }
            error::reserve(found, 1)?;
            found.push(next);
            at = next.at + next.len;
        }
        Ok(match is_last {
            true => end,
            false => max(at, (end + 1).saturating_sub(self.needles.longest)),
        })
    }
}
