//! The guard where a fault is an exception: it takes nothing from the process, so it is
//! never replaced, and not switched off.

use super::control::FaultGuard;
use crate::error::{Cause, Error, Result};

pub(super) fn state() -> FaultGuard {
    if cfg!(target_arch = "x86_64") {
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
