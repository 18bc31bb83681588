//! SIGBUS that was blocked before the program ran.
//!
//! A process inherits the signal mask of the thread that started it. A launcher that blocks all
//! signals starts programs in which every fault is fatal. The mask is read when the library is
//! loaded: before `main` in a Rust program, at the import in Python. SIGBUS that is blocked
//! then is taken as inherited. SIGBUS that is blocked later is blocked on purpose, for `sigwait`
//! or `signalfd`, and stays blocked.
//!
//! # Safety
//!
//! * The loader runs the function before anything else is set up: it makes one system call and
//!   stores to an atomic.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::SIGBUS;

use super::os::signal;

static BLOCKED_AT_LOAD: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// True once this thread was checked: a later block is on purpose.
    static LOOKED_AT: Cell<bool> = const { Cell::new(false) };
}

/// Unblocks SIGBUS if the process was started with it blocked. Called before the first region
/// of each thread. Leaves it blocked if one is pending: something may wait for it.
pub(super) fn unblock() {
    if !BLOCKED_AT_LOAD.load(Ordering::Relaxed) || LOOKED_AT.replace(true) {
        return;
    }
    if !signal::contains(&signal::pending(), SIGBUS) {
        signal::unblock(SIGBUS);
    }
}

#[cfg(not(miri))]
extern "C" fn look() {
    BLOCKED_AT_LOAD.store(signal::contains(&signal::mask(), SIGBUS), Ordering::Relaxed);
}

/// The loader runs this; Miri has no signals.
// SAFETY: the paragraph above. The sections hold pointers to functions, which may ignore
// their arguments.
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
// SAFETY: as above.
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg(not(miri))]
#[used]
static LOOK_AT_LOAD: extern "C" fn() = look;
