//! The pages of a region: which are in memory, which stay there, and their protection.
//!
//! # Safety
//!
//! [`Region::block`] makes each block and checks the range against `len`, or the block is the
//! whole mapping: S7 and S8, the invariants of [`Region`], are what `os` and `volatile.rs` ask
//! for (S3, S4). The protection changes under `&mut self`, for the whole mapping and in the
//! layout: that keeps S7.

#![allow(unsafe_code)]

use std::ops::Range;

use super::Region;
use crate::advice::Advice;
use crate::error::{Error, Result};
use crate::os::{self, RawFile};
use crate::{range, volatile};

/// The number of pages of one `mincore`.
const AT_ONCE: usize = 4000;

impl Region {
    /// Maps every page of a range, for loads or, with `PROT_WRITE`, for stores. If the system
    /// cannot do that at once, or not for all of them, each page is loaded from, and a lost page
    /// is a fault.
    pub(crate) fn populate(&self, range: Range<usize>, protection: i32) -> Result<()> {
        self.require_readable()?;
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        // SAFETY: S7 for the bytes that `block` has checked.
        match unsafe { os::populate(start, count, protection) } {
            Ok(()) => {}
            // A second try would have the system kill a process for lack of memory.
            Err(error) if error.raw_os_error() == Some(os::ENOMEM) => return Err(error),
            Err(error) if self.backing.is_device => return Err(error),
            Err(_) => {
                // The advice makes the system read more at a time.
                let _ = self.advise(range.clone(), Advice::WillNeed);
                self.ensure_installed_before(count);
                let load = |at| {
                    // SAFETY: S7, S8: inside the range.
                    unsafe { volatile::load(self.start.as_ptr().wrapping_add(at)) };
                };
                self.catch_fault(range.start, || self.for_each_page(&range, load))?;
            }
        }
        self.check_loaded(range.start, range.len())
    }

    /// Calls `f` with 1 for each page of a range that is in memory and 0 for each other one, many
    /// at a time. The range begins on a page.
    pub(crate) fn for_each_resident(
        &self,
        range: Range<usize>,
        mut f: impl FnMut(&[u8]),
    ) -> Result<()> {
        let page = os::page_size();
        let mut said = [0; AT_ONCE];
        let mut at = range.start;
        while let Some((start, rest)) = self.block(at..range.end)?.filter(|&(_, rest)| rest > 0) {
            let count = rest.min(AT_ONCE * page);
            let pages = &mut said[..count.div_ceil(page)];
            // SAFETY: S7 for the bytes that `block` has checked; a place for each page.
            unsafe { os::in_memory(start, count, pages) }?;
            f(pages);
            at = start.addr() + count - self.start.addr().get();
        }
        Ok(())
    }

    /// Locks a range in memory. After an error none of it is locked.
    pub(crate) fn lock(&self, range: Range<usize>) -> Result<()> {
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        let entry = self.advised.entry_of_lock()?;
        // SAFETY: S7 for the bytes that `block` has checked.
        let mut locked = unsafe { os::lock(start, count) };
        // mlock returns the same errno for RLIMIT_MEMLOCK and for an unavailable page.
        if let Err(failed) = &locked {
            // SAFETY: S7 for the bytes that `block` has checked.
            if unsafe { os::may_lock(start, count, failed) } {
                locked = self.populate(range.clone(), os::PROT_READ).and(locked);
            }
        }
        let locked = locked.and_then(|()| self.check_loaded(range.start, range.len()));
        let pages = self.pages_of(start, count);
        if locked.is_ok() {
            entry.note_locked(pages);
            return locked;
        }
        // The failed call may have marked the range.
        // SAFETY: S7 for the bytes that `block` has checked.
        if unsafe { os::unlock(start, count) }.is_ok() {
            entry.note_unlocked(pages);
        }
        locked
    }

    pub(crate) fn unlock(&self, range: Range<usize>) -> Result<()> {
        let Some((start, count)) = self.block(range)? else {
            return Ok(());
        };
        let entry = self.advised.entry_of_lock()?;
        // SAFETY: S7 for the bytes that `block` has checked.
        unsafe { os::unlock(start, count) }?;
        entry.note_unlocked(self.pages_of(start, count));
        Ok(())
    }

    /// Drops a range from the address space and from the system's cache of the file `fd`. The
    /// region has no bytes that the file does not have.
    pub(crate) fn drop_pages(&self, range: Range<usize>, fd: RawFile) -> Result<()> {
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        // For the system a length of 0 means all of the file.
        if count == 0 {
            return Ok(());
        }
        // SAFETY: S7 for the bytes that `block` has checked.
        unsafe { os::unload(start, count) }?;
        // Whole pages, the first and the last included.
        let from = start.addr() - self.base().addr();
        let to = range::page_ceil(from + count, os::page_size());
        let file_offset = self.layout.file_offset() - self.head_padding as u64 + from as u64;
        os::drop_cached(fd, file_offset, to - from)
    }

    /// Gives all of the mapping another protection.
    ///
    /// A handler at work maps zeros with the protection that it has read, so the guard gets the
    /// new one first, and waits for the handler (SAFETY.md: G7).
    pub(crate) fn protect(&mut self, protection: i32) -> Result<()> {
        let old = self.layout;
        let new = old.with_protection(protection);
        if new.stands_in() && new.is_writable() {
            // The system would allow it, and the changes would not reach the file.
            let what = text!(
                "mprotect of {} bytes with protection {protection:#x}",
                self.mapped
            );
            return Err(Error::os(what, os::EACCES));
        }
        self.layout = new;
        self.guard.set_protection(self.layout.protection_of_zeros());
        let protected = self.protect_mapping();
        if protected.is_err() {
            self.layout = old;
            self.guard.set_protection(old.protection_of_zeros());
            // Some of the pages may have the new one; all of them had this one.
            let _ = self.protect_mapping();
        }
        protected
    }

    fn protect_mapping(&self) -> Result<()> {
        if self.mapped == 0 {
            return Ok(());
        }
        self.require_mapping()?;
        let (protection, flags) = (self.layout.protection(), self.layout.flags());
        // SAFETY: S7: the block is our mapping, and `&mut self` of the caller says that no one
        // uses it.
        unsafe { os::protect(self.base(), self.mapped, protection, flags) }
    }
}
