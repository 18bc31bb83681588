//! The map as plain memory, for callers that can promise that its bytes do not change.
//!
//! # Safety
//!
//! Each function only passes its caller's promise to the region, or returns the slice that the
//! promise is about.

#![allow(unsafe_code)]

#[cfg(feature = "__bindings")]
use std::ops::Range;
use std::slice;

use super::Mmap;
use crate::error::Result;

/// # As memory
impl Mmap {
    /// Returns the address of the first byte.
    ///
    /// It is valid until the map is resized or dropped; the bytes there may
    /// change at any time. The address of an empty map is unspecified.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: the map has a first byte, and the file does not change.
    /// assert_eq!(unsafe { map.as_ptr().read_volatile() }, b'[');
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.region.start()
    }

    /// Returns the address of the first byte, for writing if the map
    /// [is writable](Mmap::is_writable).
    ///
    /// It is valid until the map is resized or dropped.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// // SAFETY: the map has a first byte, is writable, and private to this process.
    /// unsafe { map.as_mut_ptr().write_volatile(7) };
    /// assert_eq!(map.byte(0)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn as_mut_ptr(&mut self) -> *mut u8 {
        self.region.start()
    }

    /// Returns the whole map as a slice, without copying.
    ///
    /// # Safety
    ///
    /// While the slice is used
    ///
    /// * no other code changes these bytes: no process through the file, no thread
    ///   through another map of it or through a raw pointer;
    /// * no page is lost, which then turns into zeros, without an error
    ///   ([`with_slice`](Mmap::with_slice) returns one): the file is not truncated, its disk
    ///   delivers every page, and no forked child that lacks pages
    ///   ([`Advice::DontFork`](crate::Advice::DontFork)) uses the slice;
    /// * the map [is readable](Mmap::is_readable).
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: the file is neither changed nor truncated while the slice is used.
    /// let bytes = unsafe { map.as_slice() };
    /// assert!(bytes.starts_with(b"[package]"));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub unsafe fn as_slice(&self) -> &[u8] {
        // SAFETY: S7, S8, and the caller's promise that the bytes do not change.
        unsafe { slice::from_raw_parts(self.region.start(), self.len()) }
    }

    /// Runs `f` on the whole map as a slice, without copying.
    ///
    /// A fault inside `f` does not kill the process (on Windows it does): `f` reads zeros
    /// from damaged pages, and its result is dropped.
    ///
    /// # Errors
    ///
    /// `NotReadable`; [`Fault`](crate::ErrorKind::Fault) if a part of the map
    /// is damaged when `f` returns.
    ///
    /// # Safety
    ///
    /// While `f` runs, no other code changes these bytes: no process through the file,
    /// no thread through another map of it or through a raw pointer. (A page that is lost does no
    /// harm to programs that check the error; strictly, its zeros are a change.)
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: the file does not change meanwhile.
    /// let sum = unsafe { map.with_slice(|bytes| bytes.iter().map(|&byte| byte as u64).sum::<u64>())? };
    /// assert!(sum > 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub unsafe fn with_slice<R>(&self, f: impl FnOnce(&[u8]) -> R) -> Result<R> {
        self.region.require_readable()?;
        // SAFETY: the caller's promise.
        let result = f(unsafe { self.as_slice() });
        self.region.check_loaded(0, self.len())?;
        Ok(result)
    }

    /// Runs `f` on the address of the `count` bytes from index `at` on, for foreign
    /// code that copies them. The address is valid until `f` returns.
    ///
    /// A fault inside `f` does not kill the process (on Windows it does): `f` reads zeros
    /// from damaged pages, and its result is dropped.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`: `f` does not run.
    /// [`Fault`](crate::ErrorKind::Fault) if one of these bytes is damaged when
    /// `f` returns.
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

    /// Runs `f` like [`with_ptr`](Mmap::with_ptr) on the bytes of a range up to its first `byte`,
    /// which is one of them: `f` gets their address and their number.
    ///
    /// Returns `None` if the first 256 KiB of the range have no such byte, if the map [needs
    /// attention](crate::raw::MmapExt::needs_attention), or if the range is not in the map or not
    /// readable. [`find`](Mmap::find) tells these apart.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.byte(0)?, b'['); // the first use
    /// let len = map.with_ptr_until(b']', 0..map.len(), |_start, len| len);
    /// assert_eq!(len, Some(b"[package]".len()));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(feature = "__bindings")]
    #[inline(always)]
    pub fn with_ptr_until<R>(
        &self,
        byte: u8,
        range: Range<usize>,
        f: impl FnOnce(*const u8, usize) -> R,
    ) -> Option<R> {
        self.region.with_ptr_until(byte, range, f)
    }

    /// Returns the whole map as a mutable slice, without copying.
    ///
    /// # Safety
    ///
    /// The conditions of [`as_slice`](Mmap::as_slice); also, no other code reads these bytes
    /// meanwhile, and the map [is writable](Mmap::is_writable).
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// // SAFETY: private memory, and nothing else uses it meanwhile.
    /// unsafe { map.as_mut_slice() }.fill(7);
    /// assert_eq!(map.byte(9)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub unsafe fn as_mut_slice(&mut self) -> &mut [u8] {
        // SAFETY: S7, S8, and the caller's promise that the bytes do not change.
        unsafe { slice::from_raw_parts_mut(self.region.start(), self.len()) }
    }
}
