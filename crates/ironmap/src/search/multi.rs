//! The first match of several needles, by Aho and Corasick: one pass over the bytes for any
//! number of needles.
//!
//! The automaton needs bytes that do not change, so it gets chunks of the region, copied into
//! private memory. Chunks overlap by one byte less than the longest needle. A match near the
//! end of a chunk may not be the first: a longer needle can begin before it and end after the
//! chunk.

use std::cmp::min;
use std::fmt;
use std::ops::Range;

use super::automaton::Automaton;
use super::chunk::Chunks;
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
    automaton: Automaton,
    empty: Option<usize>,
    longest: usize,
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
        let empty = list.iter().position(|needle| needle.as_ref().is_empty());
        let lens = list.iter().map(|needle| needle.as_ref().len());
        Ok(Needles {
            automaton: Automaton::new(&list[..empty.unwrap_or(list.len())])?,
            empty,
            longest: lens.max().unwrap_or(0),
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

    fn find(&self, chunk: &[u8], start: usize) -> Option<Match> {
        let found = self.automaton.find(chunk)?;
        Some(Match {
            at: start + found.at,
            len: found.len,
            needle: found.needle,
        })
    }

    /// Returns true if a needle that begins before a match, or with it, ends before `end`.
    pub(crate) fn is_first(&self, found: Match, end: usize) -> bool {
        end - found.at >= self.longest
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needles")
            .field("count", &self.automaton.len())
            .field("longest", &self.longest)
            .finish()
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
    let mut at = range.start;
    loop {
        let chunk = match chunks.first_of(at..range.end) {
            Ok(chunk) => chunk,
            Err(error) => return before_damage(&mut chunks, needles, at, error),
        };
        let end = at + chunk.len();
        let found = needles.find(chunk, at);
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
    needles: &Needles,
    at: usize,
    error: Error,
) -> Result<Option<Match>> {
    let Some(damage) = error.fault().map(|fault| fault.at) else {
        return Err(error);
    };
    let found = needles.find(chunks.first_of(at..damage)?, at);
    match found.filter(|&found| needles.is_first(found, damage)) {
        Some(found) => Ok(Some(found)),
        None => Err(error),
    }
}
