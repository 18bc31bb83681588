//! Views that can be stored to.
//!
//! # Safety
//!
//! B1, as in `view/mod.rs`: a [`ViewMut`] is made only in a scope that borrows the region
//! mutably, and from another one by a checked range. Two of them share no byte, or one borrows
//! the other.

#![allow(unsafe_code)]

use std::fmt;
use std::ops::{Range, RangeBounds};

use super::{CHUNK, Scope, View};
use crate::error::{Error, Result};
use crate::range;
use crate::region::Region;
use crate::volatile;

/// Runs `f` on a writable view of a range of the region, and looks for damage afterwards.
#[inline]
pub(crate) fn scope_mut<R>(
    region: &mut Region,
    range: Range<usize>,
    f: impl FnOnce(ViewMut<'_>) -> R,
) -> Result<R> {
    region.require_writable()?;
    let scope = Scope::new(region);
    let view = scope.view(range)?;
    let result = f(ViewMut(view));
    ViewMut(view).check()?;
    Ok(result)
}

/// Raw access to a range of a map, for reading and writing, in the scope of
/// [`Mmap::view_mut`](crate::Mmap::view_mut).
///
/// A store costs what a store to a slice costs. Like a [`View`] it looks for damage only at the
/// end of the scope, and where [`check`](ViewMut::check) asks for it. A store to a page that the
/// file has lost, or that its file system has no space for, is lost, and the look reports it.
/// What was stored before stays.
///
/// ```
/// use ironmap::Mmap;
///
/// let mut map = Mmap::anonymous(24)?;
/// map.view_mut(.., |mut bytes| {
///     for i in 0..3 {
///         bytes.write_u64_le(8 * i, i as u64)?;
///     }
///     Ok::<(), ironmap::Error>(())
/// })??;
/// assert_eq!(map.read_u64_le(16)?, 2);
/// # Ok::<(), ironmap::Error>(())
/// ```
pub struct ViewMut<'a>(View<'a>);

/// # Bytes
impl<'a> ViewMut<'a> {
    /// Returns a view for reading.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// let sum = map.view_mut(.., |mut bytes| {
    ///     bytes.set_byte(3, 7)?;
    ///     Ok::<u32, ironmap::Error>(bytes.as_view().bytes().map(u32::from).sum())
    /// })??;
    /// assert_eq!(sum, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn as_view(&self) -> View<'_> {
        self.0
    }

    /// Sets the byte at index `at`, counted from the start of the view.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// map.view_mut(4.., |mut bytes| bytes.set_byte(0, 7))??;
    /// assert_eq!(map.byte(4)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn set_byte(&mut self, at: usize, byte: u8) -> Result<()> {
        range::index(at, self.0.len).map_err(Error::of_view)?;
        let to = self.start().wrapping_add(at);
        // SAFETY: B1: inside the view.
        self.0
            .attempt(at, (), || unsafe { volatile::store(to, byte) });
        Ok(())
    }

    /// Writes an array from index `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`: nothing is written.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// map.view_mut(.., |mut bytes| bytes.write_array(4, *b"last"))??;
    /// assert_eq!(map.to_vec(4..)?, b"last");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn write_array<const N: usize>(&mut self, at: usize, bytes: [u8; N]) -> Result<()> {
        range::span(at, N, self.0.len).map_err(Error::of_view)?;
        let to = self.start().wrapping_add(at);
        // SAFETY: B1: inside the view.
        let store = || unsafe { volatile::store_array(to, bytes) };
        self.0.attempt(at, (), store);
        Ok(())
    }

    /// Writes `bytes` from index `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`: nothing is written.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// map.view_mut(.., |mut bytes| bytes.write_at(5, b"world"))??;
    /// assert_eq!(map.to_vec(5..)?, b"world");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn write_at(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        let part = ViewMut(self.0.part(at, bytes.len())?);
        part.copy_from(bytes);
        Ok(())
    }

    /// Sets every byte to `byte`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(6)?;
    /// map.view_mut(1..5, |mut bytes| bytes.fill(b'.'))?;
    /// assert_eq!(map.to_vec(..)?, b"\0....\0");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn fill(&mut self, byte: u8) {
        let (to, len) = (self.start(), self.0.len);
        // SAFETY: B1: as many bytes as the view has.
        let fill = || unsafe { volatile::fill(to, byte, len) };
        self.0.attempt(0, (), fill);
    }

    /// Looks for damage among the bytes of the view: after `Ok` what was stored has reached the
    /// file's pages, and what was read were the file's bytes.
    ///
    /// # Errors
    ///
    /// Those of [`View::check`].
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// map.view_mut(.., |mut bytes| {
    ///     bytes.fill(1);
    ///     bytes.check()
    /// })??;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn check(&self) -> Result<()> {
        let View { len, scope, .. } = self.0;
        let at = self.0.index();
        if let Some(error) = scope.caught.get() {
            return Err(error.clone());
        }
        scope.region.check_stored(at, len)?;
        scope.region.check_loaded(at, len)
    }
}

