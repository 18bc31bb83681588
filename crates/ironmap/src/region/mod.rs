//! The address range of a map, and the one way to its bytes.
//!
//! # Safety
//!
//! A [`Region`] is the only owner of its mapping. What the code below relies
//! on, and alone can break (SAFETY.md: S3, S4, S7, S8, S10):
//!
//! ```text
//! base       start                   start + len        base + mapped
//!   |- padding |---- what users see ------|---- hidden -------|
//!   |------- one mapping, until `drop` or a resize -----------|
//! ```
//!
//! * S7: `mapped` bytes from `base`, which is `start - head_padding`, are mapped, all of
//!   them with `protection`, and nobody else unmaps or protects them. If `mapped`
//!   is 0, `start` dangles and no system call gets it.
//! * S8: `mapped_len_for(len) <= mapped`, and no more than `isize::MAX`: 0 for no bytes, else
//!   `head_padding + len`. `mapped` is whole pages, and more of them when a resize could not
//!   give some back.
//! * S10: `base` is the start of a page. `head_padding` is less than what file offsets are
//!   multiples of, 0 but for a map of a file that begins in between; on Unix it is
//!   less than a page.
//!
//! `&Region` loads, `&mut Region` stores and moves: the borrow checker orders
//! our own accesses. Every method checks protection and bounds before it makes
//! a pointer, so none of them needs a promise from its caller unless it says so.

#![allow(unsafe_code)]

mod access;
#[cfg_attr(not(unix), path = "advised_none.rs")]
mod advised;
#[cfg(unix)]
mod block;
mod damage;
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
// Of damage, which needs a guard.
#[cfg(all(test, unix))]
mod tests;

use std::ffi::CStr;
use std::ops::Range;
use std::ptr::NonNull;

use sigbus_guard::{Guard, GuardedFile, GuardedRegion};

use crate::advice::Advice;
use crate::error::{Cause, Error, Result};
use crate::os::{self, RawFile};
use crate::range;

use advised::Advised;
pub use quarantine::Reserved;

/// How a mapping may be used and where it comes from: all that is needed, but
/// for the file, to make it again at another address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    protection: i32,
    flags: i32,
    file_offset: u64,
    /// True if the protection allows writing, or has at any time.
    ever_writable: bool,
    /// True if the mapping may begin in front of the file offset.
    rounds: bool,
    /// True if the system was ever given advice that nobody has looked at.
    advised: bool,
}

impl Layout {
    /// Refuses flags that ask for a fixed address (S5).
    pub(crate) fn new(protection: i32, flags: i32, file_offset: u64) -> Result<Layout> {
        if flags & os::MAP_AT_ADDRESS == 0 {
            Ok(Layout {
                protection,
                flags,
                file_offset,
                ever_writable: protection & os::PROT_WRITE != 0,
                rounds: false,
                advised: false,
            })
        } else {
            Err(Error::new(Cause::FixedAddress { flags }))
        }
    }

    /// The same for another use.
    fn with_protection(self, protection: i32) -> Layout {
        Layout {
            protection,
            ever_writable: self.ever_writable || protection & os::PROT_WRITE != 0,
            ..self
        }
    }

    /// The same, with a file offset that may be any: the mapping begins in front
    /// of it, where one can. Otherwise the system judges.
    pub(crate) fn rounded(self) -> Layout {
        Layout {
            rounds: !self.is_anonymous(),
            ..self
        }
    }

    /// Returns whether the file offset may be any.
    #[cfg(windows)]
    pub(crate) fn rounds(&self) -> bool {
        self.rounds
    }

    /// How far in front of the file offset the mapping begins, at a multiple of
    /// `granularity`, a power of two.
    fn head_padding(&self, granularity: usize) -> usize {
        if self.rounds {
            self.file_offset as usize & (granularity - 1)
        } else {
            0
        }
    }

    #[inline]
    pub(crate) fn protection(&self) -> i32 {
        self.protection
    }

    pub(crate) fn flags(&self) -> i32 {
        self.flags
    }

    pub(crate) fn file_offset(&self) -> u64 {
        self.file_offset
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        self.flags & os::MAP_ANON != 0
    }

    /// Shared is one bit everywhere; what lacks it (private memory, Linux's
    /// droppable memory) is seen by nobody else.
    pub(crate) fn is_private(&self) -> bool {
        self.flags & os::MAP_SHARED == 0
    }

    /// Returns whether the bytes are this process's alone, and stay until they are changed:
    /// droppable memory is neither shared nor private, and pages that were given up
    /// lazily (`MADV_FREE`) go when they go.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.is_anonymous() && self.flags & os::MAP_TYPE == os::MAP_PRIVATE && !self.advised
    }

    /// No system we support has pages that can be written and not read.
    #[inline]
    pub(crate) fn is_readable(&self) -> bool {
        self.protection & (os::PROT_READ | os::PROT_WRITE) != 0
    }

    #[inline]
    pub(crate) fn is_writable(&self) -> bool {
        self.protection & os::PROT_WRITE != 0
    }

    /// Returns whether there can be changes: they outlive the right to make them.
    pub(crate) fn was_ever_writable(&self) -> bool {
        self.ever_writable
    }
}

