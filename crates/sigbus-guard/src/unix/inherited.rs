//! SIGBUS that was blocked before the program ran.
//!
//! A process inherits the signal mask of the thread that started it, so a launcher that
//! blocks all signals starts programs in which every fault is the end. The mask is
//! looked at when the library is loaded. In a Rust program that is before `main`, so
//! what is blocked then is inherited; in Python it is at the import. What a program
//! blocks later it has blocked on purpose, for `sigwait` or `signalfd`, and keeps.
//!
//! # Safety
//!
//! * The function that the loader runs needs nothing that is set up later: it makes a
//!   system call, and stores to an atomic.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::SIGBUS;

use super::os::signal;

static BLOCKED_AT_LOAD: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Whether this thread was looked at: what it blocks from then on, it blocks on purpose.
    static LOOKED_AT: Cell<bool> = const { Cell::new(false) };
}

/// Before this thread's first map: unblocks SIGBUS if the process was started with it
/// blocked. Not if one is pending, for which something may be waiting.
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

/// What the loader runs; Miri's has no signals.
// SAFETY: the paragraph above. The sections hold pointers to functions, which may ignore
// what they are given.
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
// SAFETY: as above.
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
#[cfg(not(miri))]
#[used]
static LOOK_AT_LOAD: extern "C" fn() = look;
