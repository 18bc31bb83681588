//! How many forks lie between the first process and this one.
//!
//! # Safety
//!
//! What a child runs here does nothing but to add to an atomic.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering};

static FORKS: AtomicU32 = AtomicU32::new(0);

#[inline]
pub(crate) fn count() -> u32 {
    FORKS.load(Ordering::Relaxed)
}

/// What a child does first after a fork.
#[cfg(unix)]
extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Has every child of this process count itself, so that locks can tell. Call it once,
/// before the first lock.
///
/// # Errors
///
/// The error number of `pthread_atfork`.
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
