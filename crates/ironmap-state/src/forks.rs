//! The number of forks between the first process and this one.
//!
//! # Safety
//!
//! The function that runs in a child only adds to an atomic.
#![allow(unsafe_code)]

#[cfg(unix)]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(unix)]
static WATCHED: AtomicBool = AtomicBool::new(false);
static FORKS: AtomicU32 = AtomicU32::new(0);

#[inline]
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// Runs first in a forked child.
#[cfg(unix)]
extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Makes every child of this process count its fork, so that locks can detect it. Call it before
/// the first lock is made.
///
/// # Errors
///
/// Returns the error number of `pthread_atfork`.
pub fn watch() -> Result<(), i32> {
    #[cfg(unix)]
    if !WATCHED.load(Ordering::Acquire) {
        // Two threads may both register it: then each fork counts twice.
        // SAFETY: `forked` only adds to an atomic, which a child may do.
        let errno = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
        if errno != 0 {
            return Err(errno);
        }
        WATCHED.store(true, Ordering::Release);
    }
    Ok(())
}
