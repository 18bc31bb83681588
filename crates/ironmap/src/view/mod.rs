//! Views: raw access to a range, in a scope that looks for damage once.
//!
//! # Safety
//!
//! A view relies on B1: its `len` bytes from `start` are a checked part of a region, readable
//! (writable, for a [`ViewMut`]), and the region is borrowed as long as a view of it exists
//! (mutably, for a [`ViewMut`]). A view is made only here, in a scope, and from another view by
//! a checked range. So S7 and S8 hold for its bytes, which is all that `volatile.rs` and
//! `memsearch` ask for (S3).
//!
//! No code of a user runs inside [`View::attempt`] (B2, W1).

#![allow(unsafe_code)]

mod iter;
mod numbers;
mod write;

use std::cmp::{Ordering, min};
use std::fmt;
use std::mem::MaybeUninit;
use std::ops::{Range, RangeBounds};
use std::sync::OnceLock;

use memsearch::{Finder, VolatileSlice};

use crate::error::{self, Error, Result};
use crate::range;
use crate::region::Region;
use crate::volatile;

pub use iter::{ViewBytes, ViewChunks};
pub use write::ViewMut;
pub(crate) use write::scope_mut;

/// Runs `f` on a view of a range of the region, and looks for damage afterwards.
#[inline]
pub(crate) fn scope<R>(
    region: &Region,
    range: Range<usize>,
    f: impl FnOnce(View<'_>) -> R,
) -> Result<R> {
    let scope = Scope::new(region);
    let view = scope.view(range)?;
    let result = f(view);
    view.check()?;
    Ok(result)
}

/// The state that all views of one call share.
struct Scope<'a> {
    region: &'a Region,
    /// The first fault that has ended an access, where faults do that (Windows).
    caught: OnceLock<Error>,
}

impl<'a> Scope<'a> {
    fn new(region: &'a Region) -> Scope<'a> {
        let caught = OnceLock::new();
        Scope { region, caught }
    }

    /// Makes the view of a whole scope.
    #[inline]
    fn view(&self, range: Range<usize>) -> Result<View<'_>> {
        let start = self.region.readable(range.start, range.len())?;
        // The closure may run for long before the first look.
        if self.region.needs_attention() {
            self.region.check_guard();
        }
        Ok(View {
            start,
            len: range.len(),
            scope: self,
        })
    }
}

/// Raw access to a range of a map, in the scope of [`Mmap::view`](crate::Mmap::view).
///
/// A load costs what a load from a slice costs: its bounds are checked, and nothing else. The
/// look for damage comes at the end of the scope, and wherever [`check`](View::check) asks for
/// it. **Until a look, what was read may be zeros** where the file has lost a page, as it may be
/// anything that another process writes. After damage the scope returns an error in the place of
/// its closure's result. What the closure has printed, sent or stored elsewhere by then has seen
/// the zeros; so has a loop that waits for another value. Look first where that matters.
///
/// Every byte is loaded once, when it is asked for, and handed out by value; a value that was
/// checked is the value that is used. A loop over single loads is compiled as it is written. For
/// loops that the compiler should vectorise, [`bytes`](View::bytes) and
/// [`chunks`](View::chunks) have a fast `fold` (and so a fast `sum`, `for_each`, `max` …), and
/// [`for_each_chunk`](View::for_each_chunk) gives slices of copies.
///
/// A view can be copied, and given to threads that end before the scope does.
///
/// ```
/// use ironmap::{Mmap, Result, View};
///
/// /// Sums the records of a file: two bytes of length, then as many of a number.
/// fn sum(mut records: View<'_>) -> Result<u64> {
///     let mut sum = 0;
///     while !records.is_empty() {
///         let len = records.read_u16_le(0)?.into();
///         let (record, rest) = records.slice(2..)?.split_at(len)?;
///         sum += record.bytes().fold(0, |number, byte| number << 8 | u64::from(byte));
///         records = rest;
///     }
///     Ok(sum)
/// }
///
/// let mut map = Mmap::anonymous(7)?;
/// map.write_at(0, b"\x01\x00\x05\x02\x00\x01\x02")?;
/// assert_eq!(map.view(.., sum)??, 5 + 0x102);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct View<'a> {
    start: *const u8,
    len: usize,
    scope: &'a Scope<'a>,
}

// SAFETY: loads are safe beside any store (S2, B3), in any thread; the scope is Sync.
unsafe impl Send for View<'_> {}
// SAFETY: as above; a view has no state of its own.
unsafe impl Sync for View<'_> {}

