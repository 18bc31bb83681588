//! The system calls that replace one mapping by another.
//!
//! A call that replaces a mapping can fail after it has unmapped the old one. Then the
//! addresses are free, and another thread can map something there. So each function returns
//! what it has left (SAFETY.md, "Calls that replace a mapping").
//!
//! A signal handler calls them, so they allocate nothing, and on Linux they are bare system
//! calls: musl's wrappers of `mmap` and `mremap` wait for a lock.
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

use libc::{MAP_ANON, MAP_FIXED, MAP_PRIVATE, PROT_READ};

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use libc::MAP_NORESERVE;
/// The BSDs reserve nothing.
#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
const MAP_NORESERVE: c_int = 0;

/// The flag that takes addresses only if they are free. A system without it takes an address
/// without `MAP_FIXED` if it is free, and another one if not.
#[cfg(target_os = "linux")]
const IF_FREE: c_int = libc::MAP_FIXED_NOREPLACE;
/// `MAP_FIXED_NOREPLACE`, which the libc crate does not have for Android.
#[cfg(target_os = "android")]
const IF_FREE: c_int = 0x10_0000;
#[cfg(target_os = "freebsd")]
const IF_FREE: c_int = MAP_FIXED | libc::MAP_EXCL;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
const IF_FREE: c_int = 0;

/// A mapping was not replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotReplaced {
    /// The number of the failure.
    pub errno: c_int,
    /// The state of the addresses.
    pub left: Left,
}

/// The state of the addresses after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The old mapping.
    Old,
    /// Zeros: the old mapping was gone, and they were mapped instead.
    Zeros,
    /// Nothing, or a mapping of another thread.
    Lost,
}

/// `mmap(start, len, protection, sharing | MAP_ANONYMOUS | MAP_FIXED, -1, 0)`: maps zeros over
/// a block. `sharing` is `MAP_PRIVATE` or `MAP_SHARED`.
///
/// # Errors
///
/// The old mapping is left, or lost.
///
/// # Safety
///
/// The block is made of whole pages of one region's mapping.
pub unsafe fn cover(
    start: usize,
    len: usize,
    protection: c_int,
    sharing: c_int,
) -> Result<(), NotReplaced> {
    // SAFETY: S4, the caller's promise.
    if unsafe { map_zeros(start, len, protection, sharing | MAP_FIXED) } == Some(start) {
        return Ok(());
    }
    let errno = last_errno();
    // SAFETY: S4, the caller's promise.
    match unsafe { what_is_left(start, len, protection, errno) } {
        NotReplaced {
            left: Left::Zeros, ..
        } => Ok(()),
        failed => Err(failed),
    }
}

/// Returns the state of a block after a call that should have replaced it has failed. Maps zeros
/// if nothing is left there.
///
/// If the old mapping seems to be left, another thread may have mapped the same addresses after
/// the call had unmapped them.
///
/// # Safety
///
/// The block was whole pages of one region's mapping.
pub unsafe fn what_is_left(
    start: usize,
    len: usize,
    protection: c_int,
    errno: c_int,
) -> NotReplaced {
    // SAFETY: S4, the caller's promise.
    let left = if unsafe { is_mapped(start, len) } {
        Left::Old
    } else {
        // SAFETY: S4, the caller's promise.
        match unsafe { fill_hole(start, len, protection) } {
            Hole::Filled => Left::Zeros,
            Hole::Taken | Hole::NoRoom => Left::Lost,
        }
    };
    NotReplaced { errno, left }
}

/// The result of filling a hole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    /// Zeros are mapped there.
    Filled,
    /// Something else is mapped there, or in a part of it.
    Taken,
    /// The system has no memory for it.
    NoRoom,
}

