//! Access to the bytes of a region: check, make a pointer, copy, check for damage.
//!
//! # Safety
//!
//! Only `readable` and `writable_too` make a pointer, or code after a check of the bounds. It is
//! used only under the borrow it was made from (B1, for views). So S7 and S8, the invariants of
//! [`Region`], are all that `volatile.rs` asks for (S3).

#![allow(unsafe_code)]

use std::cmp::min;
use std::mem::MaybeUninit;
use std::ops::Range;

use memsearch::VolatileSlice;

use super::Region;
use crate::error::{self, Cause, Error, Result};
use crate::range;
use crate::volatile;

/// The size in bytes from which an access checks that the fault handler is installed. The access
/// then costs much more than the check.
const BULK: usize = 768 << 10;

/// The most bytes in which a byte nearby is looked for. Fewer than [`BULK`]: the check takes longer.
const NEAR: usize = 256 << 10;

/// # Checking
impl Region {
    #[inline]
    pub(crate) fn require_readable(&self) -> Result<()> {
        if self.layout.is_readable() {
            Ok(())
        } else {
            Err(Error::new(Cause::NotReadable))
        }
    }

    #[inline]
    pub(crate) fn require_writable(&self) -> Result<()> {
        if self.layout.is_writable() {
            Ok(())
        } else {
            Err(Error::new(Cause::NotWritable))
        }
    }

    /// Returns a pointer to `count` bytes that may be loaded while `self` is borrowed.
    #[inline]
    pub(crate) fn readable(&self, at: usize, count: usize) -> Result<*const u8> {
        self.require_readable()?;
        range::span(at, count, self.len)?;
        self.ensure_installed_before(count);
        // SAFETY: S8: `at` is inside the mapping or at its end.
        Ok(unsafe { self.start.as_ptr().add(at) })
    }

    /// Returns a pointer to `count` bytes that may be stored to while `self` is borrowed.
    #[inline]
    pub(super) fn writable(&mut self, at: usize, count: usize) -> Result<*mut u8> {
        self.ensure_installed_before(count);
        self.writable_too(at, count)
    }

    /// Does the same after [`Region::readable`] of as many bytes, which has checked the handler.
    #[inline]
    fn writable_too(&mut self, at: usize, count: usize) -> Result<*mut u8> {
        self.require_writable()?;
        range::span(at, count, self.len)?;
        self.prefault_stores(at, count)?;
        // SAFETY: S8: `at` is inside the mapping or at its end.
        Ok(unsafe { self.start.as_ptr().add(at) })
    }

    /// Runs `touch`, which touches this region from `at` on. A fault may end it early, so it owns
    /// nothing (SAFETY.md: W1).
    #[inline(always)]
    pub(crate) fn catch_fault<R>(&self, at: usize, touch: impl FnOnce() -> R) -> Result<R> {
        let start = self.start.addr().get();
        // SAFETY: W1, by every caller.
        let touched = unsafe { self.guard.catch_fault(start..start + self.len, at, touch) };
        touched.map_err(Error::of_fault)
    }

    /// Installs the fault handler again if other code has replaced it and an access of `count`
    /// bytes is large. Called before the access.
    #[inline]
    pub(crate) fn ensure_installed_before(&self, count: usize) {
        if count >= BULK {
            self.guard.ensure_installed();
        }
    }

    /// Returns whether the region is damaged, or not used in this process yet.
    #[inline]
    pub(crate) fn needs_attention(&self) -> bool {
        !cfg!(ironmap_unguarded) && self.guard.needs_attention()
    }

    /// Checks that the fault handler is installed, if this is the first use.
    pub(crate) fn check_guard(&self) {
        self.guard.check_first_use();
    }
}

/// # After an access
impl Region {
    /// Returns whether the `count` bytes at `at`, just loaded, were the file's.
    ///
    /// # Errors
    ///
    /// The fault of the first damaged byte among them.
    #[inline(always)]
    pub(crate) fn check_loaded(&self, at: usize, count: usize) -> Result<()> {
        if self.were_loads_quiet() {
            return Ok(());
        }
        self.check_damage(at, count)
    }

