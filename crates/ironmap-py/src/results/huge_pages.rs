//! Memory for large results.
//!
//! A new block of more than 32 MiB is a mapping of its own, of pages that the
//! system makes one by one when they are first touched: that takes several
//! times as long as to fill them. Huge pages are made 512 at a time.
//!
//! # Safety
//!
//! The advice is about memory that the caller has borrowed mutably, and changes
//! none of its bytes.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::sync::OnceLock;

/// From this size on every allocator maps a block by itself, so that the advice
/// stays with it and goes with it. (glibc: `DEFAULT_MMAP_THRESHOLD_MAX`.)
#[cfg(target_os = "linux")]
const BLOCK: usize = 32 << 20;

/// Whether huge pages are asked for: not with `IRONMAP_HUGE_PAGES=0`.
static WANTED: OnceLock<bool> = OnceLock::new();

/// At import, for the life of the process.
pub(crate) fn init() {
    let refused = std::env::var_os("IRONMAP_HUGE_PAGES").is_some_and(|value| value == "0");
    // An import that is repeated finds it there already.
    let _ = WANTED.set(!refused);
}

/// Asks for huge pages for a block that is about to be filled.
/// `madvise(MADV_HUGEPAGE)` on its whole pages; what the system says is of no
/// matter, because the block can be filled in any case.
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

/// Others have no such advice, or make huge pages by themselves.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prefer_huge_pages(_block: &mut [MaybeUninit<u8>]) {}
