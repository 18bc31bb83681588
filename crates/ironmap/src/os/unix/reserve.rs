//! The system calls behind the quarantine of addresses.
//!
//! # Safety
//!
//! As in `mapping.rs`: each function asks for a block of memory that one of our regions
//! has mapped, or had (SAFETY.md: S4, S9).
#![allow(unsafe_code)]

use std::ptr::NonNull;

pub(crate) use libc::MADV_DONTNEED;

#[cfg(target_os = "linux")]
use super::last_error;
use crate::error::Result;

#[cfg(not(target_os = "linux"))]
use crate::error::{Cause, Error};

/// `mremap(start, from, to, 0)`: makes a mapping longer where it is.
///
/// # Safety
///
/// The block is the whole mapping of one region.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn stretch(start: NonNull<u8>, from: usize, to: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; what lies after the mapping is taken only
    // if nobody has it (S5).
    let at = unsafe { libc::mremap(start.as_ptr().cast(), from, to, 0) };
    if at == libc::MAP_FAILED {
        let what = || text!("mremap of {from} to {to} bytes in their place");
        return Err(last_error(what));
    }
    Ok(())
}

/// This system has no `mremap`.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn stretch(_start: NonNull<u8>, _from: usize, _to: usize) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "mremap" }))
}

/// True if a page of zeros is in memory exactly if it was used. Not known of other systems.
pub(crate) const MEMORY_TELLS_OF_USE: bool = cfg!(any(target_os = "linux", target_os = "android"));

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use libc::EINVAL;

    use super::*;
    use crate::os::failing::fails_with;

    /// Inside a page, so no call accepts it as the start of a block.
    const UNALIGNED: *mut u8 = std::ptr::without_provenance_mut(1);

    #[cfg(target_os = "linux")]
    #[test]
    fn stretch_needs_a_page() {
        let result = unsafe { stretch(NonNull::new(UNALIGNED).unwrap(), 1, 2) };
        fails_with(result, EINVAL, "mremap of 1 to 2 bytes in their place");
    }
}
