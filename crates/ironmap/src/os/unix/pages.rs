//! The system calls about pages: residency, locks and protection.
//!
//! # Safety
//!
//! The functions that take an address are unsafe: they ask for a block of memory
//! that one of our regions has mapped (SAFETY.md: S4). The others fill in what
//! they have room for.

#![allow(unsafe_code)]

use std::ffi::c_int;
#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;

use super::limit::lockable;
use super::{RawFile, check};
use crate::error::{Cause, Error, Result};

/// `madvise(start, len, MADV_POPULATE_READ)`, or `MADV_POPULATE_WRITE` for a
/// `protection` with `PROT_WRITE`: maps every page.
///
/// # Safety
///
/// The block is a part of one region's mapping, which has this protection.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) unsafe fn populate(start: *mut u8, len: usize, protection: c_int) -> Result<()> {
    let advice = match protection & libc::PROT_WRITE {
        0 => libc::MADV_POPULATE_READ,
        _ => libc::MADV_POPULATE_WRITE,
    };
    // SAFETY: S4, the caller's promise: such advice changes no byte.
    unsafe { super::advise(start, len, advice) }
}

/// This system has no such advice.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have it.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) unsafe fn populate(_start: *mut u8, _len: usize, _protection: c_int) -> Result<()> {
    unsupported("call that maps pages ahead")
}

/// `mincore(start, len, pages)`: 1 for each page that is in memory, 0 for others.
///
/// # Safety
///
/// The block begins on a page, is a part of one region's mapping and has as many
/// pages as `pages` has places.
#[cfg(not(target_os = "openbsd"))]
pub(crate) unsafe fn in_memory(start: *mut u8, len: usize, pages: &mut [u8]) -> Result<()> {
    // SAFETY: S4, the caller's promise, which says that there is room for the answer.
    let result = unsafe { libc::mincore(start.cast(), len, pages.as_mut_ptr().cast()) };
    check(result, || text!("mincore of {len} bytes"))?;
    // The meaning of the other bits differs from system to system.
    pages.iter_mut().for_each(|page| *page &= 1);
    Ok(())
}

/// OpenBSD has removed `mincore`.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have it.
#[cfg(target_os = "openbsd")]
pub(crate) unsafe fn in_memory(_start: *mut u8, _len: usize, _pages: &mut [u8]) -> Result<()> {
    unsupported("mincore")
}

/// `mlock(start, len)`. The error names the limit.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn lock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { libc::mlock(start.cast(), len) };
    check(result, || match lockable() {
        Some(limit) => text!("mlock of {len} bytes, where RLIMIT_MEMLOCK is {limit} bytes,"),
        None => text!("mlock of {len} bytes"),
    })
    .map(drop)
}

/// Returns whether a failed lock is not due to the limit.
///
/// # Safety
///
/// The block is a part of one region's mapping.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) unsafe fn may_lock(start: *mut u8, len: usize, _failed: &Error) -> bool {
    // SAFETY: S4, the caller's promise.
    unsafe { lock_on_fault(start, len) }
}

/// `mlock2(start, len, MLOCK_ONFAULT)`: locks pages without reading them in. Returns whether it has
/// succeeded.
///
/// # Safety
///
/// The block is a part of one region's mapping.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) unsafe fn lock_on_fault(start: *mut u8, len: usize) -> bool {
    // Some supported C libraries are older than its name.
    // SAFETY: S4, the caller's promise; no byte is changed.
    unsafe {
        libc::syscall(
            libc::SYS_mlock2,
            start,
            len,
            libc::MLOCK_ONFAULT as libc::c_ulong,
        ) == 0
    }
}

/// Returns whether a failed lock is not due to the limit.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that can be asked.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) unsafe fn may_lock(_start: *mut u8, len: usize, _failed: &Error) -> bool {
    lockable().is_none_or(|limit| len as u64 <= limit)
}

/// `munlock(start, len)`.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn unlock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { libc::munlock(start.cast(), len) };
    check(result, || text!("munlock of {len} bytes")).map(drop)
}

/// `mprotect(start, len, protection)`. Windows needs the flags of the mapping.
///
/// # Safety
///
/// The block is the whole mapping of one region, and no one uses it in a way that
/// the protection forbids.
pub(crate) unsafe fn protect(
    start: *mut u8,
    len: usize,
    protection: c_int,
    _flags: c_int,
) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    let result = unsafe { libc::mprotect(start.cast(), len, protection) };
    check(result, || {
        text!("mprotect of {len} bytes with protection {protection:#x}")
    })
    .map(drop)
}

