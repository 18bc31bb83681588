//! No spares: for systems without `mremap` and without a limit of areas.
//!
//! # Safety
//!
//! No call here does anything; one has the signature of the systems that have zeros to move.
#![allow(unsafe_code)]

use std::ops::Range;

use crate::error;
use crate::unix::os::replace::Left;

pub(super) fn refill() -> error::Result<()> {
    Ok(())
}

/// The limit is never reached.
pub(super) fn has_area() -> bool {
    true
}

pub(super) fn give_back_area() -> bool {
    false
}

/// # Safety
///
/// None is needed.
pub(super) unsafe fn move_zeros(_to: Range<usize>, _protection: i32) -> Result<(), Left> {
    Err(Left::Old)
}
