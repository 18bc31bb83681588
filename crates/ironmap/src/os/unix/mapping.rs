//! The system calls that map, move and unmap memory.
//!
//! # Safety
//!
//! The functions that take an address are unsafe: they ask for a block of
//! memory that one of our regions has mapped (SAFETY.md: S4).

#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::ptr::{self, NonNull};

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::mmap;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::mmap64 as mmap;

use super::{EINVAL, RawFile, check, last_error, off_t, page_size};
use crate::error::{Error, Result};

/// `mmap(NULL, len, protection, flags, fd, file_offset)`.
///
/// An unaligned file offset is `EINVAL` on every system. Linux and macOS refuse it themselves; the
/// BSDs would return an address inside a page.
///
/// # Safety
///
/// `flags` has none of [`MAP_AT_ADDRESS`], so the new mapping replaces nothing.
pub(crate) unsafe fn map(
    len: usize,
    protection: c_int,
    flags: c_int,
    fd: RawFile,
    file_offset: u64,
) -> Result<NonNull<u8>> {
    let what = || text!("mmap of {len} bytes at file offset {file_offset}");
    let offset = match off_t::try_from(file_offset) {
        Ok(offset) if file_offset % page_size() as u64 == 0 => offset,
        Ok(_) => return Err(Error::os(what(), EINVAL)),
        Err(_) => return Err(Error::os(what(), libc::EOVERFLOW)),
    };
    // SAFETY: S5, the caller's promise: mmap then takes only unused addresses.
    let start = unsafe { mmap(ptr::null_mut(), len, protection, flags, fd, offset) };
    if start == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    NonNull::new(start.cast()).ok_or_else(|| Error::os(what(), libc::ENOMEM))
}

/// `mmap(start, len, protection, flags | MAP_FIXED, fd, file_offset)`: maps a part of a file over
/// a block.
///
/// # Safety
///
/// The block is whole pages of one region's mapping, or of zeros that replace it, and nothing uses
/// it meanwhile.
pub(crate) unsafe fn map_over(start: *mut u8, source: &super::Source) -> Result<()> {
    let super::Source {
        len,
        protection,
        flags,
        fd,
        file_offset,
    } = *source;
    let what = || text!("mmap of {len} bytes at file offset {file_offset} in their old place");
    let Ok(offset) = off_t::try_from(file_offset) else {
        return Err(Error::os(what(), libc::EOVERFLOW));
    };
    let flags = flags | libc::MAP_FIXED;
    // SAFETY: S4, the caller's promise.
    let at = unsafe { mmap(start.cast(), len, protection, flags, fd, offset) };
    if at == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    Ok(())
}

/// `munmap(start, len)`.
///
/// # Safety
///
/// The block is (a part of) one region's mapping, and no one uses it again.
pub(crate) unsafe fn unmap(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    let result = unsafe { libc::munmap(start.cast(), len) };
    check(result, || text!("munmap of {len} bytes")).map(drop)
}

/// `mremap(start, from, to, MREMAP_MAYMOVE)`.
///
/// # Safety
///
/// The block is the whole mapping of one region, and no one uses its old
/// address again.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn remap(start: NonNull<u8>, from: usize, to: usize) -> Result<NonNull<u8>> {
    let what = || text!("mremap of {from} to {to} bytes");
    // SAFETY: S4, the caller's promise; without a fixed address the new place
    // is an unused one (S5).
    let moved = unsafe { libc::mremap(start.as_ptr().cast(), from, to, libc::MREMAP_MAYMOVE) };
    if moved == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    NonNull::new(moved.cast()).ok_or_else(|| Error::os(what(), libc::ENOMEM))
}

/// This system has no `mremap` (that of NetBSD is another call).
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn remap(_start: NonNull<u8>, _from: usize, _to: usize) -> Result<NonNull<u8>> {
    Err(Error::new(crate::error::Cause::Unsupported {
        what: "mremap",
    }))
}

