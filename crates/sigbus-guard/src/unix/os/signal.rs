//! Signal masks, and the numbers of thread and process.
//!
//! # Safety
//!
//! No call here touches memory of a map.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::mem::MaybeUninit;

use libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, sigset_t};

/// Returns a number that no other thread has at the same time.
pub(crate) fn thread() -> usize {
    // SAFETY: pthread_self touches no memory of ours.
    unsafe { libc::pthread_self() as usize }
}

/// `getpid()`, without a sign.
pub(crate) fn process() -> u32 {
    // SAFETY: getpid touches no memory.
    unsafe { libc::getpid() as u32 }
}

/// Returns the set of all signals that can wait: all but those that instructions raise.
pub(crate) fn those_that_wait() -> sigset_t {
    let mut signals = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: sigfillset fills in one set, for which there is room.
    unsafe { libc::sigfillset(signals.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    let mut signals = unsafe { signals.assume_init() };
    for own in [SIGBUS, SIGSEGV, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT] {
        // SAFETY: sigdelset changes the set, and nothing else.
        unsafe { libc::sigdelset(&raw mut signals, own) };
    }
    signals
}

/// Returns whether a signal is in a set.
pub fn contains(signals: &sigset_t, signal: c_int) -> bool {
    // SAFETY: sigismember only reads the set.
    unsafe { libc::sigismember(signals, signal) == 1 }
}

/// Returns the signals that this thread blocks.
pub fn mask() -> sigset_t {
    let mut now = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: it writes one set, for which there is room.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), now.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    unsafe { now.assume_init() }
}

/// `pthread_sigmask`: changes the mask of this thread and returns the mask before.
pub fn change_mask(how: c_int, signals: &sigset_t) -> sigset_t {
    let mut before = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: both are signal sets; it touches no other memory.
    unsafe { libc::pthread_sigmask(how, signals, before.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    unsafe { before.assume_init() }
}

/// Returns the set of one signal.
pub fn only(signal: c_int) -> sigset_t {
    let mut signals = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: sigemptyset fills in one set, for which there is room.
    unsafe { libc::sigemptyset(signals.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    let mut signals = unsafe { signals.assume_init() };
    // SAFETY: sigaddset changes the set, and nothing else.
    unsafe { libc::sigaddset(&raw mut signals, signal) };
    signals
}

/// Unblocks a signal in this thread; one that is pending is delivered.
pub(crate) fn unblock(signal: c_int) {
    change_mask(libc::SIG_UNBLOCK, &only(signal));
}

/// `sigpending`: returns the signals that are pending for this thread or its process.
pub fn pending() -> sigset_t {
    let mut waiting = MaybeUninit::<sigset_t>::zeroed();
    // SAFETY: it writes one set, for which there is room.
    unsafe { libc::sigpending(waiting.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    unsafe { waiting.assume_init() }
}