/// `madvise(start, len, MADV_DONTNEED)`: takes pages of a file out of the address
/// space until they are touched again.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn unload(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise: the block stays mapped and accessible.
    unsafe { super::advise(start, len, libc::MADV_DONTNEED) }
}

/// `posix_fadvise(fd, file_offset, len, POSIX_FADV_DONTNEED)`: lets the system drop whole pages of
/// this part of the file from its cache.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) fn drop_cached(fd: RawFile, file_offset: u64, len: usize) -> Result<()> {
    #[cfg(target_os = "freebsd")]
    use libc::posix_fadvise;
    #[cfg(not(target_os = "freebsd"))]
    use libc::posix_fadvise64 as posix_fadvise;
    let (offset, count) = (file_offset as i64, len as i64);
    // SAFETY: posix_fadvise takes numbers alone.
    let errno = unsafe { posix_fadvise(fd, offset, count, libc::POSIX_FADV_DONTNEED) };
    if errno == 0 {
        return Ok(());
    }
    let what = text!("posix_fadvise of {len} bytes at file offset {file_offset}");
    Err(Error::os(what, errno))
}

/// This system takes no advice about its cache.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
pub(crate) fn drop_cached(_fd: RawFile, _file_offset: u64, _len: usize) -> Result<()> {
    unsupported("way to drop a file's pages from memory")
}

/// The system's counts for a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DiskCounts {
    /// Grows with what was read from disks: by blocks and, for file systems without a disk, by
    /// faults.
    pub(crate) reads: u64,
    /// Grows each time the thread waits.
    pub(crate) waits: u64,
}

/// `getrusage(RUSAGE_THREAD)`.
#[cfg(target_os = "linux")]
pub(crate) fn disk_counts() -> Option<DiskCounts> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: getrusage writes one `rusage`, for which there is room.
    if unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: getrusage has succeeded and so has filled it in.
    let usage = unsafe { usage.assume_init() };
    Some(DiskCounts {
        reads: (usage.ru_inblock as u64).wrapping_add(usage.ru_majflt as u64),
        waits: usage.ru_nvcsw as u64,
    })
}

/// This system does not say, or the libc crate does not have its name.
#[cfg(not(target_os = "linux"))]
pub(crate) fn disk_counts() -> Option<DiskCounts> {
    None
}

// Linux has all of them.
#[cfg_attr(any(target_os = "linux", target_os = "android"), allow(dead_code))]
fn unsupported(what: &'static str) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use std::ptr;

    use super::*;
    use crate::os::failing::fails_with_one_of;
    use crate::os::{EBADF, EINVAL, page_size};

    /// Returns an address where no system maps anything.
    fn nowhere() -> *mut u8 {
        ptr::without_provenance_mut(usize::MAX & !(page_size() - 1))
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn populate_needs_a_mapping() {
        let result = unsafe { populate(nowhere(), 1, libc::PROT_READ) };
        let errnos = [EINVAL, libc::ENOMEM];
        fails_with_one_of(result, &errnos, "madvise of 1 bytes with advice 22 failed");
    }

    #[cfg(not(target_os = "openbsd"))]
    #[test]
    fn in_memory_needs_a_mapping() {
        let result = unsafe { in_memory(nowhere(), 1, &mut [0]) };
        let errnos = [EINVAL, libc::ENOMEM];
        fails_with_one_of(result, &errnos, "mincore of 1 bytes failed");
    }

    #[test]
    fn lock_unlock_and_protect_need_a_mapping() {
        let errnos = [EINVAL, libc::ENOMEM, libc::EPERM];
        let result = unsafe { lock(nowhere(), 1) };
        fails_with_one_of(result, &errnos, "mlock of 1 bytes");
        #[cfg(target_os = "linux")]
        assert!(!unsafe { may_lock(nowhere(), 1, &Error::new(Cause::NotReadable)) });
        let result = unsafe { unlock(nowhere(), 1) };
        fails_with_one_of(result, &errnos, "munlock of 1 bytes failed");
        let result = unsafe { protect(nowhere(), 1, libc::PROT_READ, 0) };
        let says = "mprotect of 1 bytes with protection 0x1 failed";
        fails_with_one_of(result, &errnos, says);
    }

    #[test]
    fn unload_needs_a_mapping() {
        let result = unsafe { unload(nowhere(), 1) };
        fails_with_one_of(result, &[EINVAL, libc::ENOMEM], "madvise of 1 bytes");
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
    #[test]
    fn drop_cached_needs_a_descriptor() {
        let says = "posix_fadvise of 10 bytes at file offset 4000 failed";
        fails_with_one_of(drop_cached(-1, 4000, 10), &[EBADF], says);
    }
}
