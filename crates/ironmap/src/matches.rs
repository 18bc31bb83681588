//! Every match, from part to part of a range: for those who cannot hold all of them,
//! or cannot borrow the map for so long.

use std::cmp::{max, min};
use std::fmt;
use std::ops::Range;

use crate::error::{Cause, Error, Result};
use crate::mmap::Mmap;
use crate::search;

/// Places of the first part: a match nearby shall cost no more than it must.
const FIRST: usize = 64 << 10;

/// How much longer than the one before a part is.
const GROWTH: usize = 4;

/// Places of a part for each core: enough for a search on all of them.
const SHARE: usize = 16 << 20;

/// Cores that a part is long enough for. Its matches are all held at once, and where
/// there suddenly is one at every place they take eight times its length.
const CORES: usize = 4;

/// About how many matches a part should have, by the rate of the one before.
const ENOUGH: usize = 1 << 20;

/// A search of one part.
type Find = fn(&Mmap, &[u8], Range<usize>) -> Result<Vec<usize>>;

/// A search for every match, which goes on part by part and borrows the map only
/// while it reads one.
///
/// ```
/// use ironmap::{Matches, Mmap};
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
#[derive(Clone)]
pub struct Matches {
    needle: Vec<u8>,
    find: Find,
    /// From the start of a match to where the next can begin.
    apart: usize,
    /// Where matches can be that were not looked for yet; none at the end.
    rest: Option<Range<usize>>,
    part: usize,
}

impl Matches {
    /// What [`Mmap::find_all`] finds. A range behind the end of the map that is read
    /// ends with the map.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room for a copy
    /// of the needle.
    pub fn new(needle: &[u8], range: Range<usize>) -> Result<Matches> {
        let apart = max(needle.len(), 1);
        Matches::by(Mmap::find_all, needle, apart, range)
    }

    /// What [`Mmap::find_all_overlapping`] finds.
    ///
    /// # Errors
    ///
    /// `OutOfMemory`, as for [`new`](Matches::new).
    pub fn overlapping(needle: &[u8], range: Range<usize>) -> Result<Matches> {
        Matches::by(Mmap::find_all_overlapping, needle, 1, range)
    }

    fn by(find: Find, needle: &[u8], apart: usize, range: Range<usize>) -> Result<Matches> {
        let mut copy = Vec::new();
        if copy.try_reserve_exact(needle.len()).is_err() {
            let bytes = needle.len();
            return Err(Error::new(Cause::OutOfMemory { bytes }));
        }
        copy.extend_from_slice(needle);
        Ok(Matches {
            needle: copy,
            find,
            apart,
            rest: Some(range),
            part: FIRST,
        })
    }

    /// How many bytes a match has.
    pub fn needle_len(&self) -> usize {
        self.needle.len()
    }

    /// How many bytes the next part has, if there is one.
    pub fn next_len(&self) -> usize {
        self.rest.as_ref().map_or(0, |rest| {
            min(rest.len(), self.part.saturating_add(self.needle.len()))
        })
    }

    /// The index of every match in the next part, which may have none; nothing at the
    /// end.
    ///
    /// The first part is short, later ones are searched on all cores. A part with
    /// damage ends in front of it.
    ///
    /// # Errors
    ///
    /// `NotReadable`, `OutOfMemory`; `Fault` where damage comes before the next match.
    /// The next call tries the same part again.
    pub fn next_part(&mut self, map: &Mmap) -> Result<Option<Vec<usize>>> {
        let Some(mut rest) = self.rest.clone() else {
            return Ok(None);
        };
        rest.end = min(rest.end, map.len());
        if rest.start > rest.end {
            self.rest = None;
            return Ok(None);
        }
        // A match can begin at each place of the part.
        let behind = self.needle.len().saturating_sub(1);
        let end = min(rest.end, rest.start.saturating_add(self.part + behind));
        let (found, end) = self.find_up_to_damage(map, rest.start..end)?;
        self.part = self.length_after(end - rest.start, found.len());
        self.rest = (end < rest.end).then(|| {
            let unseen = (end + 1).saturating_sub(self.needle.len());
            let free = found.last().map_or(rest.start, |last| last + self.apart);
            max(unseen, free)..rest.end
        });
        Ok(Some(found))
    }

    /// The matches in a range, and where it ends: in front of damage, if matches are.
    fn find_up_to_damage(&self, map: &Mmap, range: Range<usize>) -> Result<(Vec<usize>, usize)> {
        let end = range.end;
        let error = match (self.find)(map, &self.needle, range.clone()) {
            Ok(found) => return Ok((found, end)),
            Err(error) => error,
        };
        let Some(damage) = error.fault().map(|fault| fault.at) else {
            return Err(error);
        };
        let found = (self.find)(map, &self.needle, range.start..damage)?;
        if found.is_empty() {
            return Err(error);
        }
        Ok((found, damage))
    }

    fn length_after(&self, len: usize, found: usize) -> usize {
        let most = SHARE * min(search::cores(), CORES);
        let enough = (len / max(found, 1)).saturating_mul(ENOUGH);
        min(self.part * GROWTH, min(most, max(enough, FIRST)))
    }
}

impl fmt::Debug for Matches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matches")
            .field("needle_len", &self.needle.len())
            .field("rest", &self.rest)
            .finish_non_exhaustive()
    }
}
