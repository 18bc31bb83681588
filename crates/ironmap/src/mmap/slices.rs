//! The map as plain memory, for those who can promise what no type can.
//!
//! # Safety
//!
//! Only what is handed on is unsafe here: each function passes its caller's
//! promise to the region, or gives out the slice the caller has promised for.

#![allow(unsafe_code)]

use std::slice;

use super::Mmap;
use crate::error::Result;

/// # As memory
impl Mmap {
    /// The address of the first byte.
    ///
    /// It holds until the map is resized or dropped; the bytes behind it may
    /// change at any time. An empty map has no bytes and no particular address.
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.region.start()
    }

    /// The address of the first byte, for writing if the map
    /// [is writable](Mmap::is_writable).
    ///
    /// It holds until the map is resized or dropped.
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.region.start()
    }

    /// The whole map as a slice, without copying.
    ///
    /// # Safety
    ///
    /// While the slice is used
    ///
    /// * nobody changes these bytes: no process through the file, no thread
    ///   through another map of it or through a raw pointer;
    /// * nobody truncates the file: pages behind its end turn into zeros, and
    ///   nobody is told ([`with_slice`](Mmap::with_slice) tells);
    /// * the map [is readable](Mmap::is_readable).
    #[inline]
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: S7, S8, and the caller's promise for what we cannot know.
        unsafe { slice::from_raw_parts(self.region.start(), self.len()) }
    }

    /// Runs `f` on the whole map as a slice, without copying.
    ///
    /// A fault inside does not kill the process (on Windows it does): `f` sees zeros
    /// in the damaged places, and its result is thrown away.
    ///
    /// # Errors
    ///
    /// `NotReadable`; [`Fault`](crate::ErrorKind::Fault) if a part of the map
    /// is damaged when `f` is done.
    ///
    /// # Safety
    ///
    /// While `f` runs nobody changes these bytes: no process through the file,
    /// no thread through another map of it or through a raw pointer. (That the
    /// file becomes shorter is no such change to programs that look at the
    /// error; strictly, the zeros are one.)
    pub unsafe fn with_slice<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        self.region.require_readable()?;
        // SAFETY: the caller's promise.
        let result = f(unsafe { self.as_slice() });
        self.region.require_intact(0..self.len())?;
        Ok(result)
    }

    /// Runs `f` on the address of the `count` bytes from `at` on, for foreign
    /// code that copies them out by itself. It holds until `f` returns.
    ///
    /// A fault inside does not kill the process (on Windows it does): `f` sees zeros
    /// in the damaged places, and its result is thrown away.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`; `f` is then not run.
    /// [`Fault`](crate::ErrorKind::Fault) if one of these bytes is damaged when
    /// `f` is done.
    #[inline(always)]
    pub fn with_ptr<R>(
        &self,
        at: usize,
        count: usize,
        f: impl FnOnce(*const u8) -> R,
    ) -> Result<R> {
        self.region.lend(at, count, f)
    }

    /// The whole map as a slice to write to, without copying.
    ///
    /// # Safety
    ///
    /// As for [`as_slice`](Mmap::as_slice); besides, nobody reads these bytes
    /// in the meantime, and the map [is writable](Mmap::is_writable).
    #[inline]
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: S7, S8, and the caller's promise for what we cannot know.
        unsafe { slice::from_raw_parts_mut(self.region.start(), self.len()) }
    }

    /// Copies the `count` bytes from `at` on to `into`, as if they were copied
    /// elsewhere first.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`; nothing is copied then.
    /// [`Fault`](crate::ErrorKind::Fault); the memory then holds anything.
    ///
    /// # Safety
    ///
    /// `count` bytes from `into` are writable. They may be this map's own, and
    /// others may read them and write to them.
    pub unsafe fn read_to_ptr(&self, at: usize, into: *mut u8, count: usize) -> Result<()> {
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.read_to_ptr(at, into, count) }
    }

    /// Writes `count` bytes from `from` to `at` on, as if they were copied
    /// first.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`; the map is then as it was.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may be this map's own, and
    /// others may write to them; which bytes arrive is then open.
    #[inline]
    pub unsafe fn write_from_ptr(
        &mut self,
        at: usize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.write_from_ptr(at, from, count) }
    }

    /// Writes `count` bytes from `from` to `start`, `start + step`, and so on,
    /// as if they were copied first.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`,
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if they overlap with the
    /// map and there is no room to copy them; the map is then as it was.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may be this map's own, and
    /// others may write to them; which bytes arrive is then open.
    pub unsafe fn write_strided_from_ptr(
        &mut self,
        start: usize,
        step: isize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.scatter_from_ptr(start, step, from, count) }
    }
}
