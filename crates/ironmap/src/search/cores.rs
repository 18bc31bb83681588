//! One search on all cores.
//!
//! A range is shared out part by part, each as soon as a thread is free for it.
//! A part ends where no match lies across: what is found before such a place
//! has no say in what is found after it.

use std::cmp::{max, min};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::{first_damage_of, rfind};
use crate::error::Result;
use crate::region::Region;

/// Bytes that make a thread worth its start: `make bench`, in its group "threads",
/// has sizes on both sides of it.
const SHARE: usize = 8 << 20;

/// Bytes of a part: so many that to ask for the next costs nothing.
const PART: usize = 2 << 20;

/// How many places in a row are tried for the end of a part.
const TRIES: usize = 64;

/// What `search` says of each part of `range`, in order.
pub(super) fn on_all_cores<T: Send>(
    region: &Region,
    needle: &[u8],
    range: Range<usize>,
    search: impl Fn(Range<usize>) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let threads = min(cores(), range.len() / SHARE);
    if threads < 2 {
        return Ok(vec![search(range)?]);
    }
    let parts = Parts::new(region, needle, range.clone());
    let work = || -> Result<Vec<(usize, T)>> {
        let mut done = Vec::new();
        while let Some(part) = parts.next()? {
            done.push((part.start, parts.or_stop(search(part))?));
        }
        Ok(done)
    };
    let results = thread::scope(|scope| {
        // Whatever threads the system refuses, the others do their part.
        let start = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).map_while(start).collect();
        let mut results = vec![work()];
        let join = |other: thread::ScopedJoinHandle<'_, _>| match other.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        results.extend(others.into_iter().map(join));
        results
    });
    let mut done = Vec::new();
    for result in results {
        done.extend(result.map_err(|error| first_damage_of(region, range.clone(), error))?);
    }
    done.sort_unstable_by_key(|&(start, _)| start);
    Ok(done.into_iter().map(|(_, found)| found).collect())
}

/// How many threads can run at once.
pub(crate) fn cores() -> usize {
    // 0: not asked yet. No lock: a fork while another thread asks would leave it held in
    // the child.
    static CORES: AtomicUsize = AtomicUsize::new(0);
    match CORES.load(Ordering::Relaxed) {
        0 => {
            // To ask the system reads several files.
            let cores = thread::available_parallelism().map_or(1, usize::from);
            CORES.store(cores, Ordering::Relaxed);
            cores
        }
        cores => cores,
    }
}

struct Parts<'a> {
    region: &'a Region,
    needle: &'a [u8],
    len: usize,
    rest: Mutex<Range<usize>>,
}

impl<'a> Parts<'a> {
    fn new(region: &'a Region, needle: &'a [u8], range: Range<usize>) -> Parts<'a> {
        Parts {
            region,
            needle,
            len: max(PART, needle.len().saturating_mul(16)),
            rest: Mutex::new(range),
        }
    }

    fn next(&self) -> Result<Option<Range<usize>>> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        if rest.is_empty() {
            return Ok(None);
        }
        let start = rest.start;
        // Nothing is left for others if this fails.
        let all = std::mem::replace(&mut *rest, 0..0);
        let end = self.end_of_part(&all)?;
        *rest = end..all.end;
        Ok(Some(start..end))
    }

    /// Where a part at the start of `rest` ends.
    fn end_of_part(&self, rest: &Range<usize>) -> Result<usize> {
        let across = self.needle.len() - 1;
        let mut at = rest.start.saturating_add(self.len);
        while at < rest.end {
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

    /// Keeps the others from work that is for nothing.
    fn or_stop<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            *self.rest.lock().unwrap_or_else(PoisonError::into_inner) = 0..0;
        }
        result
    }
}
