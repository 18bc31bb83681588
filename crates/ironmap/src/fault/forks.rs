//! What a forked child does about the guard.
//!
//! A framework installs the signal handlers of its worker processes after the fork, on
//! top of ours, and tells nothing of it. So a child checks the guard again at its
//! first use of each map.
//!
//! # Safety
//!
//! * What a child runs here touches nothing but atomics.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, Ordering};

use super::registry;

static WATCHED: AtomicBool = AtomicBool::new(false);

/// Has every child of this process demand the checks. Where the system has no memory
/// for that, the next map tries again.
pub(super) fn watch() {
    if WATCHED.load(Ordering::Relaxed) || WATCHED.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: `forked` keeps to what a child may do.
    let errno = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    WATCHED.store(errno == 0, Ordering::Relaxed);
}

/// What a child does first after a fork.
extern "C" fn forked() {
    registry::all().for_each(|slot| slot.damage.demand_check());
}
