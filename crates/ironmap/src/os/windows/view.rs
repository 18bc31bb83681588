//! Section views: the parts of sections that are in the address space.
//!
//! # Safety
//!
//! The functions that take an address are unsafe: they ask for a block of
//! memory that one of our regions has mapped (SAFETY.md: S4).

#![allow(unsafe_code)]

use std::ffi::CStr;
use std::mem::{MaybeUninit, size_of};
use std::ptr::NonNull;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Memory::{
    FILE_MAP_COPY, FILE_MAP_READ, FILE_MAP_WRITE, FlushViewOfFile, MEM_COMMIT,
    MEMORY_BASIC_INFORMATION, MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile, UnmapViewOfFile,
    VirtualQuery,
};

use super::file::flush;
use super::{
    EINVAL, MAP_SHARED, MS_SYNC, PROT_WRITE, RawFile, check, halves, last_error, unsupported,
};
use crate::error::{Error, Result};

/// `MapViewOfFile(section, access, file_offset, len)`. The system chooses the address. A length of
/// 0, which means the rest of the section to it, is refused.
///
/// # Safety
///
/// None is needed; the signature is that of the systems where a mapping can
/// replace another.
pub(crate) unsafe fn map(
    len: usize,
    protection: i32,
    flags: i32,
    section: RawFile,
    file_offset: u64,
) -> Result<NonNull<u8>> {
    let what = || text!("MapViewOfFile of {len} bytes at file offset {file_offset}");
    if len == 0 {
        return Err(Error::os(what(), EINVAL));
    }
    let access = match (flags & MAP_SHARED != 0, protection & PROT_WRITE != 0) {
        (false, _) => FILE_MAP_COPY,
        (true, true) => FILE_MAP_WRITE,
        (true, false) => FILE_MAP_READ,
    };
    let (high, low) = halves(file_offset);
    // SAFETY: S5: a new section view takes only unused addresses.
    let view = unsafe { MapViewOfFile(section as HANDLE, access, high, low, len) };
    NonNull::new(view.Value.cast()).ok_or_else(|| last_error(what))
}

/// `UnmapViewOfFile(start)`.
///
/// # Safety
///
/// The block is one region's mapping, and no one uses it again.
pub(crate) unsafe fn unmap(start: *mut u8, len: usize) -> Result<()> {
    let view = MEMORY_MAPPED_VIEW_ADDRESS {
        Value: start.cast(),
    };
    // SAFETY: S4, the caller's promise.
    let result = unsafe { UnmapViewOfFile(view) };
    check(result, || text!("UnmapViewOfFile of {len} bytes"))
}

/// `FlushViewOfFile(start, len)`, which starts the writing, and with `MS_SYNC`
/// `FlushFileBuffers(file)`, which waits for it.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn sync(
    start: *mut u8,
    len: usize,
    flags: i32,
    file: Option<RawFile>,
) -> Result<()> {
    // SAFETY: S4, the caller's promise; no byte of the map is changed.
    let result = unsafe { FlushViewOfFile(start.cast(), len) };
    check(result, || text!("FlushViewOfFile of {len} bytes"))?;
    match file {
        Some(file) if flags == MS_SYNC => flush(file),
        _ => Ok(()),
    }
}

/// `VirtualQuery(start)`: returns whether all of a block is memory. A section of another process can
/// be addresses without memory.
pub(crate) fn is_committed(start: *const u8, len: usize) -> bool {
    let mut found = MaybeUninit::<MEMORY_BASIC_INFORMATION>::zeroed();
    let size = size_of::<MEMORY_BASIC_INFORMATION>();
    // SAFETY: the call writes one structure, for which there is room, and does
    // not touch what it is asked about.
    unsafe { VirtualQuery(start.cast(), found.as_mut_ptr(), size) };
    // SAFETY: all zero bits are such a structure, too.
    let found = unsafe { found.assume_init() };
    found.State == MEM_COMMIT && found.RegionSize >= len
}

/// Windows names sections, not mappings.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
pub(crate) unsafe fn set_name(_start: *mut u8, _len: usize, _name: &CStr) -> Result<()> {
    unsupported("names for mappings")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use windows_sys::Win32::Foundation::{
        ERROR_ACCESS_DENIED, ERROR_INVALID_ADDRESS, ERROR_MAPPED_ALIGNMENT,
    };

    use super::super::{EBADF, NO_FILE, PROT_READ, allocation_granularity, create_section};
    use super::*;
    use crate::os::failing::{fails_with, fails_with_one_of};

    /// In no section view.
    const NOWHERE: *mut u8 = 0x1001 as *mut u8;

    #[test]
    fn map_needs_a_section_a_length_and_an_aligned_offset() {
        let made = create_section(NO_FILE, PROT_READ, MAP_SHARED, 1 << 20, None).unwrap();
        let section = made.section.as_raw();
        let map =
            |len, section, offset| unsafe { map(len, PROT_READ, MAP_SHARED, section, offset) };
        let says = "MapViewOfFile of 10 bytes at file offset ";
        fails_with(map(10, 0, 0), EBADF, says);
        let unaligned = ERROR_MAPPED_ALIGNMENT as i32;
        fails_with(map(10, section, 1), unaligned, says);
        let page = super::super::page_size() as u64;
        fails_with(map(10, section, page), unaligned, says);
        let codes = [ERROR_ACCESS_DENIED as i32, EINVAL];
        fails_with_one_of(map(10, section, 1 << 40), &codes, says);
        fails_with(map(0, section, 0), EINVAL, "MapViewOfFile of 0 bytes");
        let granularity = allocation_granularity();
        // Another test may map the same address at once.
        let is_gone = (0..100).any(|_| {
            let start = map(10, section, granularity as u64).unwrap().as_ptr();
            assert!(is_committed(start, 10));
            unsafe { unmap(start, 10) }.unwrap();
            !is_committed(start, 10)
        });
        assert!(is_gone);
    }

    #[test]
    fn unmap_and_sync_need_a_view() {
        let code = ERROR_INVALID_ADDRESS as i32;
        let result = unsafe { unmap(NOWHERE, 1) };
        fails_with(result, code, "UnmapViewOfFile of 1 bytes failed");
        let result = unsafe { sync(NOWHERE, 1, MS_SYNC, None) };
        fails_with_one_of(result, &[code, EINVAL], "FlushViewOfFile of 1 bytes failed");
    }

    #[test]
    fn set_name_is_unsupported() {
        let named = unsafe { set_name(NOWHERE, 1, c"name") };
        assert!(named.unwrap_err().is_unsupported());
    }
}
