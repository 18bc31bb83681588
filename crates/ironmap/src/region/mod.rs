//! The address range of a map, and the one way to its bytes.
//!
//! # Safety
//!
//! A [`Region`] is the only owner of its mapping. This code relies on the following, and only
//! this code can break it (SAFETY.md: S3, S4, S7, S8, S10):
//!
//! ```text
//! base       start                   start + len        base + mapped
//!   |- padding |---- what users see ------|---- hidden -------|
//!   |------- one mapping, until `drop` or a resize -----------|
//! ```
//!
//! * S7: `mapped` bytes from `base`, which is `start - head_padding`, are mapped, all of
//!   them with `protection`, and no other code unmaps or protects them. If `mapped`
//!   is 0, `start` dangles and no system call gets it.
//! * S8: `mapped_len_for(len) <= mapped`, and no more than `isize::MAX`: 0 for no bytes, else
//!   `head_padding + len`. `mapped` is whole pages, and more of them if a resize could not
//!   give some back.
//! * S10: `base` is the start of a page. `head_padding` is less than the granularity of file
//!   offsets, and 0 unless the map begins between two multiples of it; on Unix it is less than
//!   a page.
//!
//! `&Region` loads, `&mut Region` stores and moves: the borrow checker orders our own accesses.
//! Every method checks protection and bounds before it makes a pointer, so no caller has to
//! promise anything unless the method says so.

#![allow(unsafe_code)]

mod access;
#[cfg_attr(not(unix), path = "advised_none.rs")]
mod advised;
mod atomic;
#[cfg(unix)]
mod block;
mod damage;
mod large_reads;
mod layout;
mod prefault;
#[cfg_attr(not(unix), path = "quarantine_none.rs")]
mod quarantine;
#[cfg(unix)]
mod remap;
mod residency;
#[cfg(unix)]
mod restore;
#[cfg(unix)]
mod room;
// They test damage, which needs a guard.
#[cfg(all(test, unix))]
mod tests;

use std::ffi::CStr;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::atomic::AtomicBool;

use sigbus_guard::{Guard, GuardedFile, GuardedRegion};

use crate::advice::Advice;
use crate::error::{Cause, Error, Result};
use crate::os::{self, RawFile};
use crate::range;

use advised::Advised;
pub(crate) use large_reads::LargeReads;
pub(crate) use layout::Layout;
pub use quarantine::Reserved;

/// The file or memory behind a mapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backing {
    /// The size of its pages, a power of two.
    pub(crate) page: usize,
    /// The kept descriptor of its file.
    pub(crate) file: Option<GuardedFile>,
    /// True if its pages can be lost.
    pub(crate) at_risk: bool,
    /// True if its bytes may be the registers of a device: only the bytes that an operation
    /// names are loaded or stored, and the driver may keep it from forked children.
    pub(crate) is_device: bool,
}

impl Backing {
    /// Returns the backing of anonymous memory.
    pub(crate) fn memory() -> Backing {
        Backing {
            page: os::page_size(),
            file: None,
            at_risk: false,
            is_device: false,
        }
    }
}

/// A mapping, unmapped on drop.
#[derive(Debug)]
pub(crate) struct Region {
    start: NonNull<u8>,
    len: usize,
    head_padding: usize,
    mapped: usize,
    layout: Layout,
    backing: Backing,
    guard: Guard,
    quarantine: Reserved,
    advised: Advised,
    /// A hint: true if the last thread on its way through made [`LargeReads`].
    reads_first: AtomicBool,
}

// SAFETY: the mapping belongs to the process and not to a thread.
unsafe impl Send for Region {}
// SAFETY: `&Region` only loads, and S2 makes loads safe beside any store. (`read_to_ptr` and the
// changes of `atomic.rs` may store into this region: their callers promise that they may.)
unsafe impl Sync for Region {}

/// # Making and moving
impl Region {
    /// Returns a region without bytes, and makes no system call.
    pub(crate) fn empty(layout: Layout, backing: Backing) -> Region {
        Region {
            start: NonNull::dangling(),
            len: 0,
            head_padding: 0,
            mapped: 0,
            layout,
            backing,
            guard: Guard::needless(),
            quarantine: Reserved::default(),
            advised: Advised::default(),
            reads_first: AtomicBool::new(false),
        }
    }

