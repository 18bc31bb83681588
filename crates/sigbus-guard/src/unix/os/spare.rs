//! The system calls that map and unmap what the fault handler keeps for when it gets no
//! mapping.
//!
//! # Safety
//!
//! A spare mapping is its owner's alone (SAFETY.md: G8).
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

/// `mmap`, then `madvise`: maps one page that cannot be used, as an area of its own.
///
/// The kernel joins neighbouring areas that are alike. So the advice differs from page to
/// page, and from that of other pages without access; it has no effect here.
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

/// `mmap`: maps zeros that can be loaded. They cost address space and no memory.
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

/// `munmap`. For handlers, too: nothing is allocated for an error, and musl's wrapper, which
/// waits for a lock, is not called.
///
/// # Safety
///
/// The block is (a part of) a spare mapping of the caller's, which does not use it again.
pub(crate) unsafe fn give_up(start: usize, len: usize) {
    // SAFETY: G8, the caller's promise. A mapping that stays harms nothing.
    unsafe { libc::syscall(libc::SYS_munmap, start, len) };
}

#[cold]
fn last_error(call: SystemCall) -> Error {
    let errno = last_errno();
    Error::SystemCall { call, errno }
}
