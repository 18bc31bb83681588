//! The pages of a region: in memory or not, there to stay or to go, and what may
//! be done with them.
//!
//! # Safety
//!
//! A block is made by [`Region::block`], which checks the range against `len`, or
//! is the whole mapping: S7 and S8, the invariants of [`Region`], are what `os` and
//! `volatile.rs` ask for (S3, S4). The protection changes under `&mut self`, for the
//! whole mapping, and with it the layout: that is S7.

#![allow(unsafe_code)]

use std::ops::Range;

use super::Region;
use crate::advice::Advice;
use crate::error::Result;
use crate::os::{self, RawFile};
use crate::{range, volatile};

/// How many pages the system is asked about at a time.
const AT_ONCE: usize = 4096;

impl Region {
    /// Maps every page of a range, for loads or, with `PROT_WRITE`, for stores. Where
    /// the system cannot do that at once, or not for all of them, each is loaded from,
    /// and the one that is not available is a fault.
    pub(crate) fn populate(&self, range: Range<usize>, protection: i32) -> Result<()> {
        self.require_readable()?;
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        // SAFETY: S7 for the bytes that `block` has checked.
        match unsafe { os::populate(start, count, protection) } {
            Ok(()) => {}
            // To go on would have the system end a process for want of memory.
            Err(error) if error.raw_os_error() == Some(os::ENOMEM) => return Err(error),
            Err(error) if self.backing.is_device => return Err(error),
            Err(_) => {
                // Only to have the system read more at a time.
                let _ = self.advise(range.clone(), Advice::WillNeed);
                self.ensure_installed_before(count);
                let load = |at| {
                    // SAFETY: S7, S8: inside the range.
                    unsafe { volatile::load(self.start.as_ptr().wrapping_add(at)) };
                };
                self.catch_fault(range.start, || self.for_each_page(&range, load))?;
            }
        }
        self.require_intact(range)
    }

    /// Calls `f` with 1 for each page of a range that is in memory and 0 for each
    /// that is not, many at a time. The range begins on a page.
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

    /// Keeps a range in memory. After an error none of it is kept.
    pub(crate) fn lock(&self, range: Range<usize>) -> Result<()> {
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        let entry = self.advised.entry_of_lock()?;
        // SAFETY: S7 for the bytes that `block` has checked.
        let mut locked = unsafe { os::lock(start, count) };
        // The system says one thing of the limit and of a page that is not available.
        if let Err(failed) = &locked {
            // SAFETY: S7 for the bytes that `block` has checked.
            if unsafe { os::may_lock(start, count, failed) } {
                locked = self.populate(range.clone(), os::PROT_READ).and(locked);
            }
        }
        let locked = locked.and_then(|()| self.require_intact(range.clone()));
        let pages = self.pages_of(start, count);
        if locked.is_ok() {
            entry.note_locked(pages);
            return locked;
        }
        // It may have marked the range all the same.
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

    /// Takes a range out of memory, here and from the system's cache of the file
    /// `fd`. The region has no bytes that the file does not have.
    pub(crate) fn drop_pages(&self, range: Range<usize>, fd: RawFile) -> Result<()> {
        let Some((start, count)) = self.block(range.clone())? else {
            return Ok(());
        };
        // To the system a length of 0 is all of the file.
        if count == 0 {
            return Ok(());
        }
        // SAFETY: S7 for the bytes that `block` has checked.
        unsafe { os::unload(start, count) }?;
        // The first page is whole, and the last one is, too.
        let from = start.addr() - self.base().addr();
        let to = range::page_ceil(from + count, os::page_size());
        let file_offset = self.layout.file_offset() - self.head_padding as u64 + from as u64;
        os::drop_cached(fd, file_offset, to - from)
    }

    /// Gives all of the mapping another protection.
    ///
    /// A handler at work puts zeros in place under the protection that it has read,
    /// so it is told first, and waited for (SAFETY.md: G7).
    pub(crate) fn protect(&mut self, protection: i32) -> Result<()> {
        let old = self.layout;
        self.layout = old.with_protection(protection);
        self.guard.set_protection(protection);
        let protected = self.protect_mapping();
        if protected.is_err() {
            self.layout = old;
            self.guard.set_protection(old.protection());
            // Some of the pages may have the new one: this one they all have had.
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
        // SAFETY: S7: the block is our mapping, and `&mut self` of the caller says that
        // nobody uses it.
        unsafe { os::protect(self.base(), self.mapped, protection, flags) }
    }
}
