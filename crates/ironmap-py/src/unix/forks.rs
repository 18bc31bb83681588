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
extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// Has every child of this process count itself, so that gates can tell.
pub(crate) fn watch() -> Result<(), i32> {
    // SAFETY: `forked` only adds to an atomic, which a child may do.
    let errno = unsafe { libc::pthread_atfork(None, None, Some(forked)) };
    match errno {
        0 => Ok(()),
        _ => Err(errno),
    }
}
