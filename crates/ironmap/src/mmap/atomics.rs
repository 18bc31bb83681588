//! Safe references into a map: to atomics, which others may change at any time, and to bytes
//! that nothing else can change.
//!
//! # Safety
//!
//! * V1: a reference into a map is to bytes for which S7 and S8 hold as long as the map is
//!   borrowed.
//! * V2: others may change an atomic at any time. This map's own operations, whose accesses
//!   are not atomic, cannot run meanwhile: the atomics borrow the map mutably. That this process
//!   does not access the bytes by another map of the same memory is the caller's promise.
//! * V3: nothing changes bytes that are lent as a slice: not the file, as there is none, or it
//!   is sealed; not another map of the same memory, as it is private and has no name; not this
//!   map, which is borrowed, and whose methods that can store to it under a shared borrow
//!   (`read_to_ptr`, and `store`, `fetch_add`, `compare_exchange` of `AtomicExt`) have their
//!   callers promise that no reference to that memory exists; not the system, as no advice
//!   allowed it to drop the bytes, now or later.

#![allow(unsafe_code)]

use std::ops::RangeBounds;
use std::slice;
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::{os, range};

macro_rules! atomics {
    ($($(#[$doc:meta])* $name:ident -> $atomic:ident;)*) => {
        $(
            $(#[$doc])*
            pub unsafe fn $name(&mut self, range: impl RangeBounds<usize>) -> Result<&[$atomic]> {
                let range = range::resolve(range, self.len())?;
                self.region.require_readable()?;
                self.region.require_writable()?;
                if range.is_empty() {
                    // An empty map has no aligned address.
                    return Ok(&[]);
                }
                self.region.ensure_installed_before(range.len());
                let start = self.region.start().wrapping_add(range.start);
                let bytes = size_of::<$atomic>();
                if start.addr() % bytes != 0 || range.len() % bytes != 0 {
                    return Err(Error::new(Cause::InvalidInput(text!(
                        "range {}..{} does not hold whole, aligned numbers of {bytes} bytes",
                        range.start, range.end,
                    ))));
                }
                let count = range.len() / bytes;
                // SAFETY: V1, V2: in bounds, aligned, readable and writable.
                Ok(unsafe { slice::from_raw_parts(start.cast::<$atomic>(), count) })
            }
        )*
    };
}

/// # Memory shared with others
///
/// Other processes that map the file, or were forked with shared anonymous memory
/// ([`Access::Write`](crate::Access::Write)), see stores to an atomic in the order of its
/// [`Ordering`](std::sync::atomic::Ordering). The atomics borrow the map mutably. All processes
/// must access an address as an atomic of the same width: if several would do, use the widest.
/// To read only, take [`load_u64`](Mmap::load_u64), which is safe and takes `&self`.
///
/// A page that the file has lost reads as zeros, and stores to it are lost;
/// [`is_damaged`](Mmap::is_damaged) reports it afterwards. (On Windows an in-page error ends
/// the process here.)
///
/// # Errors
///
/// `OutOfBounds`, `NotReadable`, `NotWritable`;
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the range is not empty, and begins or
/// ends in the middle of a number. The alignment is that in the file: file offset plus index.
///
/// # Safety
///
/// While the atomics are used, this process accesses these bytes only as atomics of the same width:
/// not through another map of the same file, whose [`write_at`](Mmap::write_at) and
/// [`read_at`](Mmap::read_at) are not atomic, and not by an address. (Memory without a file has no
/// other map.)
impl Mmap {
    atomics! {
        /// Returns a range as atomic bytes.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`.
        ///
        /// # Safety
        ///
        /// Until the atomics are given back, this process accesses the bytes in no other way.
        ///
        /// ```
        /// use std::sync::atomic::Ordering;
        ///
        /// let mut map = ironmap::Mmap::anonymous(1000)?;
        /// // SAFETY: memory without a file has no other map.
        /// let [ready, rest @ ..] = (unsafe { map.as_atomic_u8(..)? }) else { panic!() };
        /// rest[0].store(7, Ordering::Relaxed);
        /// ready.store(1, Ordering::Release); // a reader that sees 1 also sees the 7
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        as_atomic_u8 -> AtomicU8;
        /// Returns a range as atomic 32-bit numbers, in native byte order.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`.
        ///
        /// # Safety
        ///
        /// Until the atomics are given back, this process accesses the bytes in no other way.
        ///
        /// ```
        /// use std::sync::atomic::Ordering;
        ///
        /// let mut map = ironmap::Mmap::anonymous(1000)?;
        /// // SAFETY: memory without a file has no other map.
        /// let hits = &unsafe { map.as_atomic_u32(8..12)? }[0];
        /// hits.fetch_add(1, Ordering::Relaxed);
        /// assert_eq!(hits.load(Ordering::Relaxed), 1);
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        as_atomic_u32 -> AtomicU32;
        /// Returns a range as atomic 64-bit numbers, in native byte order.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`.
        ///
        /// # Safety
        ///
        /// Until the atomics are given back, this process accesses the bytes in no other way.
        ///
        /// ```
        /// use std::sync::atomic::Ordering;
        ///
        /// let mut map = ironmap::Mmap::anonymous(1000)?;
        /// // SAFETY: memory without a file has no other map.
        /// let counters = unsafe { map.as_atomic_u64(..)? };
        /// assert_eq!(counters.len(), 125);
        /// counters[7].store(1 << 40, Ordering::Release);
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        as_atomic_u64 -> AtomicU64;
    }
}

macro_rules! loads {
    ($($(#[$attribute:meta])* $name:ident -> $number:ident;)*) => {
        $(
            $(#[$attribute])*
            pub fn $name(&self, at: usize) -> Result<$number> {
                self.region.load(at)
            }
        )*
    };
}

/// # Atomic loads
///
/// For numbers that another process stores as atomics. The map may be read-only, and what the
/// process stored before is seen by later operations ([`Acquire`](std::sync::atomic::Ordering::Acquire)).
///
/// # Errors
///
/// `OutOfBounds`, `NotReadable`, `Fault`; [`InvalidInput`](crate::ErrorKind::InvalidInput) at an
/// index in the middle of a number. The alignment is that in the file: file offset plus index.
impl Mmap {
    loads! {
        /// Loads an atomic byte.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `Fault`.
        ///
        /// ```
        /// let map = ironmap::Mmap::open("Cargo.toml")?;
        /// assert_eq!(map.load_u8(0)?, b'[');
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        load_u8 -> u8;
        /// Loads an atomic number of 32 bits, in native byte order.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `InvalidInput`, `Fault`.
        ///
        /// ```
        /// let map = ironmap::Mmap::open("Cargo.toml")?;
        /// assert_eq!(map.load_u32(4)?, u32::from_ne_bytes(*b"kage"));
        /// assert!(map.load_u32(5).is_err()); // in the middle of a number
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        load_u32 -> u32;
        /// Loads an atomic number of 64 bits, in native byte order. On processors of 64 bits:
        /// smaller ones may need a store for it.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `InvalidInput`, `Fault`.
        ///
        /// ```
        /// /// Returns the count in the file's header, and no record that is not written yet.
        /// fn records(map: &ironmap::Mmap) -> ironmap::Result<u64> {
        ///     map.load_u64(8)
        /// }
        /// # assert!(records(&ironmap::Mmap::open("Cargo.toml")?)? > 0);
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        #[cfg(target_pointer_width = "64")]
        load_u64 -> u64;
    }
}

/// # Private memory
impl Mmap {
    /// Returns the whole map as a slice, without copying, if nothing else can change it.
    ///
    /// These are private anonymous memory ([`Mmap::anonymous`]), and on Linux a memfd that is
    /// sealed against writing and shrinking (`fcntl(F_GET_SEALS)`), since seals cannot be removed.
    /// Any process that may open another file can write to it, so the result is `None`;
    /// [`as_slice`](Mmap::as_slice) is the unsafe alternative. The result is also `None` for
    /// memory with a tag name (Windows), and for memory that the system may drop.
    ///
    /// ```
    /// use ironmap::Mmap;
    ///
    /// let mut map = Mmap::anonymous(1000)?;
    /// map.write_at(0, b"mine")?;
    /// assert_eq!(map.try_as_slice().unwrap()[..4], *b"mine");
    ///
    /// assert!(Mmap::open("Cargo.toml")?.try_as_slice().is_none());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn try_as_slice(&self) -> Option<&[u8]> {
        let still = self.is_exclusive() || (self.is_sealed() && !self.region.is_at_risk());
        if !still || !self.is_readable() {
            return None;
        }
        // SAFETY: V1, V3.
        Some(unsafe { slice::from_raw_parts(self.region.start(), self.len()) })
    }

    /// Returns the whole map as a mutable slice, without copying, if it is private anonymous
    /// memory ([`Mmap::anonymous`]) and writable.
    ///
    /// Returns `None` where [`try_as_slice`](Mmap::try_as_slice) does, and for a sealed memfd.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1 << 20)?;
    /// let (left, right) = map.try_as_mut_slice().unwrap().split_at_mut(1 << 19);
    /// std::thread::scope(|scope| {
    ///     scope.spawn(|| left.fill(1));
    ///     scope.spawn(|| right.fill(2));
    /// });
    /// assert_eq!(map.byte(1 << 19)?, 2);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn try_as_mut_slice(&mut self) -> Option<&mut [u8]> {
        if !self.is_exclusive() || !self.is_writable() {
            return None;
        }
        // SAFETY: V1, V3: borrowed mutably, so this map's own operations do not run either.
        Some(unsafe { slice::from_raw_parts_mut(self.region.start(), self.len()) })
    }

    fn is_exclusive(&self) -> bool {
        let layout = self.region.layout();
        layout.is_exclusive() && !self.region.is_at_risk() && !self.is_named()
    }

    fn is_sealed(&self) -> bool {
        let file = self.file.as_ref().and_then(|file| file.checked().ok());
        file.is_some_and(os::cannot_change)
    }
}
