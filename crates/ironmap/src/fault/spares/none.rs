//! Nothing is kept: for systems without `mremap` and without a limit of areas.

use std::ops::Range;

use crate::error;
use crate::os::Left;

pub(super) fn refill() -> error::Result<()> {
    Ok(())
}

pub(super) fn give_back_area() -> bool {
    false
}

/// # Safety
///
/// None is needed; the signature is that of the systems that have zeros to move.
#[allow(unsafe_code)]
pub(super) unsafe fn move_zeros(_to: Range<usize>, _protection: i32) -> Result<(), Left> {
    Err(Left::Old)
}
