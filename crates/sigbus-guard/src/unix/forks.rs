//! What a forked child does first.
//!
//! A framework installs the signal handlers of its worker processes after the fork, on
//! top of ours, and tells nothing of it. So a child checks the guard again at its
//! first use of each map. It has none of the threads that were in a handler: see `previous_handlers`. And
//! it has no pages that were left behind: see `in_child`.
//!
//! # Safety
//!
//! * F1: it runs in the child's only thread, before `fork` returns there, so it makes bare
//!   system calls and touches atomics.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{in_child, previous_handlers, registry};
use crate::error::{Error, Result, SystemCall};

static WATCHED: AtomicBool = AtomicBool::new(false);
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Has every child of this process do this.
pub fn watch() -> Result<()> {
    // Two threads may both be first: to do it twice finds nothing to do. (A lock could be
    // left held in a child.)
    if !WATCHED.load(Ordering::Acquire) {
        on_fork(forked)?;
        WATCHED.store(true, Ordering::Release);
    }
    Ok(())
}

/// Changes in every child of a process that calls [`watch`].
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
