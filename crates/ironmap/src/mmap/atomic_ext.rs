//! Numbers, each loaded, stored or changed by one access, with a look for damage.
//!
//! # Safety
//!
//! Each function only passes its caller's promise to the region.

#![allow(unsafe_code)]

use super::Mmap;
use super::mmap_ext::sealed::Sealed;
use crate::error::Result;
use crate::volatile::AtomicNumber;

/// Methods of [`Mmap`] that load, store and change one number, for bindings.
///
/// The access is one instruction's, of the number's size, in native byte order. An `Acquire`
/// load sees what was stored before the `Release` store that it reads from; `fetch_add` and
/// `compare_exchange` are both. All processes must access an address with the same size.
/// Stores and changes take `&self`: other threads may use the map meanwhile, as other processes do.
/// Rust programs have [`as_atomic_u32`](Mmap::as_atomic_u32), which does not look for damage.
///
/// # Errors
///
/// `OutOfBounds` if one of the number's bytes is; `NotReadable`, `NotWritable`;
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if its place in the file is not a multiple of
/// its size; [`Fault`](crate::ErrorKind::Fault).
pub trait AtomicExt: Sealed {
    /// Loads the number at index `at`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `InvalidInput`, `Fault`.
    ///
    /// ```
    /// use ironmap::raw::AtomicExt;
    ///
    /// let map = ironmap::Mmap::anonymous(16)?;
    /// assert_eq!(map.load::<u32>(8)?, 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn load<N: AtomicNumber>(&self, at: usize) -> Result<N>;

    /// Stores a number at index `at`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`, `InvalidInput`, `Fault`.
    ///
    /// # Safety
    ///
    /// No reference to the number's bytes exists, such as [`try_as_slice`](Mmap::try_as_slice)
    /// returns, but to an atomic. Other code may read them and write to them.
    ///
    /// ```
    /// use ironmap::raw::AtomicExt;
    ///
    /// let map = ironmap::Mmap::anonymous(16)?;
    /// // SAFETY: no reference to its bytes exists.
    /// unsafe { map.store(8, 7_u64)? };
    /// assert_eq!(map.load::<u64>(8)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn store<N: AtomicNumber>(&self, at: usize, number: N) -> Result<()>;

    /// Adds to the number at index `at`, with wrap-around, and returns the number from before.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`, `Fault`.
    ///
    /// # Safety
    ///
    /// No reference to the number's bytes exists, such as [`try_as_slice`](Mmap::try_as_slice)
    /// returns, but to an atomic. Other code may read them and write to them.
    ///
    /// ```
    /// use ironmap::raw::AtomicExt;
    ///
    /// let map = ironmap::Mmap::anonymous(16)?;
    /// // SAFETY: no reference to its bytes exists.
    /// assert_eq!(unsafe { map.fetch_add(8, 5_u32)? }, 0);
    /// assert_eq!(map.load::<u32>(8)?, 5);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn fetch_add<N: AtomicNumber>(&self, at: usize, number: N) -> Result<N>;

    /// Stores `new` at index `at` if the number there is `expected`. Returns the number from
    /// before, which is `expected` if `new` was stored.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`, `Fault`.
    ///
    /// # Safety
    ///
    /// No reference to the number's bytes exists, such as [`try_as_slice`](Mmap::try_as_slice)
    /// returns, but to an atomic. Other code may read them and write to them.
    ///
    /// ```
    /// use ironmap::raw::AtomicExt;
    ///
    /// let map = ironmap::Mmap::anonymous(16)?;
    /// // SAFETY: no reference to its bytes exists.
    /// let before = unsafe { map.compare_exchange(8, 0_u32, 1)? };
    /// assert_eq!(before, 0);
    /// assert_eq!(map.load::<u32>(8)?, 1);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn compare_exchange<N: AtomicNumber>(&self, at: usize, expected: N, new: N)
    -> Result<N>;
}

impl AtomicExt for Mmap {
    #[inline]
    fn load<N: AtomicNumber>(&self, at: usize) -> Result<N> {
        self.region.load(at)
    }

    #[inline]
    unsafe fn store<N: AtomicNumber>(&self, at: usize, number: N) -> Result<()> {
        // SAFETY: the caller's promise.
        unsafe { self.region.store(at, number) }
    }

    #[inline]
    unsafe fn fetch_add<N: AtomicNumber>(&self, at: usize, number: N) -> Result<N> {
        // SAFETY: the caller's promise.
        unsafe { self.region.fetch_add(at, number) }
    }

    #[inline]
    unsafe fn compare_exchange<N: AtomicNumber>(
        &self,
        at: usize,
        expected: N,
        new: N,
    ) -> Result<N> {
        // SAFETY: the caller's promise.
        unsafe { self.region.compare_exchange(at, expected, new) }
    }
}
