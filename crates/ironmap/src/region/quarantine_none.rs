//! No reservation: for systems where nothing can be put in the place of a mapping.

use super::Region;
use crate::error::Fault;

/// Addresses that a map has lent and had to leave. Here they are given back at once,
/// so there are none.
#[derive(Debug, Default)]
pub struct Reserved(());

impl Reserved {
    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// What was used of them.
    pub fn first_use(&self) -> Option<Fault> {
        None
    }
}

/// # Lending
impl Region {
    pub(crate) fn lend_address(&self) -> *mut u8 {
        self.start()
    }

    pub(crate) fn unmap_to_quarantine(&mut self) -> Reserved {
        Reserved(())
    }

    pub(crate) fn quarantine(&self) -> &Reserved {
        &self.quarantine
    }
}
