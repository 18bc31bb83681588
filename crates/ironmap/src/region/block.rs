//! One block of zeros in the place of what a region had.
//!
//! # Safety
//!
//! * S9: a block was whole pages of one region's mapping, and zeros of the process's own
//!   are mapped there. The region counts them as its own no more, and only the [`Block`]
//!   unmaps them.
#![allow(unsafe_code)]

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};

use sigbus_guard::Guard;

use crate::os;

/// For how many pages the system is asked at a time.
const ASKED: usize = 1 << 12;

/// How many there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
pub(super) struct Block {
    start: *mut u8,
    len: usize,
    /// How far from its region's base it was.
    from: usize,
    /// How far from there the region's first byte was.
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
    /// S9: from here on the block is this one's.
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

    /// How many blocks the process has.
    pub(super) fn count() -> usize {
        COUNT.load(Ordering::Relaxed)
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns whether it follows upon what ends at `end`, `from` bytes after the region's base:
    /// in memory and in the map.
    pub(super) fn follows(&self, end: *mut u8, from: usize) -> bool {
        (self.start, self.from) == (end, from)
    }

    /// Gives up its first `count` bytes: they are the region's, or never unmapped.
    pub(super) fn give_up(&mut self, count: usize) {
        self.start = self.start.wrapping_add(count);
        self.len -= count;
        self.from += count;
    }

    /// Has another guard from here on. What the old one was for is in another slot already.
    pub(super) fn set_guard(&mut self, guard: Guard) {
        mem::replace(&mut self.guard, guard).suspend();
    }

    /// The index in the map of the first page that was used, of the block's first `len` bytes.
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
            // All at once, which takes vectors, before one by one.
            if part.iter().fold(0, |any, page| any | page) != 0 {
                let index = part.iter().position(|&page| page != 0)?;
                let at = (self.from + asked + index * page).saturating_sub(self.head_padding);
                return self.tells(len).then_some(at);
            }
        }
        None
    }

    /// Returns whether pages in memory are pages that were used: not if all of them are kept
    /// there, and then the system refuses to forget them.
    fn tells(&self, len: usize) -> bool {
        // SAFETY: S9: pages of the block, whose bytes are of no use.
        unsafe { os::advise(self.start, len, os::MADV_DONTNEED) }.is_ok()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::Relaxed);
        self.guard.suspend();
        if self.len > 0 {
            // SAFETY: S9; code that still has the address was to hold on to the `Reserved`.
            // What cannot be unmapped stays, and does no harm.
            let _ = unsafe { os::unmap(self.start, self.len) };
        }
    }
}
