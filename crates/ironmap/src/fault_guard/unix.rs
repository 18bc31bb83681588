//! The switch of the guard, which a process decides once.

use std::env;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

use sigbus_guard::{MAX_HANDLERS, forks};

use super::FaultGuard;
use crate::error::{Cause, Error, Result};

const UNDECIDED: u8 = 0;
const ON: u8 = 1;
const OFF: u8 = 2;

static SWITCH: AtomicU8 = AtomicU8::new(UNDECIDED);

/// Returns whether the guard is on; decides it if nothing has before.
pub(crate) fn is_on() -> bool {
    match SWITCH.load(Ordering::Relaxed) {
        ON => true,
        OFF => false,
        _ => decide(if is_refused() { OFF } else { ON }) == ON,
    }
}

/// Decides unless another thread has, and returns what was decided.
fn decide(choice: u8) -> u8 {
    let decided = SWITCH.compare_exchange(UNDECIDED, choice, Ordering::Relaxed, Ordering::Relaxed);
    decided.map_or_else(|before| before, |_| choice)
}

fn is_refused() -> bool {
    env::var_os("IRONMAP_FAULT_GUARD").is_some_and(|value| value == "0")
}

pub(super) fn state() -> FaultGuard {
    match SWITCH.load(Ordering::Relaxed) {
        OFF => FaultGuard::Off,
        UNDECIDED if is_refused() => FaultGuard::Off,
        UNDECIDED => FaultGuard::Idle,
        _ if !sigbus_guard::is_installed() => FaultGuard::Replaced,
        _ if sigbus_guard::is_blocked() => FaultGuard::Blocked,
        _ => FaultGuard::Active,
    }
}

pub(super) fn ensure() -> Result<FaultGuard> {
    let found = state();
    if !is_on() {
        return Err(refused(format_args!("is switched off in this process")));
    }
    if !sigbus_guard::ensure_installed().map_err(Error::of_guard)? {
        return Err(refused(format_args!(
            "was replaced by {MAX_HANDLERS} different handlers of SIGBUS, and now by another: \
             it is not put back any more"
        )));
    }
    // Without memory for it, the next map tries again.
    let _ = forks::watch();
    sigbus_guard::unblock();
    Ok(found)
}

pub(super) fn disable() -> Result<()> {
    if decide(OFF) == OFF {
        return Ok(());
    }
    Err(refused(format_args!(
        "is in use: it is switched off only before the first map of a file \
         and the first call of ensure_fault_guard"
    )))
}

fn refused(why: fmt::Arguments<'_>) -> Error {
    Error::new(Cause::FaultGuard(text!("{why}")))
}