    /// Unmaps everything: the region is then without bytes. Lent addresses stay reserved.
    #[cfg(feature = "__bindings")]
    pub(crate) fn unmap(&mut self) {
        self.quarantine_from(0);
        self.end();
        self.start = NonNull::dangling();
        (self.len, self.head_padding, self.mapped) = (0, 0, 0);
        self.guard = Guard::needless();
        self.backing = Backing::memory();
        self.advised = Advised::default();
    }

    /// Unmaps what is still mapped, before the region is dropped or empty.
    fn end(&mut self) {
        self.guard.suspend();
        // A mapping that cannot be unmapped stays, and does no harm.
        let _ = self.unmap_from(0);
    }

    /// Maps `len` bytes of `from`, an argument of [`os::map`]: a file, or none for fresh memory;
    /// on Windows a section.
    pub(crate) fn map(
        len: usize,
        layout: Layout,
        backing: Backing,
        from: RawFile,
    ) -> Result<Region> {
        Region::map_as(len, layout, backing, from).or_else(|error| {
            let Some(private) = layout.stand_in(&error) else {
                return Err(error);
            };
            Region::map_as(len, private, backing, from).map_err(|_| error)
        })
    }

    fn map_as(len: usize, layout: Layout, backing: Backing, from: RawFile) -> Result<Region> {
        let (protection, flags) = (layout.protection(), layout.flags());
        let head_padding = match len {
            0 => 0,
            _ => layout.head_padding(os::allocation_granularity().max(backing.page)),
        };
        let whole = len.saturating_add(head_padding);
        if isize::try_from(whole).is_err() {
            return Err(Error::new(Cause::TooLarge { bytes: len as u64 }));
        }
        let from_offset = layout.file_offset() - head_padding as u64;
        // SAFETY: S5, by the only way to make a `Layout`.
        let base = unsafe { os::map(whole, protection, flags, from, from_offset) }?;
        let mut region = Region {
            // SAFETY: S7: `head_padding` is less than what was mapped.
            start: unsafe { base.add(head_padding) },
            len,
            head_padding,
            mapped: range::page_ceil(whole, backing.page),
            layout,
            backing,
            guard: Guard::needless(),
            quarantine: Reserved::default(),
            advised: Advised::default(),
            reads_first: AtomicBool::new(false),
        };
        if backing.at_risk {
            region.guard = region.watch()?;
        }
        if backing.is_device {
            region.expect_forks()?;
        }
        Ok(region)
    }

    /// Describes the region to the fault handler: from the start of its first page to the last
    /// byte that users see.
    pub(super) fn guarded(&self) -> GuardedRegion {
        GuardedRegion {
            start: self.base().addr(),
            len: self.mapped_len_for(self.len),
            page: self.backing.page,
            protection: self.layout.protection_of_zeros(),
            private: self.layout.is_private(),
            file_offset: self.layout.file_offset() - self.head_padding as u64,
            file: self.backing.file,
            at_risk: self.backing.at_risk,
        }
    }

    /// Returns the start of the mapping (S10).
    fn base(&self) -> *mut u8 {
        self.start.as_ptr().wrapping_sub(self.head_padding)
    }

    /// Returns the bytes from `base` to the end of a map of `len` bytes.
    fn mapped_len_for(&self, len: usize) -> usize {
        if len == 0 { 0 } else { self.head_padding + len }
    }

    /// Unmaps all but the first `keep` bytes from `base`, a whole number of pages.
    fn unmap_from(&mut self, keep: usize) -> Result<()> {
        if keep >= self.mapped || self.guard.is_given_up() {
            return Ok(());
        }
        let tail = self.base().wrapping_add(keep);
        // SAFETY: S7: the block is the tail of our mapping. `&mut self` says that no one uses it
        // now, and `len` ends before it, so no one uses it later.
        unsafe { os::unmap(tail, self.mapped - keep) }?;
        self.mapped = keep;
        Ok(())
    }
}

/// # What is known
impl Region {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    /// Returns whether its pages can be lost.
    pub(crate) fn is_at_risk(&self) -> bool {
        self.backing.at_risk
    }

