//! The guard of one region where a page that is not available is an exception: it ends
//! the access, and nothing is put in the place of the page. So no region is ever
//! damaged, and who touches the page again is told again.
//!
//! # Safety
//!
//! * W1, as in `os/windows/attempt.rs`: what is attempted owns nothing.

#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Damaged, Watched};
use crate::error::{Cause, Error, Fault, FaultReason, Result};
use crate::{os, range};

/// One region's count of faults.
#[derive(Debug)]
pub(crate) struct Guard {
    faults: AtomicU64,
}

impl Guard {
    pub(crate) fn needless() -> Guard {
        Guard {
            faults: AtomicU64::new(0),
        }
    }

    pub(crate) fn watch(_watched: &Watched, _lead: usize) -> Result<Guard> {
        Ok(Guard::needless())
    }

    /// Runs `touch`, which touches a region of these addresses from `at` on. It
    /// owns nothing (SAFETY.md: W1).
    #[inline(always)]
    pub(crate) fn attempt<R>(
        &self,
        addresses: Range<usize>,
        at: usize,
        touch: impl FnOnce() -> R,
    ) -> Result<R> {
        let start = addresses.start;
        // SAFETY: W1, by every caller.
        let touched = unsafe { os::attempt(addresses, touch) };
        touched.map_err(|failed| self.fault(start, at, failed))
    }

    #[cold]
    fn fault(&self, start: usize, at: usize, failed: os::Untouchable) -> Error {
        self.faults.fetch_add(1, Ordering::Relaxed);
        let page = range::page_floor(failed.address, os::page_size());
        let touched = (page..=failed.address).contains(&(start + at));
        Error::new(Cause::Fault(Fault {
            // The first byte of the page that the operation touches.
            at: if touched {
                at
            } else {
                page.saturating_sub(start)
            },
            file_size: None,
            reason: FaultReason::Unreadable,
            code: failed.code,
        }))
    }

    pub(crate) fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Goes on from the count of a region that this one replaces.
    pub(crate) fn continue_count(&self, faults: u64) {
        self.faults.fetch_max(faults, Ordering::Relaxed);
    }
}

/// There is no damage, and no handler to look after.
impl Guard {
    pub(crate) fn suspend(&self) {}

    pub(crate) fn await_handlers(&self) {}

    pub(crate) fn announce_protection(&self, _protection: i32) {}

    pub(crate) fn rearm(&self) {}

    #[inline(always)]
    pub(crate) fn check_loaded(&self, _at: usize, _count: usize) -> Result<()> {
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn check_stored(&self, _at: usize, _count: usize) -> Result<()> {
        Ok(())
    }

    #[inline(always)]
    pub(crate) fn check_copied(&self, _from: usize, _to: usize, _count: usize) -> Result<()> {
        Ok(())
    }

    pub(crate) fn first_damage(&self) -> Option<Fault> {
        None
    }

    #[inline]
    pub(crate) fn is_damaged(&self) -> bool {
        false
    }

    pub(crate) fn damaged(&self) -> Option<Damaged> {
        None
    }

    pub(crate) fn forget_damage(&self) {}

    pub(crate) fn note_damage(&self, _pages: Range<usize>) {}
}
