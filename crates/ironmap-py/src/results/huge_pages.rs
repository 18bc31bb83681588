//! Huge pages for large results.
//!
//! A new block of more than 32 MiB is a mapping of its own. The system makes its pages one by
//! one at their first access, which takes several times as long as filling them. A huge page
//! replaces 512 of them.
//!
//! # Safety
//!
//! The advice is about memory that the caller has borrowed mutably, and changes
//! none of its bytes.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// Size from which every allocator maps a block by itself, so that the advice ends with the
/// block. (glibc: `DEFAULT_MMAP_THRESHOLD_MAX`.)
#[cfg(target_os = "linux")]
const BLOCK: usize = 32 << 20;

/// False with `IRONMAP_HUGE_PAGES=0`.
static WANTED: OnceLock<bool> = OnceLock::new();

/// Called at import: reads the environment once.
pub(crate) fn init() {
    let refused = std::env::var_os("IRONMAP_HUGE_PAGES").is_some_and(|value| value == "0");
    // Already set if the import is repeated.
    let _ = WANTED.set(!refused);
}

/// Asks for huge pages for a block that is about to be filled: `madvise(MADV_HUGEPAGE)` on its
/// whole pages. Errors are ignored: the block can be filled in any case.
#[cfg(target_os = "linux")]
pub(crate) fn prefer_huge_pages(block: &mut [MaybeUninit<u8>]) {
    if block.len() < BLOCK || !WANTED.get().is_some_and(|&wanted| wanted) {
        return;
    }
    let page = ironmap::Mmap::page_size();
    let start = block.as_mut_ptr();
    let skipped = start.addr().next_multiple_of(page) - start.addr();
    let len = (block.len() - skipped) / page * page;
    // SAFETY: whole pages inside the borrowed block.
    unsafe { libc::madvise(start.wrapping_add(skipped).cast(), len, libc::MADV_HUGEPAGE) };
}

/// Does nothing: other systems have no such advice, or use huge pages by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prefer_huge_pages(_block: &mut [MaybeUninit<u8>]) {}
