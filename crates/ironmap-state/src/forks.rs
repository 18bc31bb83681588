//! The number of forks between the first process and this one.
//!
//! # Safety
//!
//! The function that runs in a child only adds to an atomic.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};

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

/// Makes every child of this process count its fork, so that locks can detect it. Call it once,
/// before the first lock is made.
///
/// # Errors
///
/// Returns the error number of `pthread_atfork`.
pub fn watch() -> Result<(), i32> {
    #[cfg(unix)]
    {
        // SAFETY: `forked` only adds to an atomic, which a child may do.
        let errno = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
        if errno != 0 {
            return Err(errno);
        }
    }
    Ok(())
}
