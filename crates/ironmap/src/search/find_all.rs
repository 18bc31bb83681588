//! Every match in a range: counted, or told. None shares a byte with another, but
//! where overlapping ones are asked for.

use std::cmp::{max, min};
use std::ops::Range;

use memsearch::Finder;

use super::PIECE;
use super::parallel::on_all_cores;
use crate::error::{self, Cause, Error, Result};
use crate::region::Region;

/// How many matches there are in `range`.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn count(region: &Region, needle: &[u8], range: Range<usize>) -> Result<usize> {
    region.require_readable()?;
    if needle.is_empty() {
        return Ok(range.len() + 1);
    }
    let counts = on_all_cores(region, needle, range, |part| {
        if let [byte] = *needle {
            return region.count_byte(byte, part);
        }
        let mut matches = 0;
        each(region, needle, part, false, |_| matches += 1)?;
        Ok(matches)
    })?;
    Ok(counts.into_iter().sum())
}

/// The index of every match in `range`, in order.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn find_all(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Vec<usize>> {
    collect(region, needle, range, |part, places| {
        each(region, needle, part, false, |at| places.push(at))
    })
}

/// As [`find_all`], with matches that share bytes.
pub(crate) fn find_all_overlapping(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
) -> Result<Vec<usize>> {
    collect(region, needle, range, |part, places| {
        each(region, needle, part, true, |at| places.push(at))
    })
}

/// What `search` finds in the parts of a range.
fn collect(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    search: impl Fn(Range<usize>, &mut Places) -> Result<()> + Sync,
) -> Result<Vec<usize>> {
    region.require_readable()?;
    if needle.is_empty() {
        let mut places = Places::default();
        (range.start..=range.end).for_each(|at| places.push(at));
        return places.into_vec();
    }
    let mut parts = on_all_cores(region, needle, range, |part| {
        let mut places = Places::default();
        search(part, &mut places)?;
        places.into_vec()
    })?;
    if parts.len() == 1 {
        return Ok(parts.swap_remove(0));
    }
    let total = parts.iter().map(Vec::len).sum();
    let mut all = Vec::new();
    error::reserve(&mut all, total)?;
    parts.into_iter().for_each(|part| all.extend(part));
    Ok(all)
}

/// Calls `found` with the index of every newline in private bytes.
pub(crate) fn newlines(bytes: &[u8], found: impl FnMut(usize)) {
    Finder::new(b"\n").each_in(bytes.into(), false, found);
}

/// Indices for which there may be no room.
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

/// Calls `found` with every match in `range`.
fn each(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    overlapping: bool,
    mut found: impl FnMut(usize),
) -> Result<()> {
    let mut finder = Finder::new(needle);
    let rest = needle.len() - 1;
    let mut at = range.start;
    while at + rest < range.end {
        let end = min(range.end, at + max(PIECE, rest) + rest);
        let next = region.scan(&(at..end), |piece| {
            finder.each_in(piece, overlapping, |place| found(at + place))
        })?;
        region.require_intact(at..end)?;
        at += next;
    }
    Ok(())
}