/// `msync(start, len, flags)`, which needs no file.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn sync(
    start: *mut u8,
    len: usize,
    flags: c_int,
    _file: Option<RawFile>,
) -> Result<()> {
    // SAFETY: S4, the caller's promise; msync changes no byte of the map that
    // the file does not hold.
    let result = unsafe { libc::msync(start.cast(), len, flags) };
    check(result, || {
        text!("msync of {len} bytes with flags {flags:#x}")
    })
    .map(drop)
}

/// `madvise(start, len, advice)`.
///
/// # Safety
///
/// The block is a part of one region's mapping, and the advice leaves all of
/// it mapped and accessible.
pub(crate) unsafe fn advise(start: *mut u8, len: usize, advice: c_int) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    let result = unsafe { libc::madvise(start.cast(), len, advice) };
    check(result, || {
        text!("madvise of {len} bytes with advice {advice}")
    })
    .map(drop)
}

/// `madvise(NULL, 0, advice)`: returns whether the system knows the advice.
pub(crate) fn knows_advice(advice: c_int) -> bool {
    // SAFETY: the call names no memory.
    unsafe { libc::madvise(ptr::null_mut(), 0, advice) == 0 }
}

/// `prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, len, name)`.
///
/// # Safety
///
/// The block is a part of one region's mapping.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) unsafe fn set_name(start: *mut u8, len: usize, name: &CStr) -> Result<()> {
    let option = libc::PR_SET_VMA_ANON_NAME as libc::c_ulong;
    // SAFETY: S4; the kernel copies the name, which ends with a zero byte.
    let result = unsafe { libc::prctl(libc::PR_SET_VMA, option, start, len, name.as_ptr()) };
    check(result, || text!("naming {len} bytes {name:?}")).map(drop)
}

/// This system has no names for mappings.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) unsafe fn set_name(_start: *mut u8, _len: usize, _name: &CStr) -> Result<()> {
    Err(Error::new(crate::error::Cause::Unsupported {
        what: "names for mappings",
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use super::super::{MADV_NORMAL, MAP_ANON, MAP_PRIVATE, MS_SYNC, PROT_READ};
    use super::*;
    use crate::os::failing::fails_with;

    /// Inside a page, so no call accepts it as the start of a block.
    const UNALIGNED: *mut u8 = ptr::without_provenance_mut(1);

    #[test]
    fn map_needs_a_length_and_an_aligned_offset() {
        let map = |len, offset| unsafe { map(len, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, offset) };
        fails_with(map(0, 0), EINVAL, "mmap of 0 bytes at file offset 0 failed");
        fails_with(
            map(10, 1),
            EINVAL,
            "mmap of 10 bytes at file offset 1 failed",
        );
        fails_with(
            map(10, u64::MAX),
            libc::EOVERFLOW,
            "mmap of 10 bytes at file offset 18446",
        );
        // Half of a 32-bit address space can be free.
        let most = usize::MAX - page_size();
        fails_with(map(most, 0), libc::ENOMEM, "mmap of ");
    }

    #[test]
    fn unmap_needs_a_page() {
        fails_with(
            unsafe { unmap(UNALIGNED, 1) },
            EINVAL,
            "munmap of 1 bytes failed",
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn remap_needs_a_page() {
        let start = NonNull::new(UNALIGNED).unwrap();
        fails_with(
            unsafe { remap(start, 1, 2) },
            EINVAL,
            "mremap of 1 to 2 bytes failed",
        );
    }

    #[test]
    fn sync_needs_a_page() {
        let result = unsafe { sync(UNALIGNED, 1, MS_SYNC, None) };
        fails_with(result, EINVAL, "msync of 1 bytes with flags 0x");
    }

    #[test]
    fn advise_needs_a_page_and_known_advice() {
        let result = unsafe { advise(UNALIGNED, 1, MADV_NORMAL) };
        fails_with(result, EINVAL, "madvise of 1 bytes with advice 0 failed");
        let result = unsafe { advise(ptr::null_mut(), 0, -1) };
        fails_with(result, EINVAL, "madvise of 0 bytes with advice -1 failed");
        assert!(knows_advice(MADV_NORMAL) && !knows_advice(-1));
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn set_name_needs_a_page() {
        let result = unsafe { set_name(UNALIGNED, 1, c"name") };
        fails_with(result, EINVAL, "naming 1 bytes \"name\" failed");
    }
}
