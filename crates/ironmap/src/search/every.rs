//! Every match in a range, none sharing a byte with another: counted, or told.

use std::cmp::min;
use std::ops::Range;

use memchr::arch::all::twoway;

use super::PIECE;
use super::cores::on_all_cores;
use super::effort::Effort;
use super::pair::Needle;
use super::window::Windows;
use crate::copy::Mapped;
use crate::error::{Cause, Error, Result};
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
    region.require_readable()?;
    if needle.is_empty() {
        let mut places = Places::default();
        (range.start..=range.end).for_each(|at| places.push(at));
        return places.into_vec();
    }
    let mut parts = on_all_cores(region, needle, range, |part| {
        let mut places = Places::default();
        each(region, needle, part, |at| places.push(at))?;
        places.into_vec()
    })?;
    if parts.len() == 1 {
        return Ok(parts.swap_remove(0));
    }
    let total = parts.iter().map(Vec::len).sum();
    let mut all = Vec::new();
    all.try_reserve_exact(total).map_err(|_| no_room(total))?;
    parts.into_iter().for_each(|part| all.extend(part));
    Ok(all)
}

/// Calls `found` with the index of every newline in private bytes.
pub(crate) fn newlines(bytes: &[u8], found: impl FnMut(usize)) {
    // One byte is all probe: there is nothing to compare, and nothing to give up.
    Needle::new(b"\n").each(Mapped::private(bytes), &mut Effort::default(), found);
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
            return Err(no_room(self.indices.len() + 1));
        }
        Ok(self.indices)
    }
}

fn no_room(indices: usize) -> Error {
    let bytes = indices.saturating_mul(size_of::<usize>());
    Error::new(Cause::OutOfMemory { bytes })
}

fn each(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    let needle = Needle::new(needle);
    let rest = needle.bytes().len() - 1;
    let mut effort = Effort::default();
    let mut at = range.start;
    while at + rest < range.end {
        let end = min(range.end, at + PIECE + rest);
        let walk = region.look(&(at..end), |piece| {
            needle.each(piece, &mut effort, |place| found(at + place))
        })?;
        region.require_intact(at..end)?;
        at += walk.next;
        if walk.given_up {
            return each_in_windows(region, needle.bytes(), at..range.end, found);
        }
    }
    Ok(())
}

/// What is linear whatever the bytes are.
fn each_in_windows(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    mut found: impl FnMut(usize),
) -> Result<()> {
    let finder = twoway::Finder::new(needle);
    let mut windows = Windows::new(region, needle.len());
    let mut at = range.start;
    while at + needle.len() <= range.end {
        let window = windows.first_of(at..range.end)?;
        let mut free = 0;
        while let Some(place) = finder.find(&window[free..], needle) {
            found(at + free + place);
            free += place + needle.len();
        }
        at += free.max(window.len() - (needle.len() - 1));
    }
    Ok(())
}
