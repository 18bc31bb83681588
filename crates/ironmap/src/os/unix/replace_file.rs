//! Replacement of a part of a region's mapping by a part of a file.
//!
//! The file is mapped elsewhere first: a file that refuses changes nothing. On Linux the
//! new mapping is then moved over the old one. The old one is marked before, by advice that no
//! other mapping has (`VmFlags` of `/proc/self/smaps`): the marks tell whether a move that
//! failed has unmapped it.
//!
//! # Safety
//!
//! [`replace_by_file`] asks for a block of whole pages of one region's mapping (SAFETY.md: S4).
//! It alone has its new mapping until that is moved.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::NonNull;

use sigbus_guard::os::replace::Left;
#[cfg(target_os = "linux")]
use sigbus_guard::os::replace::what_is_left;

#[cfg(target_os = "linux")]
use super::last_error;
#[cfg(target_os = "linux")]
use super::marks;
use super::{RawFile, map, unmap};
#[cfg(not(target_os = "linux"))]
use crate::error::Cause;
use crate::error::{Error, Result};

/// The arguments of [`map`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source {
    pub(crate) len: usize,
    pub(crate) protection: c_int,
    pub(crate) flags: c_int,
    pub(crate) fd: RawFile,
    pub(crate) file_offset: u64,
}

impl Source {
    fn map(&self) -> Result<NewMapping> {
        // SAFETY: the caller of `replace_by_file` promises flags without a fixed address.
        let start = unsafe {
            map(
                self.len,
                self.protection,
                self.flags,
                self.fd,
                self.file_offset,
            )
        }?;
        Ok(NewMapping {
            start,
            len: self.len,
        })
    }
}

/// A mapping without a user yet; unmapped on drop.
struct NewMapping {
    start: NonNull<u8>,
    len: usize,
}

impl Drop for NewMapping {
    fn drop(&mut self) {
        // SAFETY: it was mapped by `Source::map`, and nothing has its address.
        let _ = unsafe { unmap(self.start.as_ptr(), self.len) };
    }
}

/// Maps the file over a block. Calls `prepare` before that with the address of the new mapping;
/// `prepare` can refuse it.
///
/// # Errors
///
/// The error, and what it leaves in the place of the block.
///
/// # Safety
///
/// The block at `place` is whole pages of one region's mapping, which `source.flags` have
/// made. On `Left::Lost` it is the region's no more.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn replace_by_file(
    place: *mut u8,
    source: &Source,
    prepare: impl FnOnce(*mut u8) -> Result<()>,
) -> Result<(), (Error, Left)> {
    let refused = |error| (error, Left::Old);
    let new = source.map().map_err(refused)?;
    prepare(new.start.as_ptr()).map_err(refused)?;
    // SAFETY: S4, the caller's promise.
    if let Err(error) = unsafe { marks::set(place, source.len) } {
        // SAFETY: S4, the caller's promise.
        unsafe { marks::clear(place, source.len) };
        return Err(refused(error));
    }
    let (from, len) = (new.start, source.len);
    // SAFETY: S4, the caller's promise; `new` is a whole mapping of this function's.
    let Err(error) = (unsafe { move_over(from, len, place) }) else {
        std::mem::forget(new);
        return Ok(());
    };
    let errno = error.raw_os_error().unwrap_or(super::EIO);
    // SAFETY: S4, the caller's promise.
    let failed = unsafe { what_is_left(place.addr(), len, source.protection, errno) };
    let left = match failed.left {
        Left::Old if !marks::are_set(place.addr(), len) => Left::Lost,
        left => left,
    };
    if left == Left::Old {
        // SAFETY: S4: the block still belongs to the region.
        unsafe { marks::clear(place, len) };
    }
    Err((error, left))
}

/// True if there is a call for [`move_over`].
pub(crate) const CAN_MOVE_OVER: bool = cfg!(target_os = "linux");

/// `mremap(from, len, len, MREMAP_MAYMOVE | MREMAP_FIXED, to)`: moves a mapping over another.
/// After an error the first is where it was, and the second may be gone.
///
/// # Safety
///
/// Both blocks are whole pages of the caller, and only the caller uses the first.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn move_over(from: NonNull<u8>, len: usize, to: *mut u8) -> Result<()> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let place = to.cast::<libc::c_void>();
    // SAFETY: S4, the caller's promise.
    let at = unsafe { libc::mremap(from.as_ptr().cast(), len, len, flags, place) };
    if at == libc::MAP_FAILED {
        return Err(last_error(|| text!("mremap of {len} bytes over others")));
    }
    Ok(())
}

/// This system has no `mremap`.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn move_over(_from: NonNull<u8>, _len: usize, _to: *mut u8) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "mremap" }))
}

/// Maps the file over a block. Without `mremap` the file is mapped elsewhere first, only to see
/// whether that succeeds.
///
/// # Errors
///
/// The error, and what it leaves in the place of the block.
///
/// # Safety
///
/// The block at `place` is whole pages of one region's mapping, which `source.flags` have
/// made. On `Left::Lost` it is the region's no more.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn replace_by_file(
    place: *mut u8,
    source: &Source,
    prepare: impl FnOnce(*mut u8) -> Result<()>,
) -> Result<(), (Error, Left)> {
    drop(source.map().map_err(|error| (error, Left::Old))?);
    // SAFETY: S4, the caller's promise.
    unsafe { super::map_over(place, source) }.map_err(|error| {
        // Whether the old mapping is still there is not known.
        // SAFETY: S4, the caller's promise.
        let hole = unsafe { super::fill_hole(place.addr(), source.len, source.protection) };
        let filled = hole == super::Hole::Filled;
        (error, if filled { Left::Zeros } else { Left::Lost })
    })?;
    // The file is mapped, so a refusal comes too late.
    let _ = prepare(place);
    Ok(())
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
