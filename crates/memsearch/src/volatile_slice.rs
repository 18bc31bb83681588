//! Memory that others may change while it is read.
//!
//! # Safety
//!
//! No reference into volatile memory is made (S1), and each byte is loaded once, into
//! private memory (S2). A function asks its caller for S3: the bytes it names are
//! readable until it returns.

#![allow(unsafe_code)]

use std::cmp::min;
use std::marker::PhantomData;
use std::ptr;

/// A range of memory that stays readable for `'a`, and whose bytes others may change.
///
/// It holds an address and a length, never a reference.
#[derive(Clone, Copy, Debug)]
pub struct VolatileSlice<'a> {
    start: *const u8,
    len: usize,
    memory: PhantomData<&'a [u8]>,
}

impl VolatileSlice<'_> {
    /// Makes a slice of the `len` bytes from `start` on.
    ///
    /// # Safety
    ///
    /// The bytes are readable for the lifetime, are of one allocation or mapping, and are at
    /// most `isize::MAX`.
    #[inline]
    pub unsafe fn new(start: *const u8, len: usize) -> Self {
        VolatileSlice {
            start,
            len,
            memory: PhantomData,
        }
    }

    /// Returns the address of the first byte.
    #[inline]
    pub fn start(self) -> *const u8 {
        self.start
    }

    /// Returns the address of the first byte, and the one after the last.
    #[inline]
    pub fn ends(self) -> [*const u8; 2] {
        [self.start, self.start.wrapping_add(self.len)]
    }

    /// Returns the first `len` bytes, or all if there are fewer.
    #[inline]
    #[must_use]
    pub fn first(self, len: usize) -> Self {
        VolatileSlice {
            len: min(len, self.len),
            ..self
        }
    }

    /// Returns the number of bytes.
    #[inline]
    pub fn len(self) -> usize {
        self.len
    }

    /// Returns true if there are no bytes.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }
}

impl<'a> From<&'a [u8]> for VolatileSlice<'a> {
    #[inline]
    fn from(bytes: &'a [u8]) -> VolatileSlice<'a> {
        // SAFETY: S3 for a slice, which is borrowed for the lifetime.
        unsafe { VolatileSlice::new(bytes.as_ptr(), bytes.len()) }
    }
}

/// Loads one byte.
///
/// # Safety
///
/// `at` is readable memory.
#[inline]
pub(crate) unsafe fn load(at: *const u8) -> u8 {
    // SAFETY: S3; a byte has no alignment.
    unsafe { ptr::read_volatile(at) }
}

/// Copies bytes into private memory.
///
/// # Safety
///
/// `into.len()` bytes from `from` are readable memory.
#[inline]
pub(crate) unsafe fn copy(from: *const u8, into: &mut [u8]) {
    // SAFETY: S3 for the source; the target is a borrow of private memory (S1), so the
    // two cannot overlap.
    unsafe { ptr::copy_nonoverlapping(from, into.as_mut_ptr(), into.len()) }
}
