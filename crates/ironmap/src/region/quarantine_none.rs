//! No quarantine: for systems where nothing can replace a mapping.

use super::Region;
use crate::error::Fault;

/// Addresses that a map has lent and no longer has. On this system they are unmapped at once, so
/// there are none.
#[derive(Debug, Default)]
pub struct Reserved(());

impl Reserved {
    /// Returns true: there are no addresses.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// Returns `None`: there are no addresses.
    pub fn first_use(&self) -> Option<Fault> {
        None
    }
}

/// # Lending
impl Region {
    pub(crate) fn lend_address(&self) -> *mut u8 {
        self.start()
    }

    /// Does nothing: the caller unmaps them.
    pub(super) fn quarantine_from(&mut self, _keep: usize) {}

    pub(crate) fn quarantine(&self) -> &Reserved {
        &self.quarantine
    }
}
