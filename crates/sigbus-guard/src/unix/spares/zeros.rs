//! Spare zeros, to be moved over damage.
//!
//! They are one block; handlers take pages from its front. One word names the rest, so that
//! handlers of several threads take different pages, and a block that is being replaced has
//! none.
//!
//! # Safety
//!
//! * G8: the pages that [`LEFT`] names are of [`os::spare_zeros`]. The thread that takes
//!   them out of it owns them.
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error;
use crate::unix::os::{
    self,
    replace::{self, Left},
};

/// The size of a block in bytes of address space, if the system gives so many.
const MOST: usize = if cfg!(target_pointer_width = "64") {
    16 << 20
} else {
    1 << 20
};

/// The minimum number of pages.
const LEAST: u64 = 64;

/// The number of the first page that is left, times [`COUNTS`], plus the count of pages from
/// it on.
static LEFT: AtomicU64 = AtomicU64::new(0);

/// More than the pages of a block.
const COUNTS: u64 = 1 << 16;

/// The number of pages that the block had.
static FULL: AtomicU64 = AtomicU64::new(u64::MAX);

/// Maps a new block, if pages of the old one were taken.
pub(super) fn refill() -> error::Result<()> {
    let old = LEFT.load(Ordering::Relaxed);
    if old % COUNTS == FULL.load(Ordering::Relaxed) {
        return Ok(());
    }
    let (start, count) = map_block()?;
    let new = (start / os::page_size()) as u64 * COUNTS + count;
    match LEFT.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed) {
        Ok(old) => {
            FULL.store(count, Ordering::Relaxed);
            give_up(old);
        }
        // Another thread has taken pages or replaced the block: the next call looks again.
        Err(_) => give_up(new),
    }
    Ok(())
}

/// Maps as many pages as the system gives: after `mlockall` they count for the limit of locked
/// memory, which may be small.
fn map_block() -> error::Result<(usize, u64)> {
    let page = os::page_size();
    let mut count = (MOST / page) as u64;
    loop {
        match os::spare_zeros(count as usize * page) {
            Ok(start) => return Ok((start, count)),
            Err(error) if count <= LEAST => return Err(error),
            Err(_) => count /= 2,
        }
    }
}

/// Unmaps pages that this thread owns.
fn give_up(pages: u64) {
    let len = (pages % COUNTS) as usize * os::page_size();
    if len > 0 {
        // SAFETY: G8: they are no longer in `LEFT`.
        unsafe { os::give_up(address(pages), len) };
    }
}

fn address(pages: u64) -> usize {
    (pages / COUNTS) as usize * os::page_size()
}

/// Moves zeros over whole pages.
///
/// # Safety
///
/// The pages are of one region's mapping (S4).
pub(in crate::unix) unsafe fn move_zeros(to: Range<usize>, protection: i32) -> Result<(), Left> {
    let taken = take((to.len() / os::page_size()) as u64).ok_or(Left::Old)?;
    // SAFETY: G8: taken just now; S4, the caller's promise.
    let moved = unsafe { replace::move_zeros(address(taken), &to, protection) };
    moved.map_err(|failed| {
        put_back(taken);
        failed.left
    })
}

/// Takes `count` pages from the front.
fn take(count: u64) -> Option<u64> {
    let mut left = LEFT.load(Ordering::Acquire);
    loop {
        if left % COUNTS < count {
            return None;
        }
        let rest = without(left, count);
        match LEFT.compare_exchange_weak(left, rest, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(left - left % COUNTS + count),
            Err(now) => left = now,
        }
    }
}

/// Returns the pages without the first `count`.
fn without(pages: u64, count: u64) -> u64 {
    pages + count * COUNTS - count
}

/// Puts pages back that were taken and not moved. Unmaps them if the front is not where they
/// end: others were taken since.
fn put_back(taken: u64) {
    let count = taken % COUNTS;
    let left = LEFT.load(Ordering::Relaxed);
    let front = taken / COUNTS + count;
    let whole = left + count - count * COUNTS;
    let is_next = left / COUNTS == front;
    let put = is_next
        && LEFT
            .compare_exchange(left, whole, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok();
    if !put {
        give_up(taken);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn take_and_put_back_change_the_front() {
        let pages = 1000 * COUNTS + 10;
        assert_eq!(without(pages, 3), 1003 * COUNTS + 7);
        assert_eq!(address(without(pages, 3)), 1003 * os::page_size());
        assert_eq!(without(pages, 10), 1010 * COUNTS);
    }
}
