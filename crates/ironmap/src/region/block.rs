//! A block of zeros at addresses that a region had.
//!
//! # Safety
//!
//! * S9: a block was whole pages of one region's mapping, and private zeros are mapped there. The
//!   region no longer counts them as its own, and only the [`Block`] unmaps them.
#![allow(unsafe_code)]

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};

use sigbus_guard::Guard;

use crate::os;

/// The number of pages of one `mincore`.
const ASKED: usize = 4000;

/// The number of blocks of the process.
static COUNT: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(super) struct Block {
    start: *mut u8,
    len: usize,
    /// Its distance from the base of its region.
    from: usize,
    /// The head padding of its region.
    head_padding: usize,
    guard: Guard,
}

// SAFETY: a mapping belongs to the process and not to a thread.
unsafe impl Send for Block {}
// SAFETY: `&Block` only asks about it.
unsafe impl Sync for Block {}

impl Block {
    /// # Safety
    ///
    /// S9: only the new [`Block`] uses the pages from here on.
    pub(super) unsafe fn new(
        (start, len): (*mut u8, usize),
        (from, head_padding): (usize, usize),
        guard: Guard,
    ) -> Block {
        COUNT.fetch_add(1, Ordering::Relaxed);
        Block {
            start,
            len,
            from,
            head_padding,
            guard,
        }
    }

    /// Returns the number of blocks of the process.
    pub(super) fn count() -> usize {
        COUNT.load(Ordering::Relaxed)
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns whether it begins at the address `end`, and `from` bytes after the base of its
    /// region: adjacent in memory and in the map.
    pub(super) fn follows(&self, end: *mut u8, from: usize) -> bool {
        (self.start, self.from) == (end, from)
    }

    /// Gives up its first `count` bytes: the region owns them, or they are never unmapped.
    pub(super) fn give_up(&mut self, count: usize) {
        self.start = self.start.wrapping_add(count);
        self.len -= count;
        self.from += count;
    }

    /// Replaces its guard. Another slot has the addresses of the old one already.
    pub(super) fn set_guard(&mut self, guard: Guard) {
        mem::replace(&mut self.guard, guard).suspend();
    }

    /// Returns the index in the map of the first used page among the first `len` bytes.
    pub(super) fn first_use(&self, len: usize) -> Option<usize> {
        if !os::MEMORY_TELLS_OF_USE {
            return None;
        }
        let page = os::page_size();
        let mut pages = [0; ASKED];
        for asked in (0..len).step_by(ASKED * page) {
            let start = self.start.wrapping_add(asked);
            let part = &mut pages[..ASKED.min((len - asked) / page)];
            // SAFETY: S9: whole pages of the block, as many as there is room for.
            unsafe { os::in_memory(start, part.len() * page, part) }.ok()?;
            // The fold uses vectors; a search page by page follows only if it finds one.
            if part.iter().fold(0, |any, page| any | page) != 0 {
                let index = part.iter().position(|&page| page != 0)?;
                let at = (self.from + asked + index * page).saturating_sub(self.head_padding);
                return self.tells(len).then_some(at);
            }
        }
        None
    }

    /// Returns whether pages in memory are used pages. Locked pages are all in memory; the system
    /// refuses to drop them.
    fn tells(&self, len: usize) -> bool {
        // SAFETY: S9: pages of the block, whose bytes are not needed.
        unsafe { os::advise(self.start, len, os::MADV_DONTNEED) }.is_ok()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        self.guard.suspend();
        if self.len > 0 {
            // SAFETY: S9; code that still has the address has to keep the `Reserved`. A block
            // that cannot be unmapped stays, and does no harm.
            let _ = unsafe { os::unmap(self.start, self.len) };
        }
    }
}
