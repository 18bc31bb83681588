//! What a forked child does first.
//!
//! A framework installs the signal handlers of its worker processes after the fork, on
//! top of ours, and tells nothing of it. So a child checks the guard again at its
//! first use of each map. It has none of the threads that were in a handler: see `chain`. And
//! it has no pages that were left behind: see `in_child`.
//!
//! It runs in the child's only thread, before `fork` returns there, so it makes bare system
//! calls and touches atomics (SAFETY.md: F1).

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{chain, in_child, registry};
use crate::error::Result;
use crate::os;

static WATCHED: AtomicBool = AtomicBool::new(false);
static FORKS: AtomicU32 = AtomicU32::new(0);

/// Has every child of this process do this.
pub(crate) fn watch() -> Result<()> {
    // Two threads may both be first: to do it twice finds nothing to do. (A lock could be
    // left held in a child.)
    if !WATCHED.load(Ordering::Acquire) {
        os::on_fork(forked)?;
        WATCHED.store(true, Ordering::Release);
    }
    Ok(())
}

/// Changes in every child of a process that calls [`watch`].
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    chain::forget_other_threads();
    for slot in registry::all() {
        slot.damage.demand_check();
        in_child::fill_holes(slot);
    }
}
