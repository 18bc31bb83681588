//! All matches of a needle, part by part: without memory for all of them at once, and without
//! a borrow of the map between parts.

use std::cmp::{max, min};
use std::fmt;
use std::iter::FusedIterator;
#[cfg(feature = "__bindings")]
use std::ops::ControlFlow;
use std::ops::{Range, RangeBounds};
use std::vec;

use crate::deadline::Deadline;
use crate::error::{self, Error, Result};
#[cfg(feature = "__bindings")]
use crate::jobs::{Job, Progress};
use crate::mmap::Mmap;
use crate::{range, search};

/// The length in bytes of the first part. It is short, so that a match nearby is cheap.
const FIRST_PART: usize = 64 << 10;

/// The growth from part to part.
const GROWTH: usize = 4;

/// The bytes of a part for each core: enough for a parallel search.
const PART_PER_CORE: usize = 16 << 20;

/// The number of cores that a part is long enough for. All matches of a part are in memory at
/// once; one at every byte takes eight times the part's length.
const MAX_CORES: usize = 4;

/// The approximate number of matches of a part, estimated from the part before.
const MATCHES_PER_PART: usize = 1 << 20;

/// A search of one part.
type FindFn = fn(&Mmap, &[u8], Range<usize>, Deadline) -> Result<(Vec<usize>, usize)>;

impl Mmap {
    /// Returns an iterator over the index of every `needle` in `range`, from the front and
    /// without overlap.
    ///
    /// It finds the matches of [`find_all`](Mmap::find_all), but searches part by part: the first
    /// matches come at once, and about a million are in memory at most.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room
    /// for a copy of the needle. The iterator returns `NotReadable`, `OutOfMemory`, and
    /// `Fault` if damage comes before the next match; it ends after an error.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// for at in map.find_iter(b" = ", ..)?.take(2) {
    ///     let line = map.rfind(b"\n", ..at?)?.map_or(0, |newline| newline + 1);
    ///     println!("a key begins at {line}");
    /// }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn find_iter(&self, needle: &[u8], range: impl RangeBounds<usize>) -> Result<FindIter<'_>> {
        let range = range::resolve(range, self.len())?;
        Ok(FindIter {
            map: self,
            end: range.end,
            matches: Matches::new(needle, range)?,
            part: Vec::new().into_iter(),
        })
    }
}

/// An iterator over the matches of a needle; made by [`Mmap::find_iter`].
///
/// ```
/// let map = ironmap::Mmap::open("Cargo.toml")?;
/// let lines = map.find_iter(b"\n", ..)?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(lines, map.find_all(b"\n", ..)?);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is searched until a match is asked for"]
pub struct FindIter<'m> {
    map: &'m Mmap,
    matches: Matches,
    part: vec::IntoIter<usize>,
    /// The end of the range.
    end: usize,
}

/// The copy searches again for matches found but not yet returned: copying them could fail.
impl<'m> Clone for FindIter<'m> {
    fn clone(&self) -> FindIter<'m> {
        let mut matches = self.matches.clone();
        if let Some(&next) = self.part.as_slice().first() {
            matches.rest = Some(next..self.end);
        }
        FindIter {
            matches,
            part: Vec::new().into_iter(),
            ..*self
        }
    }
}

