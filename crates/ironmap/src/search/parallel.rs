//! One search on all cores.
//!
//! A range is shared out part by part, each as soon as a thread is free for it.
//! A part ends where no match lies across: what is found before such a place
//! has no say in what is found after it.

use std::cmp::{max, min};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{first_damage_of, rfind};
use crate::error::{self, Error, Result};
use crate::jobs::Deadline;
use crate::os;
use crate::region::Region;

/// Bytes that make a thread worth its start: `make bench`, in its group "threads",
/// has sizes on both sides of it.
const SHARE: usize = 8 << 20;

/// Bytes of a part: so many that to ask for the next costs nothing.
const PART: usize = 2 << 20;

/// Bytes that are looked through for the end of a part, where there is a deadline.
const LONG_PART: usize = 64 << 20;

/// How many places in a row are tried for the end of a part.
const TRIES: usize = 64;

/// Bytes of memory, many times what std takes to count the cores. It ends the process if
/// it finds none, so it is not asked where there is little.
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
    let threads = min(cores(), range.len() / SHARE);
    if threads < 2 {
        let mut whole = Vec::new();
        error::reserve(&mut whole, 1)?;
        let (found, end) = search(range)?;
        whole.push(found);
        return Ok((whole, end));
    }
    let parts = Parts::new(region, needle, range.clone(), until);
    // Whatever threads the system refuses, the others do their part.
    os::in_threads(threads - 1, || parts.search_all(&search));
    parts
        .into_found()
        .map_err(|error| first_damage_of(region, range, error))
}

/// How many threads can run at once.
pub(crate) fn cores() -> usize {
    // 0: not asked yet. No lock: a fork while another thread asks would leave it held in
    // the child.
    static CORES: AtomicUsize = AtomicUsize::new(0);
    match CORES.load(Ordering::Relaxed) {
        // To ask takes memory.
        0 if !has_room() => 1,
        0 => {
            // To ask the system reads several files.
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

struct Parts<'a, T> {
    region: &'a Region,
    needle: &'a [u8],
    len: usize,
    until: Deadline,
    progress: Mutex<Progress<T>>,
}

struct Progress<T> {
    rest: Range<usize>,
    found: Vec<Found<T>>,
    failed: Option<Error>,
}

/// What was found in a part, and where the search has stopped.
struct Found<T> {
    part: Range<usize>,
    result: T,
    end: usize,
}

impl<'a, T> Parts<'a, T> {
    fn new(
        region: &'a Region,
        needle: &'a [u8],
        range: Range<usize>,
        until: Deadline,
    ) -> Parts<'a, T> {
        Parts {
            region,
            needle,
            len: max(PART, needle.len().saturating_mul(16)),
            until,
            progress: Mutex::new(Progress {
                rest: range,
                found: Vec::new(),
                failed: None,
            }),
        }
    }

    /// Part after part, until none is left.
    fn search_all(&self, search: impl Fn(Range<usize>) -> Result<(T, usize)>) {
        if let Err(error) = self.try_search_all(search) {
            let mut progress = self.progress();
            // Keeps the others from work that is for nothing.
            progress.rest = 0..0;
            progress.failed.get_or_insert(error);
        }
    }

    /// Searches one part at least: the deadline counts from the second on.
    fn try_search_all(&self, search: impl Fn(Range<usize>) -> Result<(T, usize)>) -> Result<()> {
        while let Some(part) = self.next()? {
            let (result, end) = search(part.clone())?;
            let mut progress = self.progress();
            error::reserve(&mut progress.found, 1)?;
            progress.found.push(Found { part, result, end });
            if self.until.has_passed() {
                return Ok(());
            }
        }
        Ok(())
    }

    fn next(&self) -> Result<Option<Range<usize>>> {
        let mut progress = self.progress();
        if progress.rest.is_empty() {
            return Ok(None);
        }
        let start = progress.rest.start;
        // Nothing is left for others if this fails.
        let all = std::mem::replace(&mut progress.rest, 0..0);
        let end = self.end_of_part(&all)?;
        progress.rest = end..all.end;
        Ok(Some(start..end))
    }

    /// Returns whether a part is not made longer in search of its end: the rest becomes one
    /// part, which ends at the deadline.
    fn is_long(&self, len: usize) -> bool {
        self.until.may_pass() && len > LONG_PART
    }

    /// Where a part at the start of `rest` ends.
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

    fn progress(&self) -> MutexGuard<'_, Progress<T>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn into_found(self) -> Result<(Vec<T>, usize)> {
        let progress = self.progress.into_inner();
        let Progress {
            mut found, failed, ..
        } = progress.unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = failed {
            return Err(error);
        }
        found.sort_unstable_by_key(|found| found.part.start);
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
