//! The calls about forks.
//!
//! # Safety
//!
//! No call here touches memory of a map.
#![allow(unsafe_code)]

use std::ffi::c_int;

use crate::error::{Error, Result};

/// The advice after which a forked child does not have the pages.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[libc::MADV_DONTFORK];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[];

/// `pthread_atfork(NULL, NULL, f)`: every child runs `f` first.
pub(crate) fn on_fork(f: extern "C" fn()) -> Result<()> {
    // SAFETY: F1: `f` does only what a child may do.
    match unsafe { libc::pthread_atfork(None, None, Some(f)) } {
        0 => Ok(()),
        errno => Err(Error::os(text!("pthread_atfork"), errno)),
    }
}
