//! The guard of a region: registration, and the damage.
//!
//! # Safety
//!
//! * G1: a region is the only owner of its mapping, and suspends its guard before it gives
//!   addresses up (`remap.rs`, `block.rs`, its drop).
#![allow(unsafe_code)]

use sigbus_guard::Guard;

use super::Region;
use crate::error::{Cause, Error, Fault, Result};
use crate::fault_guard;

/// Returns whether regions are guarded in this process; decides it if nothing has before.
pub(super) fn is_guarded() -> bool {
    // `ironmap_unguarded` measures the cost of guards.
    !cfg!(ironmap_unguarded) && fault_guard::is_on()
}

/// # Guarding
impl Region {
    /// Returns a guard, with which faults in this region are survived, unless the guard is off.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Os`](crate::ErrorKind::Os): the system has no room for the spare pages of
    /// the handler, or refuses the handler;
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory): no memory for a slot, or for the record of
    /// the previous handler.
    pub(super) fn watch(&self) -> Result<Guard> {
        if !is_guarded() {
            return Ok(Guard::needless());
        }
        // SAFETY: G1.
        let guard = unsafe { Guard::watch(&self.guarded(), self.head_padding) };
        guard.map_err(Error::of_guard)
    }

    /// Prepares the guard for forked children that lack some of the pages.
    pub(super) fn expect_forks(&mut self) -> Result<()> {
        let guarded = self.guarded();
        // SAFETY: G1.
        let expected = unsafe { self.guard.expect_forks(&guarded, self.head_padding) };
        expected.map_err(Error::of_guard)
    }

    /// Does the same for a region that is in a slot: it lends no safe slice, whose bytes a fork
    /// would change (V3). Refuses others.
    pub(super) fn expect_forks_in_slot(&self) -> Result<()> {
        if self.guard.expect_forks_in_slot().map_err(Error::of_guard)? {
            return Ok(());
        }
        let message = "memory that cannot be lost is not kept from forked children";
        Err(Error::new(Cause::InvalidInput(text!("{message}"))))
    }
}

/// # Before a system call
impl Region {
    /// Fails if a part of the mapping may not be the region's any more. Called before system calls
    /// about it.
    pub(super) fn require_mapping(&self) -> Result<()> {
        let given_up = self.guard.is_given_up();
        match given_up.then(|| self.left_behind()).flatten() {
            Some(fault) => Err(Error::new(Cause::Fault(fault))),
            None => Ok(()),
        }
    }
}

/// # Queries
impl Region {
    #[inline]
    pub(crate) fn is_damaged(&self) -> bool {
        self.guard.is_damaged()
    }

    pub(crate) fn first_damage(&self) -> Option<Fault> {
        self.guard.first_damage().map(Fault::of_guard)
    }

    pub(crate) fn faults(&self) -> u64 {
        self.guard.faults()
    }

    /// Returns the fault of pages that this process, a forked child, does not have.
    pub(crate) fn left_behind(&self) -> Option<Fault> {
        self.guard.left_behind().map(Fault::of_guard)
    }

    /// Continues the count of faults of a region that this one replaces.
    #[cfg(windows)]
    pub(crate) fn continue_count(&self, faults: u64) {
        self.guard.continue_count(faults);
    }
}
