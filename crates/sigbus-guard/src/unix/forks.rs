//! The first steps of a forked child.
//!
//! A framework may install signal handlers in its worker processes after the fork, on top of
//! ours. So a child checks the guard again at its first use of each region. It forgets the
//! threads that were in a handler (`previous_handlers`), and fills the holes of pages that it
//! does not have (`in_child`).
//!
//! # Safety
//!
//! * F1: this runs in the only thread of the child, before `fork` returns there. It makes bare
//!   system calls and touches atomics.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{in_child, previous_handlers, registry};
use crate::error::{Error, Result, SystemCall};

static WATCHED: AtomicBool = AtomicBool::new(false);
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Registers the first steps for every child of this process (`pthread_atfork`).
///
/// # Errors
///
/// `pthread_atfork` has no memory.
pub fn watch() -> Result<()> {
    // Two threads may both register it: the second run finds nothing to do. (A lock could
    // stay held in a child.)
    if !WATCHED.load(Ordering::Acquire) {
        on_fork(forked)?;
        WATCHED.store(true, Ordering::Release);
    }
    Ok(())
}

/// Returns a number that differs between a process that calls [`watch`] and its children.
pub fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// `pthread_atfork(NULL, NULL, f)`: every child runs `f` first.
fn on_fork(f: extern "C" fn()) -> Result<()> {
    // SAFETY: F1: `f` does only what a child may do.
    match unsafe { libc::pthread_atfork(None, None, Some(f)) } {
        0 => Ok(()),
        errno => Err(Error::SystemCall {
            call: SystemCall::AtFork,
            errno,
        }),
    }
}

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    previous_handlers::forget_other_threads();
    for slot in registry::all() {
        slot.damage.demand_check();
        in_child::fill_holes(slot);
    }
}
