//! The system calls that map and unmap the spares of the handler.
//!
//! # Safety
//!
//! A spare mapping has one owner (SAFETY.md: G8).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr;

// The name that the rest of a program calls; where plain `off_t` has 32 bits, they are two.
#[cfg(not(target_env = "gnu"))]
use libc::mmap;
#[cfg(target_env = "gnu")]
use libc::mmap64 as mmap;
use libc::{
    MADV_RANDOM, MADV_SEQUENTIAL, MAP_ANON, MAP_NORESERVE, MAP_PRIVATE, PROT_NONE, PROT_READ,
};

use super::page_size;
use super::replace::last_errno;
use crate::error::{Error, Result, SystemCall};

/// `mmap`, then `madvise`: maps one inaccessible page as an area of its own.
///
/// The kernel joins equal neighbouring areas. So the advice differs from page to page, and from
/// that of other inaccessible pages. It has no other effect here.
pub(crate) fn spare_area() -> Result<usize> {
    let page = page_size();
    let at = spare(page, PROT_NONE)?;
    let advice = if at / page % 2 == 0 {
        MADV_RANDOM
    } else {
        MADV_SEQUENTIAL
    };
    // SAFETY: G8: mapped just now.
    let advised = unsafe { libc::madvise(ptr::without_provenance_mut(at), page, advice) };
    if advised == -1 {
        let error = last_error(SystemCall::Advise { len: page, advice });
        // SAFETY: G8: mapped just now.
        unsafe { give_up(at, page) };
        return Err(error);
    }
    Ok(at)
}

/// `mmap`: maps readable zeros. They cost address space and no memory.
pub(crate) fn spare_zeros(len: usize) -> Result<usize> {
    spare(len, PROT_READ)
}

fn spare(len: usize, protection: c_int) -> Result<usize> {
    let flags = MAP_PRIVATE | MAP_ANON | MAP_NORESERVE;
    // SAFETY: S5: the flags ask for no address.
    let start = unsafe { mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return Err(last_error(SystemCall::Map { len }));
    }
    Ok(start.addr())
}

/// `munmap`. Safe in a handler: it allocates nothing for an error, and does not call musl's
/// wrapper, which waits for a lock.
///
/// # Safety
///
/// The block is a spare mapping of the caller, or a part of one, and is not used again.
pub(crate) unsafe fn give_up(start: usize, len: usize) {
    // SAFETY: G8, the caller's promise. A mapping that stays does no harm.
    unsafe { libc::syscall(libc::SYS_munmap, start, len) };
}

#[cold]
fn last_error(call: SystemCall) -> Error {
    let errno = last_errno();
    Error::SystemCall { call, errno }
}
