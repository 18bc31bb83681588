//! RLIMIT_FSIZE: how long a process may make a file.
//!
//! Past it the calls that make a file longer fail with EFBIG, and the kernel sends
//! SIGXFSZ, which is deadly unless the process ignores it, as CPython does.
//!
//! # Safety
//!
//! No call here touches memory of a map; those that fill in a structure have
//! room for one.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use crate::error::Result;

/// `getrlimit(RLIMIT_FSIZE)`: how long this process may make a file.
pub(crate) fn longest_file() -> u64 {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: getrlimit writes one `rlimit`, for which there is room.
    if unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, limit.as_mut_ptr()) } != 0 {
        return u64::MAX;
    }
    // SAFETY: getrlimit has succeeded and so has filled it in.
    let limit = unsafe { limit.assume_init() };
    if limit.rlim_cur == libc::RLIM_INFINITY {
        return u64::MAX;
    }
    // Whether it has 64 bits, and a sign, differs from system to system.
    #[allow(clippy::unnecessary_cast)]
    let longest = limit.rlim_cur as u64;
    longest
}

/// Runs a call that may make a file longer: past the limit it is an error, and no signal.
///
/// The kernel sends the signal to the thread that makes the call. Here it is blocked
/// meanwhile, and taken back if it came.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn without_sigxfsz(call: impl FnOnce() -> Result<()>) -> Result<()> {
    use super::signal::{change_mask, contains};

    let signals = sigxfsz();
    let before = change_mask(libc::SIG_BLOCK, &signals);
    // One that was pending already is not from this call.
    let pending = contains(&before, libc::SIGXFSZ) && contains(&pending(), libc::SIGXFSZ);
    let result = call();
    if let Err(error) = &result {
        if error.raw_os_error() == Some(libc::EFBIG) && !pending {
            take(&signals);
        }
    }
    change_mask(libc::SIG_SETMASK, &before);
    result
}

/// Elsewhere the signal goes to the process, so callers check [`longest_file`] first.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn without_sigxfsz(call: impl FnOnce() -> Result<()>) -> Result<()> {
    call()
}

/// The set of this one signal.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn sigxfsz() -> libc::sigset_t {
    let mut signals = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigemptyset fills in one set, for which there is room.
    unsafe { libc::sigemptyset(signals.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    let mut signals = unsafe { signals.assume_init() };
    // SAFETY: sigaddset changes the set, and nothing else.
    unsafe { libc::sigaddset(&raw mut signals, libc::SIGXFSZ) };
    signals
}

/// `sigpending`: which signals are pending for this thread or for the process.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn pending() -> libc::sigset_t {
    let mut signals = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: sigpending writes one set, for which there is room.
    unsafe { libc::sigpending(signals.as_mut_ptr()) };
    // SAFETY: all zero bits are a signal set, too.
    unsafe { signals.assume_init() }
}

/// `sigtimedwait` with no time to wait: takes one of the signals, if one is pending.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn take(signals: &libc::sigset_t) {
    // SAFETY: all zero bits are a span of time: none.
    let no_time = unsafe { MaybeUninit::<libc::timespec>::zeroed().assume_init() };
    // SAFETY: it reads the set and the time, and writes nothing.
    unsafe { libc::sigtimedwait(signals, std::ptr::null_mut(), &raw const no_time) };
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;
    use crate::error::Error;

    fn raise() -> Result<()> {
        // SAFETY: raise touches no memory.
        unsafe { libc::raise(libc::SIGXFSZ) };
        Err(Error::os(text!("raising"), libc::EFBIG))
    }

    #[test]
    fn without_sigxfsz_takes_the_signal_back() {
        // The signal would end this process.
        assert!(without_sigxfsz(raise).is_err());
        assert!(!super::super::signal::contains(&pending(), libc::SIGXFSZ));
    }

    #[test]
    fn without_sigxfsz_leaves_one_that_was_pending_and_the_mask() {
        use super::super::signal::{change_mask, contains, mask};

        change_mask(libc::SIG_BLOCK, &sigxfsz());
        let _ = raise();
        assert!(without_sigxfsz(raise).is_err());
        assert!(contains(&mask(), libc::SIGXFSZ));
        assert!(contains(&pending(), libc::SIGXFSZ));
        take(&sigxfsz());
        assert!(!contains(&pending(), libc::SIGXFSZ));
        change_mask(libc::SIG_UNBLOCK, &sigxfsz());
    }
}