    /// Returns whether bytes that were just loaded need no [`Region::check_loaded`].
    #[inline(always)]
    fn were_loads_quiet(&self) -> bool {
        cfg!(ironmap_unguarded) || !self.guard.loads_need_attention()
    }

    /// Returns whether the `count` bytes at `at`, just stored, went to the file.
    #[inline(always)]
    pub(crate) fn check_stored(&self, at: usize, count: usize) -> Result<()> {
        if cfg!(ironmap_unguarded) || !self.guard.stores_need_attention() {
            return Ok(());
        }
        self.check_damage(at, count)
    }

    /// Checks both, for the `count` bytes at `from` that were stored at `to`.
    #[inline(always)]
    pub(super) fn check_copied(&self, from: usize, to: usize, count: usize) -> Result<()> {
        if cfg!(ironmap_unguarded) || !self.guard.copies_need_attention() {
            return Ok(());
        }
        self.check_damage(to, count)?;
        self.check_damage(from, count)
    }

    #[cold]
    #[inline(never)]
    fn check_damage(&self, at: usize, count: usize) -> Result<()> {
        match self.guard.find_fault(at, count) {
            Some(fault) => Err(Error::of_fault(fault)),
            None => Ok(()),
        }
    }
}

/// # Loading
impl Region {
    #[inline]
    pub(crate) fn byte(&self, at: usize) -> Result<u8> {
        self.require_readable()?;
        range::index(at, self.len)?;
        // SAFETY: S8: `at` is inside the mapping.
        let address = unsafe { self.start.as_ptr().add(at) };
        // SAFETY: S7: it is mapped, and readable as just checked.
        let byte = self.catch_fault(at, || unsafe { volatile::load(address) })?;
        self.check_loaded(at, 1)?;
        Ok(byte)
    }

    /// Returns what [`byte`](Region::byte) does, or `None` for each error and if the region needs
    /// attention.
    #[inline(always)]
    pub(crate) fn try_byte(&self, at: usize) -> Option<u8> {
        if at >= self.len || !self.layout.is_readable() {
            return None;
        }
        // SAFETY: S8: `at` is inside the mapping.
        let address = unsafe { self.start.as_ptr().add(at) };
        // SAFETY: S7: it is mapped, and readable as just checked.
        let byte = self.catch_fault(at, || unsafe { volatile::load(address) });
        byte.ok().filter(|_| self.were_loads_quiet())
    }