impl Iterator for FindIter<'_> {
    type Item = Result<usize>;

    fn next(&mut self) -> Option<Result<usize>> {
        loop {
            if let Some(at) = self.part.next() {
                return Some(Ok(at));
            }
            match self.matches.next_part(self.map) {
                Ok(part) => self.part = part?.into_iter(),
                Err(error) => {
                    self.matches.rest = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl FusedIterator for FindIter<'_> {}

impl fmt::Debug for FindIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindIter")
            .field("map", self.map)
            .field("matches", &self.matches)
            .finish_non_exhaustive()
    }
}

/// A search for every match, part by part, which borrows the map only while it searches a part.
/// [`Mmap::find_iter`] is easier to use.
///
/// ```
/// use ironmap::{Mmap, raw::Matches};
///
/// let map = Mmap::open("Cargo.toml")?;
/// let mut matches = Matches::new(b" = ", 0..map.len())?;
/// let mut found = 0;
/// while let Some(part) = matches.next_part(&map)? {
///     found += part.len();
/// }
/// assert_eq!(found, map.count(b" = ", ..)?);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is searched until a part is asked for"]
pub struct Matches {
    /// Empty in a copy that had no memory for the needle.
    needle: Vec<u8>,
    needle_len: usize,
    find: FindFn,
    /// The distance from the start of a match to the first possible start of the next.
    min_distance: usize,
    /// The range not searched yet, `None` at the end.
    rest: Option<Range<usize>>,
    part: usize,
    /// The length of the whole range in bytes.
    total: usize,
}

impl Matches {
    /// Creates a search for the matches of [`Mmap::find_all`]. A range past the end of the map
    /// ends with the map.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room for a copy
    /// of the needle.
    ///
    /// ```
    /// let matches = ironmap::raw::Matches::new(b"needle", 0..usize::MAX)?;
    /// assert_eq!(matches.needle_len(), 6);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn new(needle: &[u8], range: Range<usize>) -> Result<Matches> {
        let min_distance = max(needle.len(), 1);
        Matches::with_find(Mmap::find_all_until, needle, min_distance, range)
    }

    /// Creates a search for the matches of [`Mmap::find_all_overlapping`].
    ///
    /// # Errors
    ///
    /// `OutOfMemory`, as for [`new`](Matches::new).
    ///
    /// ```
    /// use ironmap::{Mmap, raw::Matches};
    ///
    /// let mut map = Mmap::anonymous(4)?;
    /// map.write_at(0, b"aaaa")?;
    /// let mut matches = Matches::overlapping(b"aa", 0..4)?;
    /// assert_eq!(matches.next_part(&map)?, Some(vec![0, 1, 2]));
    /// assert_eq!(matches.next_part(&map)?, None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn overlapping(needle: &[u8], range: Range<usize>) -> Result<Matches> {
        Matches::with_find(Mmap::find_all_overlapping_until, needle, 1, range)
    }

    fn with_find(
        find: FindFn,
        needle: &[u8],
        min_distance: usize,
        range: Range<usize>,
    ) -> Result<Matches> {
        Ok(Matches {
            needle: error::copy_of(needle)?,
            needle_len: needle.len(),
            find,
            min_distance,
            total: range.len(),
            rest: Some(range),
            part: FIRST_PART,
        })
    }

    /// Copies the search; the copy continues from the same position.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room for a copy
    /// of the needle. (`clone` then returns a copy whose next part is this error.)
    ///
    /// ```
    /// let matches = ironmap::raw::Matches::new(b"needle", 0..1000)?;
    /// assert_eq!(matches.try_clone()?.next_len(), matches.next_len());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn try_clone(&self) -> Result<Matches> {
        Ok(self.with_needle(error::copy_of(&self.needle)?))
    }

    fn with_needle(&self, needle: Vec<u8>) -> Matches {
        Matches {
            needle,
            rest: self.rest.clone(),
            ..*self
        }
    }

    /// Returns the length of the needle in bytes.
    ///
    /// ```
    /// let matches = ironmap::raw::Matches::new(b"needle", 0..10)?;
    /// assert_eq!(matches.needle_len(), 6);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn needle_len(&self) -> usize {
        self.needle_len
    }

    /// Returns the length of the next part in bytes, 0 at the end.
    ///
    /// ```
    /// let matches = ironmap::raw::Matches::new(b"needle", 0..1000)?;
    /// assert_eq!(matches.next_len(), 1000);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn next_len(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| {
            min(rest.len(), self.part.saturating_add(self.needle_len))
        })
    }

    /// Searches the next part. Returns the index of every match in it, perhaps none, or `None`
    /// at the end.
    ///
    /// The first part is short, later ones are searched on all cores. A part that contains damage
    /// ends before it.
    ///
    /// # Errors
    ///
    /// `NotReadable`, `OutOfMemory`; `Fault` if damage comes before the next match.
    /// The next call tries the same part again.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::Matches};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut matches = Matches::new(b"[", 0..map.len())?;
    /// let first = matches.next_part(&map)?.unwrap();
    /// assert_eq!(first[0], 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn next_part(&mut self, map: &Mmap) -> Result<Option<Vec<usize>>> {
        self.next_part_until(map, Deadline::NEVER)
    }

    /// A part whose search takes longer ends at the deadline.
    fn next_part_until(&mut self, map: &Mmap, until: Deadline) -> Result<Option<Vec<usize>>> {
        let Some(mut rest) = self.rest.clone() else {
            return Ok(None);
        };
        rest.end = min(rest.end, map.len());
        if rest.start > rest.end {
            self.rest = None;
            return Ok(None);
        }
        // A match can begin at each byte of the part.
        let after = self.needle_len.saturating_sub(1);
        let end = min(rest.end, rest.start.saturating_add(self.part + after));
        let (found, end, next) = self.find_up_to_damage(map, rest.start..end, until)?;
        self.part = self.next_part_len(end - rest.start, found.len());
        self.rest = (end < rest.end).then(|| {
            let free = found
                .last()
                .map_or(rest.start, |last| last + self.min_distance);
            max(next, free)..rest.end
        });
        Ok(Some(found))
    }

    /// Returns the matches in a range and its end. If damage follows matches, the range ends
    /// before the damage.
    fn find_up_to_damage(
        &self,
        map: &Mmap,
        range: Range<usize>,
        until: Deadline,
    ) -> Result<(Vec<usize>, usize, usize)> {
        if self.needle.len() < self.needle_len {
            return Err(Error::out_of_memory::<u8>(self.needle_len));
        }
        let error = match (self.find)(map, &self.needle, range.clone(), until) {
            Ok((found, stopped)) => return Ok(self.with_next(found, stopped, range.end)),
            Err(error) => error,
        };
        let Some(damage) = error.fault().map(|fault| fault.at) else {
            return Err(error);
        };
        let (found, end) = (self.find)(map, &self.needle, range.start..damage, until)?;
        if found.is_empty() && end == damage {
            return Err(error);
        }
        Ok(self.with_next(found, end, damage))
    }

    /// Adds the first place that was not searched. At the end of the range a match may reach
    /// past it; a search that stopped earlier has searched all places before.
    fn with_next(
        &self,
        found: Vec<usize>,
        stopped: usize,
        end: usize,
    ) -> (Vec<usize>, usize, usize) {
        let next = match stopped == end {
            true => (end + 1).saturating_sub(self.needle_len),
            false => stopped,
        };
        (found, stopped, next)
    }

    fn next_part_len(&self, len: usize, found: usize) -> usize {
        let most = PART_PER_CORE * min(search::cores(), MAX_CORES);
        let enough = (len / max(found, 1)).saturating_mul(MATCHES_PER_PART);
        min(self.part * GROWTH, min(most, max(enough, FIRST_PART)))
    }
}

/// Each step searches one part, so that its matches are available soon.
#[cfg(feature = "__bindings")]
impl Job for Matches {
    type Output = Option<Vec<usize>>;

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<Self::Output>> {
        self.next_part_until(map, until).map(ControlFlow::Break)
    }

    /// Does nothing: a part takes one step.
    fn restart(&mut self) {}

    fn progress(&self) -> Progress {
        let left = self.rest.as_ref().map_or(0, Range::len);
        Progress {
            done: self.total.saturating_sub(left),
            total: self.total,
        }
    }

    fn waits(&self) -> bool {
        true
    }
}

/// Copies the search. Without memory for the needle, the copy's next part is an error.
impl Clone for Matches {
    fn clone(&self) -> Matches {
        self.try_clone()
            .unwrap_or_else(|_| self.with_needle(Vec::new()))
    }
}

impl fmt::Debug for Matches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches")
            .field("needle_len", &self.needle_len)
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}
