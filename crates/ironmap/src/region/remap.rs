//! Resizing of a region on systems that move and unmap parts of a mapping.
//!
//! # Safety
//!
//! Only the whole mapping is moved, under `&mut self`: S7, the invariant of [`Region`], is what
//! `os` asks for (S4).

#![allow(unsafe_code)]

use std::mem;
use std::ops::Range;
use std::ptr::NonNull;

use super::Region;
use crate::error::Result;
use crate::os::{self, RawFile};
use crate::range;

impl Region {
    /// Returns the number of mapped bytes from the first one to the end of the last page.
    pub(crate) fn mapped(&self) -> usize {
        self.mapped.saturating_sub(self.head_padding)
    }

    /// Maps at least `len` bytes, at any address. `len()` stays.
    ///
    /// `fd` is the file of the map, or -1. An error changes nothing, except that the quarantine may
    /// be released.
    pub(crate) fn grow_mapping(&mut self, len: usize, fd: RawFile) -> Result<()> {
        let mapped_len = self.mapped_len_for(len);
        if mapped_len <= self.mapped || self.take_back(mapped_len, fd) {
            return Ok(());
        }
        if self.is_lent() {
            if self.grow_mapping_beside(len, fd).is_ok() {
                return Ok(());
            }
            self.release_quarantine();
        }
        if self.mapped > 0 {
            self.guard.suspend();
            // SAFETY: S7: the mapping is not at address 0.
            let base = unsafe { NonNull::new_unchecked(self.base()) };
            // SAFETY: S7: the block is our mapping; `&mut self` says that no one uses the old
            // address.
            let moved = unsafe { os::remap(base, self.mapped, mapped_len) };
            if let Ok(base) = moved {
                // SAFETY: S10: `head_padding` is less than what was mapped.
                self.start = unsafe { base.add(self.head_padding) };
                self.set_mapped_for(mapped_len);
            }
            // SAFETY: G1: the mapping is there, at its old address or at its new one.
            unsafe { self.guard.resume(&self.guarded()) };
            if moved.is_ok() {
                return Ok(());
            }
        }
        self.map_again(len, fd)
    }

    /// Grows a region whose addresses were lent: it stays in place, or the old addresses are
    /// quarantined.
    fn grow_mapping_beside(&mut self, len: usize, fd: RawFile) -> Result<()> {
        if self.stretch_mapping(len) {
            return Ok(());
        }
        self.map_again(len, fd)
    }

    /// Maps at least `len` bytes at the region's address, if there is room behind it. Returns
    /// whether there was.
    pub(crate) fn stretch_mapping(&mut self, len: usize) -> bool {
        let mapped_len = self.mapped_len_for(len);
        if mapped_len <= self.mapped {
            return true;
        }
        if self.mapped == 0 {
            return false;
        }
        // SAFETY: S7: the mapping is not at address 0.
        let base = unsafe { NonNull::new_unchecked(self.base()) };
        // SAFETY: S7: the block is our mapping. No one uses the addresses after it yet.
        let stretched = unsafe { os::stretch(base, self.mapped, mapped_len) };
        if stretched.is_ok() {
            self.set_mapped_for(mapped_len);
        }
        stretched.is_ok()
    }

    /// Sets `mapped` after `mremap` has made the mapping longer. The new pages have the settings of
    /// the others, which are all equal, or `mremap` would have failed.
    fn set_mapped_for(&mut self, mapped_len: usize) {
        let mapped = range::page_ceil(mapped_len, self.backing.page);
        self.advised.extend(self.mapped, mapped);
        self.mapped = mapped;
    }

    /// Gives a part of a longer mapping, which the region will own, the settings of the pages of
    /// the region; pages past them get those of the last page.
    pub(super) fn set_pages_of(&mut self, start: *mut u8, part: Range<usize>) -> Result<()> {
        self.advised.extend(self.mapped, part.end);
        // SAFETY: S4: the part belongs to a new mapping.
        let set = unsafe { self.advised.repeat(start, part) };
        if set.is_err() {
            self.advised.cut(self.mapped);
        }
        set
    }

    /// Maps the region again, longer: for systems without `mremap`, or where it fails, as it does
    /// if the kernel has several areas for the region, one for each advice.
    fn map_again(&mut self, len: usize, fd: RawFile) -> Result<()> {
        let mut new = self.map_with_room(len, fd)?;
        if self.layout.is_anonymous() {
            new.copy_from(self, self.len)?;
        }
        if self.guard.expects_forks() {
            new.expect_forks()?;
        }
        self.set_pages_of(new.base(), 0..new.mapped)?;
        new.advised = mem::take(&mut self.advised);
        new.len = self.len;
        // SAFETY: G1: the new mapping is there.
        unsafe { new.guard.resume(&new.guarded()) };
        new.guard.continue_count(self.faults());
        self.quarantine_from(0);
        new.adopt_quarantine(self);
        *self = new;
        Ok(())
    }

    /// Sets the length that users see, and gives the pages after it back.
    ///
    /// Pages that cannot be unmapped stay hidden until the next resize, and do no harm.
    pub(crate) fn set_len_and_trim(&mut self, len: usize) {
        let mapped_len = self.mapped_len_for(len);
        debug_assert!(mapped_len <= self.mapped);
        let keep = range::page_ceil(mapped_len, self.backing.page);
        let old_end = range::page_ceil(self.mapped_len_for(self.len), self.backing.page);
        let took_back = mem::take(&mut self.quarantine.took_back);
        if keep < old_end || took_back {
            self.quarantine_from(keep);
        }
        self.len = len;
        // SAFETY: G1: so much is mapped.
        unsafe { self.guard.set_len(mapped_len) };
        self.guard.await_handlers();
        let _ = self.unmap_from(keep);
        self.advised.cut(self.mapped);
        // A resize ends here: a good time to install the handler again.
        self.guard.ensure_installed();
    }
}
