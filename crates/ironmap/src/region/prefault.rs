//! Touches the pages of an access before it changes anything, so that a fault finds nothing
//! half stored. Maps of devices are not touched: there a fault may leave a part stored.
//!
//! # Safety
//!
//! The caller has checked the range against `len`, so S7 and S8 are all that
//! `volatile.rs` asks for (S3).

#![allow(unsafe_code)]

use std::ops::Range;

use super::Region;
use crate::error::Result;
use crate::{range, volatile};

impl Region {
    /// Touches every page of a range, so that zeros of damaged pages are not stored elsewhere.
    #[inline]
    pub(super) fn prefault_loads(&self, bytes: Range<usize>) -> Result<()> {
        if self.backing.at_risk && !self.backing.is_device {
            self.load_pages(bytes)
        } else {
            Ok(())
        }
    }

    /// Loads from every page of a range.
    pub(crate) fn load_pages(&self, bytes: Range<usize>) -> Result<()> {
        let load = |at| {
            // SAFETY: S7, S8: inside the range.
            unsafe { volatile::load(self.start.as_ptr().wrapping_add(at)) };
        };
        self.catch_fault(bytes.start, || self.for_each_page(&bytes, load))?;
        self.check_loaded(bytes.start, bytes.len())
    }

    /// Makes every page of a range ready for stores. The file can lack its last pages, and its
    /// file system the blocks for any of them.
    #[inline]
    pub(super) fn prefault_stores(&self, at: usize, count: usize) -> Result<()> {
        // Pages are counted by address (S10).
        let address = self.start.addr().get() + at;
        if range::is_in_one_page(address, count, self.backing.page) || !self.backing.at_risk {
            return Ok(());
        }
        self.prefault_pages(at..at + count)
    }

    #[inline(never)]
    fn prefault_pages(&self, bytes: Range<usize>) -> Result<()> {
        if self.backing.is_device {
            return Ok(());
        }
        let touch = |at| self.touch(at);
        self.catch_fault(bytes.start, || self.for_each_page(&bytes, touch))?;
        self.check_stored(bytes.start, bytes.len())
    }

    /// Does the same as [`Region::prefault_stores`] for every `step`th of the `stretch` bytes from
    /// `first` on.
    pub(super) fn prefault_strided(
        &self,
        step: isize,
        (first, stretch): (usize, usize),
    ) -> Result<()> {
        let distance = step.unsigned_abs();
        if distance < self.backing.page {
            return self.prefault_stores(first, stretch);
        }
        if self.backing.is_device {
            return Ok(());
        }
        // The pages between two of them are not part of the access.
        let places = (first..first + stretch).step_by(distance);
        self.catch_fault(first, || places.for_each(|at| self.touch(at)))?;
        self.check_stored(first, stretch)
    }

    /// Touches one page. A private page is loaded from: it is the file's until it is changed, and
    /// then needs no room in the file.
    fn touch(&self, at: usize) {
        let at = self.start.as_ptr().wrapping_add(at);
        if self.layout.is_private() {
            // SAFETY: S7, S8: inside the range.
            unsafe { volatile::load(at) };
        } else {
            // SAFETY: S7, S8: inside the range; the caller is about to store.
            unsafe { volatile::touch(at) };
        }
    }

    /// Calls `f` with one byte of each page of a range. The byte moves by a cache line from page
    /// to page: bytes at the same offset of many pages evict each other from the caches.
    #[inline]
    pub(super) fn for_each_page(&self, bytes: &Range<usize>, f: impl Fn(usize)) {
        const LINE: usize = 64;
        let page = self.backing.page;
        let (mut start, mut further) = (bytes.start, 0);
        while start < bytes.end {
            let next = self.page_end(start);
            let at = start + (further & (page - 1));
            f(if at < bytes.end { at } else { start });
            (start, further) = (next, further + LINE);
        }
    }
}
