//! The guard of one region where a lost page is an exception: it ends the access, and no zeros
//! replace the page. So no region is ever damaged, and each access to the page fails.
//!
//! # Safety
//!
//! * W1, as in `seh.rs`: a closure that may be left owns nothing.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};

use super::seh;
use crate::error::Result;
use crate::fault::{Fault, FaultReason};
use crate::guarded_region::GuardedRegion;

/// The count of faults of one region.
#[derive(Debug)]
pub struct Guard {
    faults: AtomicU64,
}

impl Guard {
    /// Returns a guard for a region whose pages cannot be lost.
    pub fn needless() -> Guard {
        Guard {
            faults: AtomicU64::new(0),
        }
    }

    /// Returns a guard; nothing needs to be registered.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Safety
    ///
    /// None is needed; the signature is that of Unix.
    pub unsafe fn watch(_watched: &GuardedRegion, _lead: usize) -> Result<Guard> {
        Ok(Guard::needless())
    }

    /// Runs `touch`, which touches a region of these addresses from index `at` on. A fault there
    /// ends it.
    ///
    /// # Errors
    ///
    /// The fault.
    ///
    /// # Safety
    ///
    /// W1: `touch` owns nothing.
    #[inline(always)]
    pub unsafe fn catch_fault<R>(
        &self,
        addresses: Range<usize>,
        at: usize,
        touch: impl FnOnce() -> R,
    ) -> Result<R, Fault> {
        let start = addresses.start;
        // SAFETY: W1, the caller's promise.
        let touched = unsafe { seh::catch_fault(addresses, touch) };
        touched.map_err(|failed| self.fault(start, at, failed))
    }

    #[cold]
    fn fault(&self, start: usize, at: usize, failed: seh::CaughtFault) -> Fault {
        self.faults.fetch_add(1, Ordering::Relaxed);
        let page = failed.address & !(page_size() - 1);
        let touched = (page..=failed.address).contains(&(start + at));
        Fault {
            // The first byte of the page that the access touches.
            at: if touched {
                at
            } else {
                page.saturating_sub(start)
            },
            file_size: None,
            reason: FaultReason::Unreadable,
            changes_lost: false,
            code: failed.code,
        }
    }

    /// Returns the number of survived faults.
    pub fn faults(&self) -> u64 {
        self.faults.load(Ordering::Relaxed)
    }

    /// Continues the count of faults of a region that this one replaces.
    pub fn continue_count(&self, faults: u64) {
        self.faults.fetch_max(faults, Ordering::Relaxed);
    }
}

/// `GetSystemInfo`: the size of a page.
fn page_size() -> usize {
    let mut info = MaybeUninit::<SYSTEM_INFO>::uninit();
    // SAFETY: GetSystemInfo writes one structure, for which there is room.
    unsafe { GetSystemInfo(info.as_mut_ptr()) };
    // SAFETY: it cannot fail, and so has filled it in.
    unsafe { info.assume_init() }.dwPageSize as usize
}

/// There is no damage and no handler.
impl Guard {
    /// Does nothing.
    pub fn suspend(&self) {}

    /// Does nothing.
    pub fn set_protection(&self, _protection: i32) {}

    /// Does nothing.
    pub fn ensure_installed(&self) {}

    /// Windows has no forks.
    ///
    /// # Errors
    ///
    /// None.
    ///
    /// # Safety
    ///
    /// None is needed; the signature is that of Unix.
    pub unsafe fn expect_forks(&mut self, _watched: &GuardedRegion, _lead: usize) -> Result<()> {
        Ok(())
    }

    /// Returns true: Windows has no forks.
    ///
    /// # Errors
    ///
    /// None.
    pub fn expect_forks_in_slot(&self) -> Result<bool> {
        Ok(true)
    }

    /// Returns false: Windows has no forks.
    pub fn is_given_up(&self) -> bool {
        false
    }

    /// Returns `None`: Windows has no forks.
    pub fn left_behind(&self) -> Option<Fault> {
        None
    }

    /// Returns false: a fault has ended the access.
    #[inline(always)]
    pub fn loads_need_attention(&self) -> bool {
        false
    }

    /// Returns false: a fault has ended the access.
    #[inline(always)]
    pub fn stores_need_attention(&self) -> bool {
        false
    }

    /// Returns false: a fault has ended the access.
    #[inline(always)]
    pub fn copies_need_attention(&self) -> bool {
        false
    }

    /// Returns false.
    #[inline(always)]
    pub fn needs_attention(&self) -> bool {
        false
    }

    /// Returns `None`: a fault has ended the access.
    pub fn find_fault(&self, _at: usize, _count: usize) -> Option<Fault> {
        None
    }

    /// Returns `None`: no region is ever damaged.
    pub fn first_damage(&self) -> Option<Fault> {
        None
    }

    /// Does nothing.
    pub fn check_first_use(&self) {}

    /// Returns false: no region is ever damaged.
    pub fn is_damaged(&self) -> bool {
        false
    }
}
