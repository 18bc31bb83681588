//! Counts or lists the matches in a range.

use std::cmp::{max, min};
use std::ops::Range;

use memsearch::Finder;

use super::PIECE;
use super::parallel::on_all_cores;
use crate::deadline::Deadline;
use crate::error::{self, Cause, Error, Result};
use crate::region::Region;

/// Lengths of the needle that are searched at least, whatever the deadline: preparing the needle
/// again for the next step takes as long as searching a few.
const LEAST_NEEDLES: usize = 16;

/// Counts the matches in `range`. Returns the number and where the search has stopped:
/// before the end of the range if the deadline has passed.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn count(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    until: Deadline,
) -> Result<(usize, usize)> {
    region.require_readable()?;
    if needle.is_empty() {
        return Ok((range.len() + 1, range.end));
    }
    let (counts, end) = on_all_cores(region, needle, range, until, |part| {
        if let [byte] = *needle {
            return count_byte(region, byte, part, until);
        }
        let mut matches = 0;
        let end = each(region, needle, part, needle.len(), until, |_| matches += 1)?;
        Ok((matches, end))
    })?;
    Ok((counts.into_iter().sum(), end))
}

fn count_byte(
    region: &Region,
    byte: u8,
    range: Range<usize>,
    until: Deadline,
) -> Result<(usize, usize)> {
    let (mut count, mut at) = (0, range.start);
    while at < range.end {
        let end = min(range.end, at + PIECE);
        count += region.count_byte(byte, at..end)?;
        at = end;
        if until.has_passed() {
            break;
        }
    }
    Ok((count, at))
}

/// Finds every match in `range`. Returns their indices in order and where the search has
/// stopped, as [`count`] does.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn find_all(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    until: Deadline,
) -> Result<(Vec<usize>, usize)> {
    collect(region, needle, range, needle.len(), until)
}

/// Finds every match in `range`, overlapping ones too.
pub(crate) fn find_all_overlapping(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    until: Deadline,
) -> Result<(Vec<usize>, usize)> {
    collect(region, needle, range, 1, until)
}

fn collect(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    apart: usize,
    until: Deadline,
) -> Result<(Vec<usize>, usize)> {
    region.require_readable()?;
    if needle.is_empty() {
        let mut places = Places::default();
        (range.start..=range.end).for_each(|at| places.push(at));
        return Ok((places.into_vec()?, range.end));
    }
    let (mut parts, end) = on_all_cores(region, needle, range, until, |part| {
        let mut places = Places::default();
        let end = each(region, needle, part, apart, until, |at| places.push(at))?;
        Ok((places.into_vec()?, end))
    })?;
    if parts.len() == 1 {
        return Ok((parts.swap_remove(0), end));
    }
    let total = parts.iter().map(Vec::len).sum();
    let mut all = Vec::new();
    error::reserve(&mut all, total)?;
    parts.into_iter().for_each(|part| all.extend(part));
    Ok((all, end))
}

/// Calls `found` with the index of every newline in private bytes.
pub(crate) fn newlines(bytes: &[u8], found: impl FnMut(usize)) {
    Finder::new(b"\n").each_in(bytes.into(), 1, found);
}

/// Indices of matches; it notes if there was no memory for one.
#[derive(Default)]
struct Places {
    indices: Vec<usize>,
    lost: bool,
}

impl Places {
    #[inline]
    fn push(&mut self, index: usize) {
        if self.indices.len() == self.indices.capacity() && self.indices.try_reserve(1).is_err() {
            self.lost = true;
        }
        if !self.lost {
            self.indices.push(index);
        }
    }

    fn into_vec(self) -> Result<Vec<usize>> {
        if self.lost {
            let bytes = (self.indices.len() + 1).saturating_mul(size_of::<usize>());
            return Err(Error::new(Cause::OutOfMemory { bytes }));
        }
        Ok(self.indices)
    }
}

/// Calls `found` with every match in `range` that begins `apart` bytes or more after the one
/// before it. Returns where the search has stopped.
fn each(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    apart: usize,
    until: Deadline,
    mut found: impl FnMut(usize),
) -> Result<usize> {
    let mut finder = Finder::new(needle);
    let rest = needle.len() - 1;
    let mut at = range.start;
    while at + rest < range.end {
        let end = min(range.end, at + max(PIECE, rest) + rest);
        let (start, found) = (at, &mut found);
        let next = region.scan(&(at..end), |piece| {
            finder.each_in(piece, apart, move |place| found(start + place))
        })?;
        region.check_loaded(at, end - at)?;
        at += next;
        let enough = at - range.start >= needle.len().saturating_mul(LEAST_NEEDLES);
        if enough && until.has_passed() && at + rest < range.end {
            return Ok(at);
        }
    }
    Ok(range.end)
}
