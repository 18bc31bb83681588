//! The system calls that keep addresses from others, and ask what became of them.
//!
//! # Safety
//!
//! As in `unix.rs`: each function asks for a block of memory that one of our regions
//! has mapped, or had (SAFETY.md: S4, S9).
#![allow(unsafe_code)]

use std::ptr::NonNull;

pub(crate) use libc::MADV_DONTNEED;

use super::signal;
use super::unix::last_error;
use crate::error::Result;

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::error::{Cause, Error};

/// `mmap(start, len, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED)`: puts
/// zeros of the process's own in the place of a block, whatever was there. They cost
/// memory where they are stored to.
///
/// # Safety
///
/// The block is made of whole pages of one region's mapping, which gives it up.
pub(crate) unsafe fn reserve(start: *mut u8, len: usize, protection: i32) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    if unsafe { signal::cover(start.addr(), len, protection) } {
        return Ok(());
    }
    Err(last_error(format!("mmap of zeros over {len} bytes")))
}

/// `mremap(start, from, to, 0)`: makes a mapping longer where it is.
///
/// # Safety
///
/// The block is the whole mapping of one region.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn stretch(start: NonNull<u8>, from: usize, to: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; what lies behind the mapping is taken only
    // if nobody has it (S5).
    let at = unsafe { libc::mremap(start.as_ptr().cast(), from, to, 0) };
    if at == libc::MAP_FAILED {
        return Err(last_error(format!(
            "mremap of {from} to {to} bytes in their place"
        )));
    }
    Ok(())
}

/// There is no `mremap` here.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn stretch(_start: NonNull<u8>, _from: usize, _to: usize) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "mremap" }))
}

/// `mincore(start, len, pages)`: the lowest bit of each of `pages` is whether that
/// page of the block is in memory.
///
/// # Safety
///
/// None is needed: the memory is asked about, not touched.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn in_memory(start: *mut u8, pages: &mut [u8]) -> Result<()> {
    let len = pages.len() * super::page_size();
    // SAFETY: it writes one byte for each page, for which there is room.
    let result = unsafe { libc::mincore(start.cast(), len, pages.as_mut_ptr()) };
    super::unix::check(result, || format!("mincore of {len} bytes")).map(drop)
}

/// What `mincore` says of pages that nobody touched is not known here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn in_memory(_start: *mut u8, _pages: &mut [u8]) -> Result<()> {
    Err(Error::new(Cause::Unsupported {
        what: "way to tell which pages were touched",
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use libc::{EINVAL, PROT_READ};

    use super::*;

    /// Inside a page, so no call accepts it as the start of a block.
    const UNALIGNED: *mut u8 = std::ptr::without_provenance_mut(1);

    #[track_caller]
    fn fails_with<T>(result: Result<T>, errno: i32, says: &str) {
        let error = result.err().expect("the call should fail");
        assert_eq!(error.raw_os_error(), Some(errno), "{error}");
        assert!(error.to_string().starts_with(says), "{error}");
    }

    #[test]
    fn reserve_needs_a_page() {
        let result = unsafe { reserve(UNALIGNED, 1, PROT_READ) };
        fails_with(result, EINVAL, "mmap of zeros over 1 bytes failed");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn stretch_needs_a_page() {
        let result = unsafe { stretch(NonNull::new(UNALIGNED).unwrap(), 1, 2) };
        fails_with(result, EINVAL, "mremap of 1 to 2 bytes in their place");
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn in_memory_needs_a_page() {
        fails_with(
            in_memory(UNALIGNED, &mut [0]),
            EINVAL,
            "mincore of 4096 bytes",
        );
    }
}