    /// Returns whether its bytes may be the registers of a device.
    pub(crate) fn is_device(&self) -> bool {
        self.backing.is_device
    }

    /// Returns whether its pages are larger than the system's.
    #[cfg(unix)]
    pub(crate) fn has_huge_pages(&self) -> bool {
        self.backing.page > os::page_size()
    }

    /// Returns the distance from the start of the mapping to the first byte that users see.
    pub(crate) fn head_padding(&self) -> usize {
        self.head_padding
    }

    /// Returns the end of the page of `at`, as an index.
    pub(crate) fn page_end(&self, at: usize) -> usize {
        let page = self.backing.page;
        range::page_floor(self.head_padding + at, page) + page - self.head_padding
    }

    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// # Advice and other calls about the mapping
///
/// They have no effect on an empty region.
impl Region {
    /// `msync` of a range, exactly as given.
    pub(crate) fn sync(&self, range: Range<usize>, flags: i32) -> Result<()> {
        let Some((start, count)) = self.block(range)? else {
            return Ok(());
        };
        let file = self.backing.file.map(|file| file.fd);
        // SAFETY: S7 for the bytes that `block` has checked.
        unsafe { os::sync(start, count, flags, file) }
    }

    /// `madvise` of a range, with a number of the caller.
    ///
    /// # Safety
    ///
    /// The advice leaves the bytes accessible as before (S7).
    #[cfg(unix)]
    pub(crate) unsafe fn advise_raw(&mut self, range: Range<usize>, advice: i32) -> Result<()> {
        if os::REVOKING_ADVICE.contains(&advice) {
            let what = text!("madvise of {} bytes with advice {advice}", range.len());
            return Err(Error::os(what, os::EINVAL));
        }
        self.layout.advised = true;
        if os::UNFORKING_ADVICE.contains(&advice) && self.mapped > 0 {
            self.expect_forks()?;
        }
        self.tell(range, advice)
    }

    /// `madvise` of a range.
    pub(crate) fn advise(&self, range: Range<usize>, advice: Advice) -> Result<()> {
        let number = advice.number()?;
        if os::UNFORKING_ADVICE.contains(&number) && self.mapped > 0 {
            self.expect_forks_in_slot()?;
        }
        self.tell(range, number)
    }

    /// Gives advice that leaves S7 as it is, by our choice or the caller's promise.
    fn tell(&self, range: Range<usize>, advice: i32) -> Result<()> {
        let Some((start, count)) = self.block(range)? else {
            return Ok(());
        };
        let entry = self.advised.entry(advice)?;
        // SAFETY: S7 for the bytes that `block` has checked.
        unsafe { os::advise(start, count, advice) }?;
        entry.note(self.pages_of(start, count), advice);
        Ok(())
    }

    /// Returns the whole pages of a block, as bytes from `base` on.
    fn pages_of(&self, start: *mut u8, count: usize) -> Range<usize> {
        let from = start.addr() - self.base().addr();
        from..range::page_ceil(from + count, self.backing.page)
    }

    /// Returns whether all of the mapping is committed memory.
    #[cfg(windows)]
    pub(crate) fn is_committed(&self) -> bool {
        os::is_committed(self.base(), self.mapped_len_for(self.len))
    }

    /// Gives the mapping a name, shown in `/proc/self/maps`.
    pub(crate) fn set_name(&self, name: &CStr) -> Result<()> {
        let Some((start, count)) = self.block(0..self.len)? else {
            return Ok(());
        };
        // SAFETY: S7: the block is our mapping.
        unsafe { os::set_name(start, count, name) }
    }

    /// Returns a range as a block of mapped memory; `None` if nothing is mapped. A range that
    /// begins at 0 includes the padding of its page.
    #[inline]
    fn block(&self, range: Range<usize>) -> Result<Option<(*mut u8, usize)>> {
        range::span(range.start, range.len(), self.len)?;
        self.require_mapping()?;
        let head_padding = match range.start {
            0 if !range.is_empty() => self.head_padding & (self.backing.page - 1),
            _ => 0,
        };
        let start = self.start.as_ptr().wrapping_add(range.start);
        let block = (start.wrapping_sub(head_padding), range.len() + head_padding);
        Ok((self.mapped > 0).then_some(block))
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        self.end();
    }
}
