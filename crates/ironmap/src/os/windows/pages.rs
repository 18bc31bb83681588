//! The system calls about pages: residency, locks and protection.
//!
//! # Safety
//!
//! The functions that take an address are unsafe: they ask for a block of memory
//! that one of our regions has mapped (SAFETY.md: S4).

#![allow(unsafe_code)]

use std::mem::size_of_val;

use windows_sys::Win32::Foundation::{
    ERROR_NO_SYSTEM_RESOURCES, ERROR_NOT_LOCKED, ERROR_WORKING_SET_QUOTA, HANDLE,
};
use windows_sys::Win32::System::Memory::{
    PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY, PrefetchVirtualMemory, VirtualLock,
    VirtualProtect, VirtualUnlock, WIN32_MEMORY_RANGE_ENTRY,
};
use windows_sys::Win32::System::ProcessStatus::{
    K32QueryWorkingSetEx, PSAPI_WORKING_SET_EX_INFORMATION,
};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::{MADV_WILLNEED, MAP_SHARED, PROT_WRITE, RawFile, check, page_size, unsupported};
use crate::error::{self, Error, Result};

fn this_process() -> HANDLE {
    // SAFETY: GetCurrentProcess returns a constant.
    unsafe { GetCurrentProcess() }
}

/// Returns whether the system knows the advice.
pub(crate) fn knows_advice(advice: i32) -> bool {
    advice == MADV_WILLNEED
}

/// `PrefetchVirtualMemory(start, len)` for `MADV_WILLNEED`; other advice is unsupported.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn advise(start: *mut u8, len: usize, advice: i32) -> Result<()> {
    if advice != MADV_WILLNEED {
        return unsupported("such advice");
    }
    let block = WIN32_MEMORY_RANGE_ENTRY {
        VirtualAddress: start.cast(),
        NumberOfBytes: len,
    };
    // SAFETY: S4, the caller's promise; the call reads one entry and changes no byte.
    let result = unsafe { PrefetchVirtualMemory(this_process(), 1, &raw const block, 0) };
    check(result, || text!("PrefetchVirtualMemory of {len} bytes"))
}

/// Windows can prefetch pages but not map them ahead.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have it.
pub(crate) unsafe fn populate(_start: *mut u8, _len: usize, _protection: i32) -> Result<()> {
    unsupported("call that maps pages ahead")
}

/// The system's counts for a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DiskCounts {
    pub(crate) reads: u64,
    pub(crate) waits: u64,
}

/// Windows does not say.
pub(crate) fn disk_counts() -> Option<DiskCounts> {
    None
}

/// Never called: there are no counts.
pub(crate) fn read_and_drop(_fd: RawFile, _file_offset: u64, _len: usize) {}

/// `QueryWorkingSetEx`: 1 for each page that is in the working set, 0 for others.
///
/// # Safety
///
/// The block begins on a page, is a part of one region's mapping and has as many
/// pages as `pages` has places.
pub(crate) unsafe fn in_memory(start: *mut u8, len: usize, pages: &mut [u8]) -> Result<()> {
    let page = page_size();
    let about = |number| PSAPI_WORKING_SET_EX_INFORMATION {
        VirtualAddress: start.wrapping_add(number * page).cast(),
        ..Default::default()
    };
    let mut said = Vec::new();
    error::reserve(&mut said, pages.len())?;
    said.extend((0..pages.len()).map(about));
    let size = size_of_val(&said[..]) as u32;
    let place = said.as_mut_ptr().cast();
    // SAFETY: the call fills in the entries, of which there are `size` bytes, and
    // touches none of the pages.
    let result = unsafe { K32QueryWorkingSetEx(this_process(), place, size) };
    check(result, || text!("QueryWorkingSetEx of {len} bytes"))?;
    for (page, said) in pages.iter_mut().zip(&said) {
        // SAFETY: both fields of the union are numbers.
        let flags = unsafe { said.VirtualAttributes.Flags };
        *page = u8::from(flags & 1 != 0);
    }
    Ok(())
}

