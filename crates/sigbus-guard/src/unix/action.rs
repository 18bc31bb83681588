//! The action of the process for SIGBUS: `sigaction`.
//!
//! # Safety
//!
//! * All zero bits are an action, the default one. The calls read and write one action each.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr;

use libc::{SIGBUS, sigaction};

use super::os::signal;
use crate::error::{Error, Result, SystemCall};

/// The last standard signal. Masks are compared up to it: the number of real-time signals
/// differs from system to system, and its C library uses some of them.
const STANDARD: c_int = 31;

/// Returns the address of the installed handler.
pub(super) fn handler() -> Result<usize> {
    current().map(|action| action.sa_sigaction)
}

/// Returns the installed action.
#[inline]
pub(super) fn current() -> Result<sigaction> {
    let mut current = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: sigaction only writes the action, for which there is room.
    let asked = unsafe { libc::sigaction(SIGBUS, ptr::null(), current.as_mut_ptr()) };
    if asked != 0 {
        return Err(refused());
    }
    // SAFETY: all zero bits are an action, the default one.
    Ok(unsafe { current.assume_init() })
}

/// Installs an action and returns the one it replaces; `None` if the system refuses.
pub(super) fn replace(action: &sigaction) -> Option<sigaction> {
    let mut found = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: both are valid actions; ours keeps the handler's rules.
    let replaced = unsafe { libc::sigaction(SIGBUS, action, found.as_mut_ptr()) };
    // SAFETY: all zero bits are an action, the default one.
    (replaced == 0).then(|| unsafe { found.assume_init() })
}

/// Returns the error of a `sigaction` that has just failed.
#[cold]
pub(super) fn refused() -> Error {
    let errno = std::io::Error::last_os_error().raw_os_error();
    Error::SystemCall {
        call: SystemCall::Sigaction,
        errno: errno.unwrap_or(libc::EINVAL),
    }
}

/// Returns whether two actions are equal.
pub(super) fn is_same(one: &sigaction, other: &sigaction) -> bool {
    let blocks = |action: &sigaction, number| signal::contains(&action.sa_mask, number);
    one.sa_sigaction == other.sa_sigaction
        && one.sa_flags == other.sa_flags
        && (1..=STANDARD).all(|number| blocks(one, number) == blocks(other, number))
}

/// Returns the action of a handler without flags and mask.
pub(super) fn of_handler(handler: usize) -> sigaction {
    // SAFETY: all zero bits are an action: no flags, an empty mask.
    let mut action: sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action
}
