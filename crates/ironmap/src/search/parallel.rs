//! One search on all cores.
//!
//! Each thread takes the next part of the range when it is free. A part ends at a place that
//! no match lies across, so matches before that place do not affect those after it.

use std::cmp::{max, min};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{first_damage_of, rfind};
use crate::deadline::Deadline;
use crate::error::{self, Error, Result};
use crate::os;
use crate::range::Direction;
use crate::region::{LargeReads, Region};

/// Bytes that are worth the start of a thread: `make bench` measures sizes on both sides of it
/// (group "threads").
const SHARE: usize = 8 << 20;

/// Bytes of a part: so many that taking the next one costs nothing.
const PART: usize = 2 << 20;

/// The end of a part is looked for within so many bytes, where there is a deadline.
const END_WITHIN: usize = 64 << 20;

/// Places in a row that are tried for the end of a part.
const TRIES: usize = 64;

/// Bytes of memory, many times what std allocates to count the cores. std ends the process if
/// the allocation fails, so it is not called when memory is short.
const ROOM: usize = 64 << 10;

/// Calls `search` with each part of `range`. Returns its results in order, and the index up to
/// which they are all there: before the end of the range if the deadline has passed.
///
/// `search` returns where it has stopped, too: at the end of its part or, because a part can
/// be long, before that.
pub(super) fn on_all_cores<T: Send>(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    until: Deadline,
    search: impl Fn(Range<usize>) -> Result<(T, usize)> + Sync,
) -> Result<(Vec<T>, usize)> {
    let shares = range.len() / SHARE;
    if shares < 2 {
        let mut whole = Vec::new();
        error::reserve(&mut whole, 1)?;
        let (found, end) = search(range)?;
        whole.push(found);
        return Ok((whole, end));
    }
    let parts = SharedParts::new(region, needle, range.clone(), until);
    // If the system refuses threads, or has one core, the others do their parts.
    os::in_threads(min(cores(), shares) - 1, || parts.search_all(&search));
    parts
        .into_found()
        .map_err(|error| first_damage_of(region, range, error))
}

/// Returns the number of threads that can run at once.
pub(crate) fn cores() -> usize {
    // 0: not known yet. No lock: after a fork in the wrong moment the child would find it held.
    static CORES: AtomicUsize = AtomicUsize::new(0);
    match CORES.load(Ordering::Relaxed) {
        0 if !has_room() => 1,
        0 => {
            // Reads several files.
            let cores = thread::available_parallelism().map_or(1, usize::from);
            CORES.store(cores, Ordering::Relaxed);
            cores
        }
        cores => cores,
    }
}

fn has_room() -> bool {
    Vec::<u8>::new().try_reserve(ROOM).is_ok()
}

/// The parts that the threads take one by one.
struct SharedParts<'a, T> {
    region: &'a Region,
    needle: &'a [u8],
    len: usize,
    end: usize,
    until: Deadline,
    results: Mutex<Results<T>>,
}

/// The part of the range that is left, and the results of the threads, in the order of the parts.
struct Results<T> {
    rest: Range<usize>,
    found: Vec<Found<T>>,
    failed: Option<Error>,
}

impl<T> Results<T> {
    /// Adds a result behind those of the parts before it. Few parts end later than one after them,
    /// so few results move.
    fn add(&mut self, new: Found<T>) -> Result<()> {
        error::reserve(&mut self.found, 1)?;
        let later = self.found.iter().rev();
        let later = later.take_while(|found| found.part.start > new.part.start);
        let at = self.found.len() - later.count();
        self.found.insert(at, new);
        Ok(())
    }
}

/// The result of a part, and the index at which the search has stopped.
struct Found<T> {
    part: Range<usize>,
    result: T,
    end: usize,
}

impl<'a, T> SharedParts<'a, T> {
    fn new(
        region: &'a Region,
        needle: &'a [u8],
        range: Range<usize>,
        until: Deadline,
    ) -> SharedParts<'a, T> {
        SharedParts {
            region,
            needle,
            len: max(PART, needle.len().saturating_mul(16)),
            end: range.end,
            until,
            results: Mutex::new(Results {
                rest: range,
                found: Vec::new(),
                failed: None,
            }),
        }
    }

    /// Searches one part after the other, until none is left.
    fn search_all(&self, search: impl Fn(Range<usize>) -> Result<(T, usize)>) {
        if let Err(error) = self.try_search_all(search) {
            let mut results = self.results();
            // The other threads need not go on.
            results.rest = 0..0;
            results.failed.get_or_insert(error);
        }
    }

    /// Searches one part at least: the deadline counts from the second on.
    fn try_search_all(&self, search: impl Fn(Range<usize>) -> Result<(T, usize)>) -> Result<()> {
        let mut reads = LargeReads::default();
        while let Some(part) = self.next()? {
            let rest = part.start..self.end;
            self.region
                .read_first(&mut reads, &rest, Direction::Forward, part.len());
            let (result, end) = search(part.clone())?;
            self.results().add(Found { part, result, end })?;
            if self.until.has_passed() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn next(&self) -> Result<Option<Range<usize>>> {
        let mut results = self.results();
        if results.rest.is_empty() {
            return Ok(None);
        }
        let start = results.rest.start;
        // If this fails, the other threads find no part.
        let all = std::mem::replace(&mut results.rest, 0..0);
        let end = self.end_of_part(&all)?;
        results.rest = end..all.end;
        Ok(Some(start..end))
    }

    /// Returns whether a part is not made longer in search of its end: the rest becomes one
    /// part, which ends at the deadline.
    fn is_long(&self, len: usize) -> bool {
        self.until.may_pass() && len > END_WITHIN
    }

    /// Returns the end of a part that begins where `rest` begins.
    fn end_of_part(&self, rest: &Range<usize>) -> Result<usize> {
        let across = self.needle.len() - 1;
        let mut at = rest.start.saturating_add(self.len);
        while at < rest.end && !self.is_long(at - rest.start) {
            for _ in 0..TRIES {
                let around = max(rest.start, at.saturating_sub(across))..min(rest.end, at + across);
                match rfind(self.region, self.needle, around)? {
                    None => return Ok(at),
                    Some(place) => at = place + self.needle.len(),
                }
            }
            at = at.saturating_add(self.len);
        }
        Ok(rest.end)
    }

    fn results(&self) -> MutexGuard<'_, Results<T>> {
        self.results.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_found(self) -> Result<(Vec<T>, usize)> {
        let results = self.results.into_inner();
        let Results { found, failed, .. } = results.unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed {
            return Err(error);
        }
        let mut in_order = Vec::new();
        error::reserve(&mut in_order, found.len())?;
        let mut end = 0;
        for Found {
            part,
            result,
            end: stopped,
        } in found
        {
            in_order.push(result);
            end = stopped;
            if stopped < part.end {
                // The next step begins there.
                break;
            }
        }
        Ok((in_order, end))
    }
}
