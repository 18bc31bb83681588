//! The system calls that map and unmap what the fault handler keeps for when it gets no
//! mapping.
//!
//! # Safety
//!
//! A spare mapping is its owner's alone (SAFETY.md: G8).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::without_provenance_mut;

use super::unix::{MADV_RANDOM, MADV_SEQUENTIAL, advise, map};
use super::{MAP_ANON, MAP_PRIVATE, NO_FILE, PROT_NONE, PROT_READ, page_size};
use crate::error::Result;

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
    let advised = unsafe { advise(without_provenance_mut(at), page, advice) };
    // SAFETY: G8: mapped just now.
    advised.inspect_err(|_| unsafe { give_up(at, page) })?;
    Ok(at)
}

/// `mmap`: maps zeros that can be loaded. They cost address space and no memory.
pub(crate) fn spare_zeros(len: usize) -> Result<usize> {
    spare(len, PROT_READ)
}

fn spare(len: usize, protection: c_int) -> Result<usize> {
    let flags = MAP_PRIVATE | MAP_ANON | libc::MAP_NORESERVE;
    // SAFETY: S5: the flags ask for no address.
    let start = unsafe { map(len, protection, flags, NO_FILE, 0) }?;
    Ok(start.addr().get())
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
