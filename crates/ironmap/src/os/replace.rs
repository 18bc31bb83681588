//! The system calls that put one mapping in the place of another.
//!
//! A call that replaces a mapping can fail after it has unmapped the old one. Then the
//! addresses are free, and another thread can map something there. So each function
//! says what it has left (SAFETY.md, "Calls that replace a mapping").
//!
//! A signal handler calls [`cover`] and [`move_over`], so they allocate nothing. `mmap`
//! is made as a bare system call on Linux, because musl's wrapper waits for a lock.
//!
//! # Safety
//!
//! Each function asks for a block of whole pages of one region's mapping (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::io;
#[cfg(target_os = "linux")]
use std::ops::Range;
use std::ptr::without_provenance_mut;

use libc::{MAP_ANON, MAP_FIXED, MAP_PRIVATE};

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use libc::MAP_NORESERVE;
/// The BSDs reserve nothing.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
const MAP_NORESERVE: c_int = 0;

/// What takes addresses only if they are free. Where there is no such flag, an address
/// without `MAP_FIXED` is taken if it is free, and another one if not.
#[cfg(any(target_os = "linux", target_os = "android"))]
const IF_FREE: c_int = libc::MAP_FIXED_NOREPLACE;
#[cfg(target_os = "freebsd")]
const IF_FREE: c_int = MAP_FIXED | libc::MAP_EXCL;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const IF_FREE: c_int = 0;

/// A mapping was not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotReplaced {
    pub(crate) errno: c_int,
    pub(crate) left: Left,
}

/// What is at the addresses then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// The old mapping.
    Old,
    /// Zeros of the process's own: the old mapping was gone.
    Zeros,
    /// Nothing, or a mapping of another thread's.
    Lost,
}

/// `mmap(start, len, protection, sharing | MAP_ANONYMOUS | MAP_FIXED, -1, 0)`: puts zeros
/// in the place of a block. `sharing` is `MAP_PRIVATE` or `MAP_SHARED`.
///
/// # Safety
///
/// The block is made of whole pages of one region's mapping.
pub(crate) unsafe fn cover(
    start: usize,
    len: usize,
    protection: c_int,
    sharing: c_int,
) -> Result<(), NotReplaced> {
    // SAFETY: S4, the caller's promise.
    if unsafe { map_zeros(start, len, protection, sharing | MAP_FIXED) } == Some(start) {
        return Ok(());
    }
    match what_is_left(start, len, protection, last_errno()) {
        NotReplaced {
            left: Left::Zeros, ..
        } => Ok(()),
        failed => Err(failed),
    }
}

/// After a call of [`cover`] or [`move_over`] that failed.
fn what_is_left(start: usize, len: usize, protection: c_int, errno: c_int) -> NotReplaced {
    let left = if is_mapped(start, len) {
        Left::Old
    } else if take_if_free(start, len, protection) {
        Left::Zeros
    } else {
        Left::Lost
    };
    NotReplaced { errno, left }
}

/// Maps zeros at addresses that nothing is mapped at; false if something is.
pub(crate) fn take_if_free(start: usize, len: usize, protection: c_int) -> bool {
    // SAFETY: the flags let it replace nothing.
    match unsafe { map_zeros(start, len, protection, MAP_PRIVATE | IF_FREE) } {
        Some(at) if at == start => true,
        // Systems that do not know the flag choose another place.
        Some(at) => {
            // SAFETY: it was mapped just now, and nobody has the address.
            unsafe { libc::munmap(without_provenance_mut(at), len) };
            false
        }
        None => false,
    }
}

/// # Safety
///
/// With `MAP_FIXED` in `flags` the block is whole pages of one region's mapping.
unsafe fn map_zeros(start: usize, len: usize, protection: c_int, flags: c_int) -> Option<usize> {
    let flags = flags | MAP_ANON | MAP_NORESERVE;
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        use libc::c_long;
        // The kernel reads all 64 bits of each argument.
        let (protection, flags) = (c_long::from(protection), c_long::from(flags));
        let (no_file, offset): (c_long, c_long) = (-1, 0);
        // SAFETY: S4, the caller's promise.
        let at = unsafe {
            libc::syscall(
                libc::SYS_mmap,
                start,
                len,
                protection,
                flags,
                no_file,
                offset,
            )
        };
        (at != -1).then_some(at as usize)
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        // SAFETY: S4, the caller's promise.
        let at =
            unsafe { libc::mmap(without_provenance_mut(start), len, protection, flags, -1, 0) };
        (at != libc::MAP_FAILED).then_some(at.addr())
    }
}

/// `mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to)`: moves a mapping to the
/// place of a block. After a failure the mapping is where it was.
///
/// Where the old mapping seems to be left, another thread may have mapped the same
/// addresses since the call has unmapped them.
///
/// # Safety
///
/// `from` is as many pages of a mapping of the caller's, and the block is of one region's
/// mapping.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn move_over(
    from: usize,
    len: usize,
    to: usize,
    protection: c_int,
) -> Result<(), NotReplaced> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let target: *mut libc::c_void = without_provenance_mut(to);
    // SAFETY: S4, the caller's promise.
    let at = unsafe { libc::mremap(without_provenance_mut(from), len, len, flags, target) };
    if at == target {
        return Ok(());
    }
    Err(what_is_left(to, len, protection, last_errno()))
}

/// Moves zeros that can be loaded to the place of other pages: [`move_over`], then
/// `mprotect`.
///
/// # Safety
///
/// `zeros` are as many pages of a mapping of the caller's, and `to` of a region's.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn move_zeros(
    zeros: usize,
    to: &Range<usize>,
    protection: c_int,
) -> Result<(), NotReplaced> {
    let (start, len) = (to.start, to.len());
    // SAFETY: S4, the caller's promise.
    unsafe { move_over(zeros, len, start, protection) }?;
    if protection != libc::PROT_READ {
        // SAFETY: S4: the pages are the region's.
        unsafe { libc::mprotect(without_provenance_mut(start), len, protection) };
    }
    Ok(())
}

/// `mincore` of the first and the last page: whether the addresses are mapped.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_mapped(start: usize, len: usize) -> bool {
    let page = super::page_size();
    [start, start + len - page].into_iter().all(|page_start| {
        let mut in_memory = 0;
        let place = without_provenance_mut(page_start);
        // SAFETY: it writes one byte for one page.
        let result = unsafe { libc::mincore(place, page, &raw mut in_memory) };
        result == 0 || last_errno() != libc::ENOMEM
    })
}

/// Other systems are taken to keep the old mapping (SAFETY.md).
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_mapped(_start: usize, _len: usize) -> bool {
    true
}

/// Reads `errno` and allocates nothing.
fn last_errno() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}