    /// Fills `into` with the bytes from `at` on, and returns it initialised.
    #[inline]
    pub(crate) fn read<'a>(
        &self,
        at: usize,
        into: &'a mut [MaybeUninit<u8>],
    ) -> Result<&'a mut [u8]> {
        let from = self.readable(at, into.len())?;
        // SAFETY: S7 for the bytes that `readable` has checked.
        let into = self.catch_fault(at, || unsafe { volatile::copy_out(from, into) })?;
        self.check_loaded(at, into.len())?;
        Ok(into)
    }

    /// Does the same over initialised bytes.
    #[inline]
    pub(crate) fn read_over(&self, at: usize, into: &mut [u8]) -> Result<()> {
        let from = self.readable(at, into.len())?;
        // SAFETY: S7 for the bytes that `readable` has checked.
        self.catch_fault(at, || unsafe { volatile::copy_over(from, into) })?;
        self.check_loaded(at, into.len())
    }

    /// Copies `count` bytes to `into`, as if they were copied elsewhere first.
    ///
    /// # Safety
    ///
    /// `count` bytes from `into` are writable, and no reference to them exists; they may be the
    /// region's own.
    pub(crate) unsafe fn read_to_ptr(&self, at: usize, into: *mut u8, count: usize) -> Result<()> {
        let from = self.readable(at, count)?;
        // SAFETY: S7 for the bytes that `readable` has checked; the caller's promise
        // for the target.
        self.catch_fault(at, || unsafe { volatile::copy_in(from, into, count) })?;
        self.check_loaded(at, count)
    }

    /// Runs `f`, which loads `count` bytes from the address of `at` on. It may own something, so
    /// no fault is caught in it: on Windows one ends the process.
    #[inline(always)]
    pub(crate) fn with_ptr<R>(
        &self,
        at: usize,
        count: usize,
        f: impl FnOnce(*const u8) -> R,
    ) -> Result<R> {
        let loaded = f(self.readable(at, count)?);
        self.check_loaded(at, count)?;
        Ok(loaded)
    }

    /// Runs `f` like [`Region::with_ptr`] on the bytes of a range up to its first `byte`, with it.
    /// Returns `None` if it is not in the first [`NEAR`] bytes, or if the region needs
    /// attention.
    #[inline(always)]
    pub(crate) fn with_ptr_until<R>(
        &self,
        byte: u8,
        range: Range<usize>,
        f: impl FnOnce(*const u8, usize) -> R,
    ) -> Option<R> {
        let at = range.start;
        if at > range.end || range.end > self.len || !self.layout.is_readable() {
            return None;
        }
        // SAFETY: S8: `at` is inside the mapping or at its end.
        let start = unsafe { self.start.as_ptr().add(at) };
        // SAFETY: S7 for the range that was just checked, while `self` is borrowed.
        let bytes = unsafe { VolatileSlice::new(start, min(range.end - at, NEAR)) };
        let place = self.catch_fault(at, || memsearch::find_byte(bytes, byte));
        let returned = f(start, place.ok()?? + 1);
        self.were_loads_quiet().then_some(returned)
    }

    /// Appends a range to `bytes`; an error leaves them as they were.
    pub(crate) fn append_to(&self, bytes: &mut Vec<u8>, range: Range<usize>) -> Result<()> {
        let count = range.len();
        self.read(range.start, room_for(bytes, count)?)?;
        // SAFETY: the reserved bytes after the old length have just been read.
        unsafe { bytes.set_len(bytes.len() + count) };
        Ok(())
    }

    /// Fills `into` with the bytes at `start`, `start + step`, ….
    pub(crate) fn gather(
        &self,
        start: usize,
        step: isize,
        into: &mut [MaybeUninit<u8>],
    ) -> Result<()> {
        self.require_readable()?;
        range::stride(start, step, into.len(), self.len)?;
        if into.is_empty() {
            return Ok(());
        }
        let from = self.start.as_ptr().wrapping_add(start);
        let (at, stretch) = range::stride_extent(start, step, into.len());
        self.ensure_installed_before(stretch);
        // SAFETY: S7 for the bytes that `stride` has checked.
        self.catch_fault(at, || unsafe { volatile::gather(from, step, into) })?;
        self.check_loaded(at, stretch)
    }

    /// Runs `f`, which scans a range and owns nothing (SAFETY.md: W1). The caller then calls
    /// [`Region::check_loaded`].
    #[inline]
    pub(crate) fn scan<R>(
        &self,
        range: &Range<usize>,
        f: impl FnOnce(VolatileSlice<'_>) -> R,
    ) -> Result<R> {
        let start = self.readable(range.start, range.len())?;
        // SAFETY: S7 for the bytes that `readable` has checked, while `self` is
        // borrowed.
        let bytes = unsafe { VolatileSlice::new(start, range.len()) };
        self.catch_fault(range.start, || f(bytes))
    }

    pub(crate) fn count_byte(&self, byte: u8, range: Range<usize>) -> Result<usize> {
        let count = self.scan(&range, |bytes| memsearch::count_byte(bytes, byte))?;
        self.check_loaded(range.start, range.len())?;
        Ok(count)
    }
}

/// # Storing
impl Region {
    #[inline]
    pub(crate) fn set_byte(&mut self, at: usize, byte: u8) -> Result<()> {
        self.require_writable()?;
        range::index(at, self.len)?;
        // SAFETY: S8: `at` is inside the mapping.
        let address = unsafe { self.start.as_ptr().add(at) };
        // SAFETY: S7: it is mapped, and writable as just checked.
        self.catch_fault(at, || unsafe { volatile::store(address, byte) })?;
        self.check_stored(at, 1)
    }

