//! Questions about a file.
//!
//! POSIX does not list `fstatvfs` among the functions that are safe in a handler. On the
//! systems we support it fills in its caller's memory from one system call.
//!
//! # Safety
//!
//! No call here touches memory of a map; each fills in a structure, for which there is room.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;

// File sizes have 64 bits everywhere; where plain `stat` has 32, the C library offers
// second names.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{fstat, stat};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{fstat64 as fstat, stat64 as stat};

use crate::guarded_region::{FileId, RawFile};

/// `fstat(fd)`: returns the identity and the size of a file.
pub(crate) fn size(fd: RawFile) -> Option<(FileId, u64)> {
    let mut status = MaybeUninit::<stat>::uninit();
    // SAFETY: fstat writes one `stat`, for which there is room.
    if unsafe { fstat(fd, status.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: fstat has succeeded and so has filled it in.
    let status = unsafe { status.assume_init() };
    let id = FileId {
        device: status.st_dev as _,
        inode: status.st_ino as _,
    };
    Some((id, status.st_size as _))
}

/// `fstatvfs(fd)`: returns whether its file system has no block left for us.
pub(crate) fn is_full(fd: RawFile) -> bool {
    let mut status = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: fstatvfs writes one `statvfs`, for which there is room.
    if unsafe { libc::fstatvfs(fd, status.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: fstatvfs has succeeded and so has filled it in.
    let status = unsafe { status.assume_init() };
    status.f_blocks > 0 && status.f_bavail == 0
}
