//! What a forked child does first.
//!
//! A framework installs the signal handlers of its worker processes after the fork, on
//! top of ours, and tells nothing of it. So a child checks the guard again at its
//! first use of each map. It has none of the threads that were in a handler: see `chain`. And
//! it has no pages that were left behind: see `in_child`.
//!
//! It runs in the child's only thread, before `fork` returns there, so it makes bare system
//! calls and touches atomics (SAFETY.md: F1).

use std::sync::atomic::{AtomicBool, Ordering};

use super::{chain, in_child, registry};
use crate::error::Result;
use crate::os;

static WATCHED: AtomicBool = AtomicBool::new(false);

/// Has every child of this process do this.
pub(super) fn watch() -> Result<()> {
    // Two threads may both be first: to do it twice finds nothing to do. (A lock could be
    // left held in a child.)
    if !WATCHED.load(Ordering::Acquire) {
        os::on_fork(forked)?;
        WATCHED.store(true, Ordering::Release);
    }
    Ok(())
}

extern "C" fn forked() {
    chain::forget_other_threads();
    for slot in registry::all() {
        slot.damage.demand_check();
        in_child::fill_holes(slot);
    }
}
