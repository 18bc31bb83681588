//! Opens files by name.
//!
//! # Safety
//!
//! No call here touches memory of a map.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::fs::File;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::open;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::open64 as open;

use super::check;
use crate::error::{self, Cause, Error, Result};

/// `open(path, O_RDONLY | O_CLOEXEC)`, or `O_RDWR`.
///
/// std copies a long path to end it with a zero, and ends the process if there is no memory
/// for that.
pub(crate) fn open_file(path: &Path, writes: bool) -> Result<File> {
    let mut name = Vec::new();
    error::reserve(&mut name, path.as_os_str().len() + 1)?;
    name.extend_from_slice(path.as_os_str().as_bytes());
    name.push(0);
    let Ok(name) = CStr::from_bytes_with_nul(&name) else {
        let why = "file name contained an unexpected NUL byte";
        return Err(Error::new(Cause::InvalidInput(text!("{path:?}: {why}"))));
    };
    let access = if writes { libc::O_RDWR } else { libc::O_RDONLY };
    loop {
        // SAFETY: open reads a path that ends with a zero byte.
        let fd = unsafe { open(name.as_ptr(), access | libc::O_CLOEXEC) };
        match check(fd, || text!("opening {path:?}")) {
            // A signal has interrupted a slow file system.
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            // SAFETY: S6: open has just made it, so it has no other owner.
            opened => return opened.map(|fd| unsafe { File::from_raw_fd(fd) }),
        }
    }
}