/// # Parts
impl<'a> ViewMut<'a> {
    /// Returns the writable view of a part.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(6)?;
    /// map.view_mut(.., |mut bytes| Ok::<(), ironmap::Error>(bytes.slice_mut(4..)?.fill(1)))??;
    /// assert_eq!(map.to_vec(..)?, [0, 0, 0, 0, 1, 1]);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> Result<ViewMut<'_>> {
        self.0.slice(range).map(ViewMut)
    }

    /// Splits the view in two at index `at`, for two threads for example.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if `at` is past the end.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1 << 20)?;
    /// map.view_mut(.., |bytes| {
    ///     let (mut left, mut right) = bytes.split_at(1 << 19)?;
    ///     std::thread::scope(|scope| {
    ///         scope.spawn(|| left.fill(1));
    ///         scope.spawn(|| right.fill(2));
    ///     });
    ///     Ok::<(), ironmap::Error>(())
    /// })??;
    /// assert_eq!(map.byte(1 << 19)?, 2);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn split_at(self, at: usize) -> Result<(ViewMut<'a>, ViewMut<'a>)> {
        let (left, right) = self.0.split_at(at)?;
        Ok((ViewMut(left), ViewMut(right)))
    }

    /// Calls `f` with all bytes in order, in copies of 4096 bytes (the last one has the rest),
    /// and stores each back after it was changed. What other processes store in between is lost.
    /// A chunk that a fault keeps from being copied (on Windows) is left out.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// map.write_at(0, b"shout, now")?;
    /// map.view_mut(.., |mut bytes| bytes.for_each_chunk_mut(<[u8]>::make_ascii_uppercase))?;
    /// assert_eq!(map.to_vec(..)?, b"SHOUT, NOW");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn for_each_chunk_mut(&mut self, mut f: impl FnMut(&mut [u8])) {
        let mut buffer = [0; CHUNK];
        let mut rest = self.0;
        while !rest.is_empty() {
            let part = rest.take_chunk();
            let chunk = &mut buffer[..part.len];
            if part.copy_over(chunk) {
                f(chunk);
                ViewMut(part).copy_from(chunk);
            }
        }
    }
}

impl ViewMut<'_> {
    #[inline]
    fn start(&self) -> *mut u8 {
        self.0.start.cast_mut()
    }

    /// Stores as many bytes as the view has.
    #[inline]
    fn copy_from(&self, bytes: &[u8]) {
        debug_assert_eq!(bytes.len(), self.0.len);
        let (from, to) = (bytes.as_ptr(), self.start());
        // SAFETY: B1 for the target; a slice is readable in its whole length.
        let copy = || unsafe { volatile::copy_in(from, to, bytes.len()) };
        self.0.attempt(0, (), copy);
    }
}

impl fmt::Debug for ViewMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ViewMut")
            .field("len", &self.0.len)
            .finish_non_exhaustive()
    }
}