/// `VirtualLock(start, len)`.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn lock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { VirtualLock(start.cast(), len) };
    check(result, || text!("VirtualLock of {len} bytes"))
}

/// Returns whether a failed lock is not due to the limit, which has an error of its own.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that can be asked.
pub(crate) unsafe fn may_lock(_start: *mut u8, _len: usize, failed: &Error) -> bool {
    let limits = [ERROR_WORKING_SET_QUOTA, ERROR_NO_SYSTEM_RESOURCES];
    let code = failed.raw_os_error().unwrap_or_default();
    !limits.contains(&(code as u32))
}

/// `VirtualUnlock(start, len)`. Pages that are not locked are no error, as on other systems.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn unlock(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise; no byte is changed.
    let result = unsafe { VirtualUnlock(start.cast(), len) };
    match check(result, || text!("VirtualUnlock of {len} bytes")) {
        Err(error) if error.raw_os_error() == Some(ERROR_NOT_LOCKED as i32) => Ok(()),
        unlocked => unlocked,
    }
}

/// `VirtualProtect(start, len, protection)`.
///
/// # Safety
///
/// The block is the whole mapping of one region, and no one uses it in a way that
/// the protection forbids.
pub(crate) unsafe fn protect(
    start: *mut u8,
    len: usize,
    protection: i32,
    flags: i32,
) -> Result<()> {
    let protection = match (flags & MAP_SHARED != 0, protection & PROT_WRITE != 0) {
        (_, false) => PAGE_READONLY,
        (true, true) => PAGE_READWRITE,
        (false, true) => PAGE_WRITECOPY,
    };
    let mut before = 0;
    // SAFETY: S4, the caller's promise; `before` is a place for the old protection.
    let result = unsafe { VirtualProtect(start.cast(), len, protection, &raw mut before) };
    check(result, || text!("VirtualProtect of {len} bytes"))
}

/// Windows has no such call for section views.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have it.
pub(crate) unsafe fn unload(_start: *mut u8, _len: usize) -> Result<()> {
    unsupported("way to drop a file's pages from memory")
}

/// Windows takes no advice about its cache.
pub(crate) fn drop_cached(_file: RawFile, _file_offset: u64, _len: usize) -> Result<()> {
    unsupported("way to drop a file's pages from memory")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use windows_sys::Win32::Foundation::{
        ERROR_ACCESS_DENIED, ERROR_INVALID_ADDRESS, ERROR_NOACCESS, ERROR_WORKING_SET_QUOTA,
    };

    use super::super::{EINVAL, MADV_NORMAL, PROT_READ};
    use super::*;
    use crate::os::failing::fails_with_one_of;

    /// An address in no section view.
    const NOWHERE: *mut u8 = 0x1000 as *mut u8;

    #[test]
    fn lock_and_protect_need_a_view() {
        let codes = [
            // Wine's.
            ERROR_ACCESS_DENIED as i32,
            ERROR_INVALID_ADDRESS as i32,
            ERROR_NOACCESS as i32,
            ERROR_WORKING_SET_QUOTA as i32,
            EINVAL,
        ];
        let result = unsafe { lock(NOWHERE, 1) };
        fails_with_one_of(result, &codes, "VirtualLock of 1 bytes failed");
        let result = unsafe { protect(NOWHERE, 1, PROT_READ, MAP_SHARED) };
        fails_with_one_of(result, &codes, "VirtualProtect of 1 bytes failed");
    }

    #[test]
    fn advise_populate_and_unload_are_unsupported() {
        let asked = [
            unsafe { advise(NOWHERE, 1, MADV_NORMAL) },
            unsafe { populate(NOWHERE, 1, PROT_READ) },
            unsafe { unload(NOWHERE, 1) },
            drop_cached(0, 0, 1),
        ];
        assert!(asked.into_iter().all(|r| r.unwrap_err().is_unsupported()));
    }
}
