//! What a region knows of pages that are not available, by its guard.

use std::ops::Range;

use super::Region;
use crate::error::{Cause, Error, Fault, Result};

impl Region {
    #[inline]
    pub(crate) fn is_damaged(&self) -> bool {
        self.guard.is_damaged()
    }

    pub(crate) fn first_damage(&self) -> Option<Fault> {
        self.guard.first_damage()
    }

    pub(crate) fn faults(&self) -> u64 {
        self.guard.faults()
    }

    /// The damage that is pages which this process, a forked child, does not have.
    pub(crate) fn left_behind(&self) -> Option<Fault> {
        self.guard.left_behind()
    }

    /// Before a system call about the mapping: whether all of it is still the region's.
    pub(super) fn require_mapping(&self) -> Result<()> {
        let given_up = self.guard.is_given_up();
        match given_up.then(|| self.left_behind()).flatten() {
            Some(fault) => Err(Error::new(Cause::Fault(fault))),
            None => Ok(()),
        }
    }

    /// Goes on from the count of the region that this one replaces.
    #[cfg(windows)]
    pub(crate) fn continue_count(&self, faults: u64) {
        self.guard.continue_count(faults);
    }

    /// Whether none of these bytes is damaged, as the error of an access to all
    /// of them.
    pub(crate) fn require_intact(&self, range: Range<usize>) -> Result<()> {
        self.guard.check_loaded(range.start, range.len())
    }

    /// Before a forked child may lack some of it.
    pub(super) fn expect_forks(&mut self) -> Result<()> {
        let watched = self.watched();
        self.guard.expect_forks(&watched, self.lead)
    }
}
