//! The size of a page.
//!
//! # Safety
//!
//! `sysconf` touches no memory of ours.
#![allow(unsafe_code)]

/// `sysconf(_SC_PAGESIZE)`: returns the size of a page.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf reads and writes no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).expect("every system has a page size")
}