/// `mmap(start, len, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE)`: maps
/// zeros where nothing is mapped. If the system has no room for writable memory
/// (`RLIMIT_DATA`, strict overcommit), they are read-only.
///
/// # Safety
///
/// The block is whole pages of one region's, or was before a fork or a call that failed.
pub unsafe fn fill_hole(start: usize, len: usize, protection: c_int) -> Hole {
    for protection in [protection, PROT_READ] {
        // SAFETY: S5: it replaces nothing.
        match unsafe { map_zeros(start, len, protection, MAP_PRIVATE | IF_FREE) } {
            Some(at) if at == start => return Hole::Filled,
            // A system that does not know the flag takes another place.
            Some(at) => {
                // SAFETY: S4: it was mapped just now.
                unsafe { libc::munmap(without_provenance_mut(at), len) };
                return Hole::Taken;
            }
            None if last_errno() == libc::EEXIST => return Hole::Taken,
            None => {}
        }
    }
    Hole::NoRoom
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

/// `mremap(zeros, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to)`, then `mprotect`: moves readable
/// zeros over other pages. After a failure they are where they were.
///
/// # Safety
///
/// `zeros` are as many pages of a mapping of the caller, and `to` of a region.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn move_zeros(
    zeros: usize,
    to: &Range<usize>,
    protection: c_int,
) -> Result<(), NotReplaced> {
    let (start, len) = (to.start, to.len());
    let flags = libc::c_long::from(libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED);
    // SAFETY: S4, the caller's promise.
    let at = unsafe { libc::syscall(libc::SYS_mremap, zeros, len, len, flags, start) };
    if at as usize != start {
        let errno = last_errno();
        // SAFETY: S4, the caller's promise.
        return Err(unsafe { what_is_left(start, len, protection, errno) });
    }
    if protection != PROT_READ {
        // SAFETY: S4: the pages are the region's.
        unsafe { libc::mprotect(without_provenance_mut(start), len, protection) };
    }
    Ok(())
}

/// Returns whether all of a block is mapped: `msync(start, len, MS_ASYNC)`, which only fails if a
/// page is not.
///
/// # Safety
///
/// The block is whole pages of one region's, or was before a fork or a call that failed.
#[cfg(target_os = "linux")]
pub unsafe fn is_mapped(start: usize, len: usize) -> bool {
    let flags = libc::c_long::from(libc::MS_ASYNC);
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { libc::syscall(libc::SYS_msync, start, len, flags) };
    result == 0 || last_errno() != libc::ENOMEM
}

/// Returns whether all of a block is mapped: `msync(start, len, MS_ASYNC)` of the C library. POSIX
/// has it fail with ENOMEM if a page is not mapped.
///
/// # Safety
///
/// The block is whole pages of one region's, or was before a fork or a call that failed.
#[cfg(not(target_os = "linux"))]
pub unsafe fn is_mapped(start: usize, len: usize) -> bool {
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { libc::msync(without_provenance_mut(start), len, libc::MS_ASYNC) };
    result == 0 || last_errno() != libc::ENOMEM
}

/// Returns `errno`, without an allocation.
pub(crate) fn last_errno() -> c_int {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use libc::PROT_WRITE;

    use super::*;
    use crate::os::page_size;

    #[cfg_attr(miri, ignore = "addresses by number")]
    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn fill_hole_fills_only_holes() {
        let page = page_size();
        let flags = MAP_PRIVATE | MAP_ANON;
        let place = std::ptr::null_mut();
        let map = unsafe { libc::mmap(place, 3 * page, PROT_READ, flags, -1, 0) };
        assert_ne!(map, libc::MAP_FAILED);
        let start = map.addr();
        let [whole, middle] = [(start, 3 * page), (start + page, page)];
        assert!(unsafe { is_mapped(whole.0, whole.1) });
        assert_eq!(
            unsafe { fill_hole(whole.0, whole.1, PROT_WRITE) },
            Hole::Taken
        );
        unsafe { libc::munmap(without_provenance_mut(middle.0), middle.1) };
        assert!(!unsafe { is_mapped(whole.0, whole.1) });
        assert!(!unsafe { is_mapped(middle.0, middle.1) });
        assert_eq!(
            unsafe { fill_hole(whole.0, whole.1, PROT_WRITE) },
            Hole::Taken
        );
        assert_eq!(
            unsafe { fill_hole(middle.0, middle.1, PROT_WRITE) },
            Hole::Filled
        );
        assert!(unsafe { is_mapped(whole.0, whole.1) });
        unsafe { libc::munmap(map, 3 * page) };
    }

    #[cfg_attr(miri, ignore = "addresses by number")]
    #[test]
    fn fill_hole_of_all_addresses_has_no_room() {
        let most = usize::MAX & !(page_size() - 1);
        assert_eq!(unsafe { fill_hole(0, most, PROT_WRITE) }, Hole::NoRoom);
    }
}