/// # Bytes
impl<'a> View<'a> {
    /// Returns the number of bytes.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// assert_eq!(map.view(10..30, |bytes| bytes.len())?, 20);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Returns whether there are no bytes.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// assert!(map.view(30..30, |bytes| bytes.is_empty())?);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// Returns the byte at index `at`, counted from the start of the view.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.view(1.., |bytes| bytes.byte(0))??, b'p');
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn byte(self, at: usize) -> Result<u8> {
        range::index(at, self.len).map_err(Error::of_view)?;
        let from = self.start.wrapping_add(at);
        // SAFETY: B1: inside the view.
        Ok(self.attempt(at, 0, || unsafe { volatile::load(from) }))
    }

    /// Returns the `N` bytes from index `at` on. `u32::from_ne_bytes` and its kin make numbers
    /// of them.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let magic: [u8; 4] = map.view(.., |bytes| bytes.read_array(0))??;
    /// assert_eq!(&magic, b"[pac");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_array<const N: usize>(self, at: usize) -> Result<[u8; N]> {
        range::span(at, N, self.len).map_err(Error::of_view)?;
        let from = self.start.wrapping_add(at);
        // SAFETY: B1: inside the view.
        Ok(self.attempt(at, [0; N], || unsafe { volatile::load_array(from) }))
    }

    /// Fills `into` with the bytes from index `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`: `into` stays as it was.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut start = [0; 9];
    /// map.view(.., |bytes| bytes.read_at(0, &mut start))??;
    /// assert_eq!(&start, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_at(self, at: usize, into: &mut [u8]) -> Result<()> {
        self.part(at, into.len())?.copy_over(into);
        Ok(())
    }

    /// Copies all bytes into a vector.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room for the copy.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let name = map.view(.., |bytes| bytes.slice(1..8)?.to_vec())??;
    /// assert_eq!(name, b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn to_vec(self) -> Result<Vec<u8>> {
        let mut copy = Vec::new();
        error::reserve(&mut copy, self.len)?;
        self.copy_to(&mut copy.spare_capacity_mut()[..self.len]);
        // SAFETY: `copy_to` has initialised as many bytes.
        unsafe { copy.set_len(self.len) };
        Ok(copy)
    }

    /// Looks for damage among the bytes of the view, as the scope does at its end.
    ///
    /// Call it before something is done with the bytes that cannot be undone, and now and then
    /// in long loops, so that they end early.
    ///
    /// # Errors
    ///
    /// [`Fault`](crate::ErrorKind::Fault) if one of the bytes is in a page that was not
    /// available. (On Windows, where a lost page ends the load and not the page, also if any
    /// other view of the scope has met one.)
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// map.view(.., |bytes| {
    ///     let word = bytes.slice(1..8)?.to_vec()?;
    ///     bytes.check()?; // these are the file's bytes, and no zeros in their place
    ///     println!("{}", String::from_utf8_lossy(&word));
    ///     Ok::<(), ironmap::Error>(())
    /// })??;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn check(self) -> Result<()> {
        if let Some(error) = self.scope.caught.get() {
            return Err(error.clone());
        }
        self.scope.region.check_loaded(self.index(), self.len)
    }
}

/// # Parts
impl<'a> View<'a> {
    /// Returns the view of a part.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let start = map.view(.., |bytes| bytes.slice(1..8)?.to_vec())??;
    /// assert_eq!(start, b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn slice(self, range: impl RangeBounds<usize>) -> Result<View<'a>> {
        let range = range::resolve(range, self.len).map_err(Error::of_view)?;
        Ok(self.within(range))
    }

    /// Returns the views of the bytes before index `at`, and of those from it on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if `at` is past the end.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(10)?;
    /// map.view(.., |bytes| {
    ///     let (head, body) = bytes.split_at(4)?;
    ///     assert_eq!((head.len(), body.len()), (4, 6));
    ///     Ok::<(), ironmap::Error>(())
    /// })??;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn split_at(self, at: usize) -> Result<(View<'a>, View<'a>)> {
        range::position(at, self.len).map_err(Error::of_view)?;
        Ok((self.within(0..at), self.within(at..self.len)))
    }

    /// Calls `f` with all bytes in order, in copies of 4096 bytes; the last one has the rest.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut newlines = 0;
    /// map.view(.., |bytes| {
    ///     bytes.for_each_chunk(|chunk| {
    ///         newlines += chunk.iter().filter(|&&byte| byte == b'\n').count();
    ///     });
    /// })?;
    /// assert_eq!(newlines, map.count(b"\n", ..)?);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn for_each_chunk(self, mut f: impl FnMut(&[u8])) {
        let mut buffer = [MaybeUninit::uninit(); CHUNK];
        let mut rest = self;
        while !rest.is_empty() {
            let part = rest.take_chunk();
            f(part.copy_to(&mut buffer[..part.len]));
        }
    }
}