    #[inline]
    pub(crate) fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        // SAFETY: a slice is readable in its whole length.
        unsafe { self.write_from_ptr(at, bytes.as_ptr(), bytes.len()) }
    }

    /// Stores `count` bytes from `from`, as if they were copied first.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable; they may be the region's own.
    #[inline]
    pub(crate) unsafe fn write_from_ptr(
        &mut self,
        at: usize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        let to = self.writable(at, count)?;
        // SAFETY: S7 for the bytes that `writable` has checked; the caller's
        // promise for the source.
        self.catch_fault(at, || unsafe { volatile::copy_in(from, to, count) })?;
        self.check_stored(at, count)
    }

    /// Stores `byte` into every byte of a range.
    pub(crate) fn fill(&mut self, byte: u8, range: Range<usize>) -> Result<()> {
        let to = self.writable(range.start, range.len())?;
        // SAFETY: S7 for the bytes that `writable` has checked.
        self.catch_fault(range.start, || unsafe {
            volatile::fill(to, byte, range.len())
        })?;
        self.check_stored(range.start, range.len())
    }

    /// Copies the first `count` bytes of another region to the start of this one.
    pub(crate) fn copy_from(&mut self, other: &Region, count: usize) -> Result<()> {
        let from = other.readable(0, count)?;
        // SAFETY: S7 for the bytes that `readable` has checked.
        other.catch_fault(0, || unsafe { self.write_from_ptr(0, from, count) })?
    }

    /// Stores `bytes` at `start`, `start + step`, ….
    pub(crate) fn scatter(&mut self, start: usize, step: isize, bytes: &[u8]) -> Result<()> {
        // SAFETY: a slice is readable in its whole length.
        unsafe { self.scatter_from_ptr(start, step, bytes.as_ptr(), bytes.len()) }
    }

    /// Stores `count` bytes from `from` at `start`, `start + step`, …, as if
    /// they were copied first.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable; they may be the region's own.
    pub(crate) unsafe fn scatter_from_ptr(
        &mut self,
        start: usize,
        step: isize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        self.require_writable()?;
        range::stride(start, step, count, self.len)?;
        if count == 0 {
            return Ok(());
        }
        let (at, stretch) = range::stride_extent(start, step, count);
        let mut copied = Vec::new();
        let mut source = from;
        if range::overlap(from.addr(), count, self.start.addr().get(), self.len) {
            let spare = room_for(&mut copied, count)?;
            // SAFETY: the caller's promise.
            source =
                self.catch_fault(at, || unsafe { volatile::copy_out(from, spare) }.as_ptr())?;
        }
        self.ensure_installed_before(stretch);
        self.prefault_strided(step, (at, stretch))?;
        let to = self.start.as_ptr().wrapping_add(start);
        // SAFETY: S7 for the bytes that `stride` has checked; the caller's
        // promise, or our own copy, for the source.
        self.catch_fault(at, || unsafe { volatile::scatter(source, count, to, step) })?;
        self.check_stored(at, stretch)
    }

    pub(crate) fn copy_within(&mut self, from: Range<usize>, to: usize) -> Result<()> {
        let count = from.len();
        let source = self.readable(from.start, count)?;
        self.prefault_loads(from.clone())?;
        let target = self.writable_too(to, count)?;
        // SAFETY: S7 for the bytes that `readable` and `writable_too` have checked.
        self.catch_fault(to, || unsafe { volatile::copy_in(source, target, count) })?;
        self.check_copied(from.start, to, count)
    }
}

/// Reserves room for `count` bytes after those of `bytes`, and returns it.
fn room_for(bytes: &mut Vec<u8>, count: usize) -> Result<&mut [MaybeUninit<u8>]> {
    error::reserve(bytes, count)?;
    Ok(&mut bytes.spare_capacity_mut()[..count])
}
