//! What the handler keeps for when the system gives it no mapping.
//!
//! A process may have only so many areas (`vm.max_map_count`): at that limit a mapping can
//! be made after an area was given back. And only so many bytes of address space
//! (`RLIMIT_AS`): if that limit is below what is in use, not even a mapping in the place of
//! another can be made, but one can be moved. So areas and zeros are kept. They are mapped
//! before the first region is watched; faults use them up, and each new map and each error
//! of a fault maps them again.

mod areas;
mod zeros;

use crate::error::Result;

pub(super) use areas::{give_back_area, has_area};
pub(super) use zeros::move_zeros;

/// Maps what was used up. Not for a handler.
pub(super) fn refill() -> Result<()> {
    if cfg!(miri) {
        // It knows no advice, and has no signals.
        return Ok(());
    }
    areas::refill()?;
    zeros::refill()
}