/// # Comparing and searching
impl View<'_> {
    /// Compares the bytes with those of a slice, as slices compare.
    ///
    /// ```
    /// use std::cmp::Ordering;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let order = map.view(..9, |bytes| bytes.compare(b"[package]"))?;
    /// assert_eq!(order, Ordering::Equal);
    /// assert_eq!(map.view(..9, |bytes| bytes.compare(b"[q"))?, Ordering::Less);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn compare(self, other: &[u8]) -> Ordering {
        let common = &other[..min(self.len, other.len())];
        // SAFETY: B1: no more bytes than the view has.
        let compare = || unsafe { volatile::compare(self.start, common) };
        self.attempt(0, Ordering::Equal, compare)
            .then(self.len.cmp(&other.len()))
    }

    /// Returns whether the view begins with these bytes.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert!(map.view(.., |bytes| bytes.starts_with(b"[package]"))?);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn starts_with(self, bytes: &[u8]) -> bool {
        bytes.len() <= self.len && self.within(0..bytes.len()).compare(bytes).is_eq()
    }

    /// Returns the index of the first `needle`. The empty needle is found at the start.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.view(.., |bytes| bytes.find(b"age]"))?, Some(5));
    /// assert_eq!(map.view(..8, |bytes| bytes.find(b"age]"))?, None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn find(self, needle: &[u8]) -> Option<usize> {
        let bytes = self.searched();
        match *needle {
            [byte] => self.attempt(0, None, || memsearch::find_byte(bytes, byte)),
            _ => {
                let mut finder = Finder::for_one(needle, self.len());
                self.attempt(0, None, || finder.find_in(bytes))
            }
        }
    }

    /// Returns the index of the last `needle`. The empty needle is found at the end.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.view(..9, |bytes| bytes.rfind(b"a"))?, Some(5));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn rfind(self, needle: &[u8]) -> Option<usize> {
        let bytes = self.searched();
        match *needle {
            [byte] => self.attempt(0, None, || memsearch::rfind_byte(bytes, byte)),
            _ => {
                let mut finder = Finder::for_one(needle, self.len());
                self.attempt(0, None, || finder.rfind_in(bytes))
            }
        }
    }
}

impl<'a> View<'a> {
    /// Runs `touch`, which loads from the view at `at` and owns nothing. Where a fault ends it,
    /// returns `instead`, and the next look returns the fault.
    #[inline(always)]
    fn attempt<R>(self, at: usize, instead: R, touch: impl FnOnce() -> R) -> R {
        match self.scope.region.catch_fault(self.index() + at, touch) {
            Ok(loaded) => loaded,
            Err(error) => {
                // Another thread's may have come first.
                let _ = self.scope.caught.set(error);
                instead
            }
        }
    }

    /// Returns the index of the first byte in the region.
    #[inline]
    fn index(self) -> usize {
        self.start.addr() - self.scope.region.start().addr()
    }

    /// Returns the view of a range that was checked.
    #[inline]
    fn within(self, range: Range<usize>) -> View<'a> {
        debug_assert!(range.start <= range.end && range.end <= self.len);
        View {
            start: self.start.wrapping_add(range.start),
            len: range.len(),
            scope: self.scope,
        }
    }

    /// Returns the view of the `count` bytes from index `at` on.
    #[inline]
    fn part(self, at: usize, count: usize) -> Result<View<'a>> {
        range::span(at, count, self.len).map_err(Error::of_view)?;
        Ok(self.within(at..at + count))
    }

    fn searched(self) -> VolatileSlice<'a> {
        // SAFETY: B1: the bytes of the view, as long as the region is borrowed.
        unsafe { VolatileSlice::new(self.start, self.len) }
    }

    /// Takes the first bytes off, as many as a chunk has.
    fn take_chunk(&mut self) -> View<'a> {
        let count = min(CHUNK, self.len);
        let first = self.within(0..count);
        *self = self.within(count..self.len);
        first
    }

    /// Fills `into`, which is as long as the view. Returns whether no fault ended the copy.
    #[inline]
    fn copy_over(self, into: &mut [u8]) -> bool {
        debug_assert_eq!(into.len(), self.len);
        let copy = || {
            // SAFETY: B1: as many bytes as the view has.
            unsafe { volatile::copy_over(self.start, into) };
            true
        };
        let whole = self.attempt(0, false, copy);
        volatile::forbid_reload();
        whole
    }

    /// Fills `into`, which is as long as the view, and returns it initialised.
    #[inline]
    fn copy_to(self, into: &mut [MaybeUninit<u8>]) -> &mut [u8] {
        debug_assert_eq!(into.len(), self.len);
        let copy = || {
            // SAFETY: B1: as many bytes as the view has.
            unsafe { volatile::copy_out(self.start, into) };
            true
        };
        if !self.attempt(0, false, copy) {
            into.fill(MaybeUninit::new(0));
        }
        volatile::forbid_reload();
        // SAFETY: all of it was copied to, or filled.
        unsafe { &mut *(std::ptr::from_mut(into) as *mut [u8]) }
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}

/// Bytes of a chunk: they stay in the first-level cache, and the call that copies them costs
/// little beside them.
const CHUNK: usize = 4096;
