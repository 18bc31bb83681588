//! The system calls about mappings.
//!
//! # Safety
//!
//! * M1: the callers of the functions that are `unsafe` pass whole pages of a mapping of their own.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::io::{Error, Result};
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

// File offsets have 64 bits everywhere; where plain `off_t` has 32, the C library offers second
// names.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{mmap, off_t};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{mmap64 as mmap, off64_t as off_t};

use crate::MmapOptions;

/// Returns the flags for maps of every kind.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn flags(options: &MmapOptions) -> c_int {
    let populate = if options.populate {
        libc::MAP_POPULATE
    } else {
        0
    };
    let no_reserve = if options.no_reserve_swap {
        libc::MAP_NORESERVE
    } else {
        0
    };
    populate | no_reserve
}

/// Returns the flags for maps of every kind.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn flags(options: &MmapOptions) -> c_int {
    #[cfg(any(target_vendor = "apple", target_os = "netbsd"))]
    if options.no_reserve_swap {
        return libc::MAP_NORESERVE;
    }
    let _ = options;
    0
}

/// Returns the flags for memory without a file.
pub(super) fn flags_of_memory(options: &MmapOptions) -> c_int {
    #[allow(unused_mut)]
    let mut flags = 0;
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    if options.stack {
        flags |= libc::MAP_STACK;
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(bits) = options.huge {
        flags |= libc::MAP_HUGETLB | (bits_of_huge_page(bits) as c_int) << libc::MAP_HUGE_SHIFT;
    }
    let _ = options;
    flags
}

/// Returns the logarithm of a size of huge pages as the system reads it: from a field of six bits
/// (`MAP_HUGE_MASK`, which not every C library has).
fn bits_of_huge_page(bits: u8) -> u8 {
    bits & 0x3f
}

/// Returns the size of the huge pages that the options ask for, if they do. Without a size that
/// is the default of the system, and 2 MiB if `/proc/meminfo` does not tell.
pub(super) fn huge_page_size(options: &MmapOptions) -> Option<usize> {
    if !cfg!(any(target_os = "linux", target_os = "android")) {
        return None;
    }
    match bits_of_huge_page(options.huge?) {
        0 => Some(default_huge_page_size().unwrap_or(2 << 20)),
        bits => 1usize.checked_shl(bits.into()),
    }
}

fn default_huge_page_size() -> Option<usize> {
    let about = std::fs::read_to_string("/proc/meminfo").ok()?;
    let mut lines = about.lines();
    let line = lines.find_map(|line| line.strip_prefix("Hugepagesize:"))?;
    let kibibytes: usize = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// `sysconf(_SC_PAGESIZE)`, once.
pub(super) fn page_size() -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            // SAFETY: sysconf touches no memory of ours.
            let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as usize;
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

/// `mmap` at an address that the system chooses.
pub(super) fn map(
    len: usize,
    protection: c_int,
    flags: c_int,
    fd: RawFd,
    offset: u64,
) -> Result<*mut u8> {
    // SAFETY: without an address and MAP_FIXED it replaces nothing.
    let start = unsafe { mmap(ptr::null_mut(), len, protection, flags, fd, offset as off_t) };
    if start == libc::MAP_FAILED {
        return Err(Error::last_os_error());
    }
    Ok(start.cast())
}

/// `munmap`.
///
/// # Safety
///
/// M1; nothing uses the pages any more.
pub(super) unsafe fn unmap(start: *mut u8, len: usize) {
    // SAFETY: the caller's promise. After a failure the mapping is left without an owner.
    unsafe { libc::munmap(start.cast(), len) };
}

/// `mprotect`.
///
/// # Safety
///
/// M1.
pub(super) unsafe fn protect(start: *mut u8, len: usize, protection: c_int) -> Result<()> {
    // SAFETY: the caller's promise.
    done(unsafe { libc::mprotect(start.cast(), len, protection) })
}

/// `msync`.
///
/// # Safety
///
/// M1.
pub(super) unsafe fn sync(start: *mut u8, len: usize, flags: c_int) -> Result<()> {
    // SAFETY: the caller's promise; it changes no byte of the map.
    done(unsafe { libc::msync(start.cast(), len, flags) })
}

/// `madvise`.
///
/// # Safety
///
/// M1; no bytes that the advice changes are borrowed.
pub(super) unsafe fn advise(start: *mut u8, len: usize, advice: c_int) -> Result<()> {
    // SAFETY: the caller's promise.
    done(unsafe { libc::madvise(start.cast(), len, advice) })
}

/// `mlock`.
///
/// # Safety
///
/// M1: pages of the mapping; `start` may be inside one.
pub(super) unsafe fn lock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise; it changes no byte.
    done(unsafe { libc::mlock(start.cast(), len) })
}

/// `munlock`.
///
/// # Safety
///
/// As for [`lock`].
pub(super) unsafe fn unlock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: the caller's promise; it changes no byte.
    done(unsafe { libc::munlock(start.cast(), len) })
}

/// `mremap`.
///
/// # Safety
///
/// M1; nothing borrows the bytes.
#[cfg(target_os = "linux")]
pub(super) unsafe fn remap(
    start: *mut u8,
    old: usize,
    new: usize,
    may_move: bool,
) -> Result<*mut u8> {
    let flags = if may_move { libc::MREMAP_MAYMOVE } else { 0 };
    // SAFETY: the caller's promise; without MREMAP_FIXED it replaces nothing.
    let moved = unsafe { libc::mremap(start.cast(), old, new, flags) };
    if moved == libc::MAP_FAILED {
        return Err(Error::last_os_error());
    }
    Ok(moved.cast())
}

/// `madvise` of nothing: returns whether the kernel knows the advice.
#[cfg(target_os = "linux")]
pub(crate) fn knows_advice(advice: c_int) -> bool {
    // SAFETY: no page is named.
    unsafe { libc::madvise(ptr::null_mut(), 0, advice) == 0 }
}

fn done(result: c_int) -> Result<()> {
    match result {
        0 => Ok(()),
        _ => Err(Error::last_os_error()),
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use super::*;

    #[test]
    fn huge_page_size_is_what_the_system_reads() {
        let size_of = |bits| huge_page_size(MmapOptions::new().huge(bits));
        assert_eq!(size_of(Some(21)), Some(2 << 20));
        assert_eq!(size_of(Some(64 + 21)), Some(2 << 20));
        assert_eq!(size_of(Some(64)), size_of(None));
        assert!(size_of(None).is_some_and(usize::is_power_of_two));
        assert_eq!(huge_page_size(&MmapOptions::new()), None);
    }
}
