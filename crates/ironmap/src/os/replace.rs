//! Putting one mapping in the place of another.
//!
//! # Safety
//!
//! As in `unix.rs`: the function asks for blocks that one of our regions has mapped
//! (SAFETY.md: S4, S9).
#![allow(unsafe_code)]

use std::ptr::NonNull;

#[cfg(target_os = "linux")]
use super::unix::last_error;
use crate::error::Result;
#[cfg(not(target_os = "linux"))]
use crate::error::{Cause, Error};

pub(crate) use libc::PROT_NONE;

/// Whether there is a call for it.
pub(crate) const CAN_MOVE_OVER: bool = cfg!(target_os = "linux");

/// `mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to)`: moves a mapping over another.
/// After an error the first is where it was, and the second may be gone.
///
/// # Safety
///
/// Both blocks are whole pages of the caller's, who alone uses the first.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn move_over(from: NonNull<u8>, len: usize, to: *mut u8) -> Result<()> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let place = to.cast::<libc::c_void>();
    // SAFETY: S4, S9: the caller's promise.
    let at = unsafe { libc::mremap(from.as_ptr().cast(), len, len, flags, place) };
    if at == libc::MAP_FAILED {
        return Err(last_error(|| format!("mremap of {len} bytes over others")));
    }
    Ok(())
}

/// There is no `mremap` here.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn move_over(_from: NonNull<u8>, _len: usize, _to: *mut u8) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "mremap" }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    #[cfg(target_os = "linux")]
    #[test]
    fn move_over_needs_a_page() {
        // Inside a page, so no call accepts it as the start of a block.
        let place = std::ptr::without_provenance_mut(1);
        let block = std::ptr::NonNull::new(place).unwrap();
        let result = unsafe { super::move_over(block, 1, place) };
        let says = "mremap of 1 bytes over others failed";
        crate::os::failing::fails_with(result, libc::EINVAL, says);
    }
}
