//! Every match in a range: counted, or told. None shares a byte with another, but
//! where overlapping ones are asked for.

use std::cmp::min;
use std::ops::Range;

use memchr::arch::all::twoway;
use memsearch::{Budget, Kmp, Needle};

use super::PIECE;
use super::chunk::Chunks;
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
        each(region, needle, part, |_| matches += 1)?;
        Ok(matches)
    })?;
    Ok(counts.into_iter().sum())
}

/// The index of every match in `range`, in order.
///
/// The empty needle matches before every byte and at the end.
pub(crate) fn find_all(region: &Region, needle: &[u8], range: Range<usize>) -> Result<Vec<usize>> {
    collect(region, needle, range, |part, places| {
        each(region, needle, part, |at| places.push(at))
    })
}

/// As [`find_all`], with matches that share bytes.
pub(crate) fn find_all_overlapping(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
) -> Result<Vec<usize>> {
    collect(region, needle, range, |part, places| {
        each_overlapping(region, needle, part, |at| places.push(at))
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
    // One byte is all probe: there is nothing to compare, and nothing to give up.
    let mut budget = Budget::default();
    Needle::new(b"\n").each(bytes.into(), 1, &mut budget, found);
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

fn each(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    match walk(region, needle, range.clone(), needle.len(), &mut found)? {
        Some(at) => each_in_chunks(region, needle, at..range.end, found),
        None => Ok(()),
    }
}

fn each_overlapping(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    match walk(region, needle, range.clone(), 1, &mut found)? {
        Some(at) => overlapping_in_chunks(region, needle, at..range.end, found),
        None => Ok(()),
    }
}

/// Calls `found` with every match that begins `apart` bytes or more after the one
/// before it; where it had to give up, if it had to.
fn walk(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    apart: usize,
    mut found: impl FnMut(usize),
) -> Result<Option<usize>> {
    let needle = Needle::new(needle);
    let rest = needle.bytes().len() - 1;
    let mut budget = Budget::default();
    let mut at = range.start;
    while at + rest < range.end {
        let end = min(range.end, at + PIECE + rest);
        let walk = region.scan(&(at..end), |piece| {
            needle.each(piece, apart, &mut budget, |place| found(at + place))
        })?;
        region.require_intact(at..end)?;
        at += walk.next;
        if walk.given_up {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// What is linear whatever the bytes are.
pub(super) fn each_in_chunks(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    let finder = twoway::Finder::new(needle);
    let mut chunks = Chunks::new(region, needle.len());
    let mut at = range.start;
    while at + needle.len() <= range.end {
        let chunk = chunks.first_of(at..range.end)?;
        let mut free = 0;
        while let Some(place) = finder.find(&chunk[free..], needle) {
            found(at + free + place);
            free += place + needle.len();
        }
        at += free.max(chunk.len() - (needle.len() - 1));
    }
    Ok(())
}

/// As [`each_in_chunks`], with matches that share bytes: each begins before the one
/// that precedes it ends, so none may be searched for anew.
pub(super) fn overlapping_in_chunks(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    let out_of_memory = |_| Error::out_of_memory::<usize>(needle.len() + 1);
    let mut kmp = Kmp::new(needle).map_err(out_of_memory)?;
    // What was compared is remembered, so windows need not overlap.
    let mut chunks = Chunks::new(region, 1);
    let mut at = range.start;
    while at < range.end {
        for &byte in chunks.first_of(at..range.end)? {
            at += 1;
            if kmp.matches_at(byte) {
                found(at - needle.len());
            }
        }
    }
    Ok(())
}
