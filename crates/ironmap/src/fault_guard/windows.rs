//! The switch of the guard where a fault is an exception: nothing can replace the guard, and it
//! cannot be switched off.

use super::FaultGuard;
use crate::error::{Cause, Error, Result};

pub(crate) fn is_on() -> bool {
    true
}

pub(super) fn state() -> FaultGuard {
    if sigbus_guard::CATCHES_FAULTS {
        FaultGuard::Active
    } else {
        FaultGuard::Off
    }
}

pub(super) fn ensure() -> Result<FaultGuard> {
    Ok(state())
}

pub(super) fn disable() -> Result<()> {
    let why = "takes no signal on Windows, and is not switched off";
    Err(Error::new(Cause::FaultGuard(text!("{why}"))))
}
