//! No guard: for systems without SIGBUS, where a page that cannot be had is an
//! exception that nothing here catches. No region is ever damaged.

use std::ops::Range;

use super::{Damaged, Watched};
use crate::error::{Fault, Result};

/// What stands in the place of a guard.
#[derive(Debug)]
pub(crate) struct Guard;

/// Nothing is watched, so nothing is said here, and all that is asked is well.
impl Guard {
    pub(crate) fn needless() -> Guard {
        Guard
    }

    pub(crate) fn watch(_watched: &Watched) -> Guard {
        Guard
    }

    pub(crate) fn suspend(&self) {}

    pub(crate) fn await_handlers(&self) {}

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

    pub(crate) fn faults(&self) -> u64 {
        0
    }
}
