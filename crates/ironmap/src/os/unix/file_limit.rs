//! RLIMIT_FSIZE: the length to which a process may extend a file.
//!
//! Past it, calls that lengthen a file fail with EFBIG, and the kernel sends SIGXFSZ, which is fatal
//! unless the process ignores it, as CPython does.
//!
//! # Safety
//!
//! No call here touches memory of a map.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
use sigbus_guard::os::signal::{change_mask, contains, only, pending};

use crate::error::Result;

/// Runs a call that may lengthen a file. Past the limit it fails without a signal.
///
/// The kernel sends the signal to the thread that makes the call. It is blocked meanwhile, and
/// consumed if it came.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn without_sigxfsz(call: impl FnOnce() -> Result<()>) -> Result<()> {
    let signals = only(libc::SIGXFSZ);
    let before = change_mask(libc::SIG_BLOCK, &signals);
    // One that was pending before is not from this call.
    let was_pending = contains(&before, libc::SIGXFSZ) && contains(&pending(), libc::SIGXFSZ);
    let result = call();
    if let Err(error) = &result {
        if error.raw_os_error() == Some(libc::EFBIG) && !was_pending {
            take(&signals);
        }
    }
    change_mask(libc::SIG_SETMASK, &before);
    result
}

/// Runs a call that may lengthen a file. On this system the signal goes to the process, so callers
/// check [`longest_file`](super::longest_file) first.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn without_sigxfsz(call: impl FnOnce() -> Result<()>) -> Result<()> {
    call()
}

/// `sigtimedwait` without a wait: consumes one of the signals, if one is pending.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn take(signals: &libc::sigset_t) {
    // SAFETY: all zero bits are a span of time: none.
    let no_time: libc::timespec = unsafe { std::mem::zeroed() };
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
        assert!(!contains(&pending(), libc::SIGXFSZ));
    }

    #[test]
    fn without_sigxfsz_leaves_one_that_was_pending_and_the_mask() {
        use sigbus_guard::os::signal::mask;

        let signals = only(libc::SIGXFSZ);
        change_mask(libc::SIG_BLOCK, &signals);
        let _ = raise();
        assert!(without_sigxfsz(raise).is_err());
        assert!(contains(&mask(), libc::SIGXFSZ));
        assert!(contains(&pending(), libc::SIGXFSZ));
        take(&signals);
        assert!(!contains(&pending(), libc::SIGXFSZ));
        change_mask(libc::SIG_UNBLOCK, &signals);
    }
}
