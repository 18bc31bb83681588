//! Spare areas and zeros, for a handler that the system refuses a mapping.
//!
//! A process has a limit of areas (`vm.max_map_count`): there a new mapping needs an area that
//! was given back. It has a limit of address space (`RLIMIT_AS`): below the space in use, not
//! even a mapping can be replaced, but one can be moved. So the handler keeps both. They are
//! mapped before the first region is registered. Faults use them up; each new region, and each
//! error of a fault, maps them again.

mod areas;
mod zeros;

use crate::error::Result;

pub(super) use areas::{give_back_area, has_area};
pub(super) use zeros::move_zeros;

/// Maps the spares that were used up. Not for a handler.
pub(super) fn refill() -> Result<()> {
    if cfg!(miri) {
        // It knows no advice, and has no signals.
        return Ok(());
    }
    areas::refill()?;
    zeros::refill()
}