/// What a mapping is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backing {
    /// The size of its pages, a power of two.
    pub(crate) page: usize,
    /// The kept descriptor of its file.
    pub(crate) file: Option<GuardedFile>,
    /// True if its pages can be taken away from under it.
    pub(crate) at_risk: bool,
    /// True if its bytes may be the registers of a device: none is loaded or stored but
    /// those that an operation names, and its driver may keep it from forked children.
    pub(crate) is_device: bool,
}

impl Backing {
    /// Memory of the process's own.
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
}

// SAFETY: the mapping belongs to the process and not to a thread.
unsafe impl Send for Region {}
// SAFETY: `&Region` only loads, and S2 makes loads safe beside any store. (What
// `read_to_ptr` stores, into this region maybe, is its caller's promise.)
unsafe impl Sync for Region {}

/// # Making and moving
impl Region {
    /// No bytes, and no system call.
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
        }
    }

    /// Maps `len` bytes of what `from` is to [`os::map`]: a file, or none for fresh
    /// memory; where sections are what is mapped, a section.
    pub(crate) fn map(
        len: usize,
        layout: Layout,
        backing: Backing,
        from: RawFile,
    ) -> Result<Region> {
        let Layout {
            protection,
            flags,
            file_offset,
            ..
        } = layout;
        let head_padding = match len {
            0 => 0,
            _ => layout.head_padding(os::allocation_granularity().max(backing.page)),
        };
        let whole = len.saturating_add(head_padding);
        if isize::try_from(whole).is_err() {
            return Err(Error::new(Cause::TooLarge { bytes: len as u64 }));
        }
        let from_offset = file_offset - head_padding as u64;
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
        };
        if backing.at_risk {
            region.guard = region.watch()?;
        }
        if backing.is_device {
            region.expect_forks()?;
        }
        Ok(region)
    }

    /// The region as the fault handler sees it: from the start of its first page to
    /// the last of the bytes that users see.
    pub(super) fn guarded(&self) -> GuardedRegion {
        GuardedRegion {
            start: self.base().addr(),
            len: self.mapped_len_for(self.len),
            page: self.backing.page,
            protection: self.layout.protection(),
            private: self.layout.is_private(),
            file_offset: self.layout.file_offset - self.head_padding as u64,
            file: self.backing.file,
            at_risk: self.backing.at_risk,
        }
    }

    /// Where the mapping begins (S10).
    fn base(&self) -> *mut u8 {
        self.start.as_ptr().wrapping_sub(self.head_padding)
    }

    /// How far from `base` a map of `len` bytes reaches.
    fn mapped_len_for(&self, len: usize) -> usize {
        if len == 0 { 0 } else { self.head_padding + len }
    }

    /// Unmaps what lies `keep` bytes after `base`, a whole number of pages, and on.
    fn unmap_from(&mut self, keep: usize) -> Result<()> {
        if keep >= self.mapped || self.guard.is_given_up() {
            return Ok(());
        }
        let tail = self.base().wrapping_add(keep);
        // SAFETY: S7: the block is the tail of our mapping; `&mut self` says
        // that nobody uses it, now or, as `len` ends before it, later.
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

    /// Returns whether pages can be taken away from under it.
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

    /// How far in front of the first byte its page begins: where it does, as the
    /// system counts pages.
    pub(crate) fn head_padding(&self) -> usize {
        self.head_padding
    }

    /// Where the page ends that `at` is in, as an index.
    pub(crate) fn page_end(&self, at: usize) -> usize {
        let page = self.backing.page;
        range::page_floor(self.head_padding + at, page) + page - self.head_padding
    }

    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// # Telling the system
///
/// An empty region has nothing to tell; all of these are then without effect.
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

    /// `madvise` of a range, with a number of the caller's.
    ///
    /// # Safety
    ///
    /// The bytes can be accessed as before when this returns, and later (S7).
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
        self.tell(range, advice.number()?)
    }

    /// Advice that was chosen, or promised, to leave S7 as it is.
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

    /// The whole pages of a block, as bytes from `base` on.
    fn pages_of(&self, start: *mut u8, count: usize) -> Range<usize> {
        let from = start.addr() - self.base().addr();
        from..range::page_ceil(from + count, self.backing.page)
    }

    /// Returns whether all of the mapping is memory.
    #[cfg(windows)]
    pub(crate) fn is_committed(&self) -> bool {
        os::is_committed(self.base(), self.mapped_len_for(self.len))
    }

    /// Gives the mapping a name for people to read.
    pub(crate) fn set_name(&self, name: &CStr) -> Result<()> {
        let Some((start, count)) = self.block(0..self.len)? else {
            return Ok(());
        };
        // SAFETY: S7: the block is our mapping.
        unsafe { os::set_name(start, count, name) }
    }

    /// A range as a block of mapped memory, `None` if nothing is mapped. What lies
    /// in front of the first byte, in its page, belongs to it.
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
        self.guard.suspend();
        // A mapping that cannot be unmapped stays, and harms nobody.
        let _ = self.unmap_from(0);
    }
}
