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
    /// It holds until the map is resized or dropped; the bytes there may
    /// change at any time. An empty map has no bytes and no particular address.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: the map has a first byte, and nobody changes the file.
    /// assert_eq!(unsafe { map.as_ptr().read_volatile() }, b'[');
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.region.start()
    }

    /// The address of the first byte, for writing if the map
    /// [is writable](Mmap::is_writable).
    ///
    /// It holds until the map is resized or dropped.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// // SAFETY: the map has a first byte, is writable, and this process's alone.
    /// unsafe { map.as_mut_ptr().write_volatile(7) };
    /// assert_eq!(map.byte(0)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
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
    /// * nobody truncates the file: pages past its end turn into zeros, and
    ///   nobody is told ([`with_slice`](Mmap::with_slice) tells);
    /// * the map [is readable](Mmap::is_readable).
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: nobody changes the file, or makes it shorter, while the slice is used.
    /// let bytes = unsafe { map.as_slice() };
    /// assert!(bytes.starts_with(b"[package]"));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
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
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: nobody changes the file meanwhile.
    /// let sum = unsafe { map.with_slice(|bytes| bytes.iter().map(|&byte| byte as u64).sum::<u64>())? };
    /// assert!(sum > 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
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
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let first = map.with_ptr(0, 1, |start| {
    ///     // SAFETY: one byte from `start` on can be read here.
    ///     unsafe { start.read_volatile() }
    /// })?;
    /// assert_eq!(first, b'[');
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline(always)]
    pub fn with_ptr<R>(
        &self,
        at: usize,
        count: usize,
        f: impl FnOnce(*const u8) -> R,
    ) -> Result<R> {
        self.region.with_ptr(at, count, f)
    }

    /// The whole map as a slice to write to, without copying.
    ///
    /// # Safety
    ///
    /// As for [`as_slice`](Mmap::as_slice); besides, nobody reads these bytes
    /// in the meantime, and the map [is writable](Mmap::is_writable).
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// // SAFETY: memory of this process alone, and nothing else uses it meanwhile.
    /// unsafe { map.as_mut_slice() }.fill(7);
    /// assert_eq!(map.byte(9)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: S7, S8, and the caller's promise for what we cannot know.
        unsafe { slice::from_raw_parts_mut(self.region.start(), self.len()) }
    }
}
