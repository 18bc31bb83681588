//! References into a map that need no promise from whoever takes them: to atomics,
//! which others may change at any time, and to bytes that nobody else can change.
//!
//! # Safety
//!
//! * V1: a reference into a map is to bytes that S7 and S8 hold for, for as long as
//!   the map is borrowed.
//! * V2: others change an atomic as they like. Of this map's own operations, which do
//!   not access it as one, none runs meanwhile: the atomics borrow it mutably.
//! * V3: bytes that are lent as such are changed by nobody: not through the file, as
//!   there is none, or it is sealed; not through another map of the same memory, as it
//!   is private and has no name; not through this map, which is borrowed.

#![allow(unsafe_code)]

use std::mem::size_of;
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
            pub fn $name(&mut self, range: impl RangeBounds<usize>) -> Result<&[$atomic]> {
                let range = range::resolve(range, self.len())?;
                self.region.require_readable()?;
                self.region.require_writable()?;
                let start = self.region.start().wrapping_add(range.start);
                let bytes = size_of::<$atomic>();
                if start.addr() % bytes != 0 || range.len() % bytes != 0 {
                    return Err(Error::new(Cause::InvalidInput(format!(
                        "range {}..{} is not one of whole, aligned numbers of {bytes} bytes",
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
/// Other processes that map the file, or were forked with anonymous memory, see what
/// is stored in an atomic, in the order that its [`Ordering`](std::sync::atomic::Ordering)
/// says. The map cannot be used otherwise in the meantime.
///
/// A page that the file has lost reads as zeros, and what is stored there is lost:
/// [`is_damaged`](Mmap::is_damaged) tells afterwards. (On Windows an in-page error ends
/// the process here.)
///
/// # Errors
///
/// `OutOfBounds`, `NotReadable`, `NotWritable`;
/// [`InvalidInput`](crate::ErrorKind::InvalidInput) if the range begins in the middle of
/// a number, or ends there. What counts is the place in the file: file offset and index.
impl Mmap {
    atomics! {
        /// A range as atomic bytes.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`.
        ///
        /// ```
        /// use std::sync::atomic::Ordering;
        ///
        /// let mut map = ironmap::Mmap::anonymous(4096)?;
        /// let [ready, rest @ ..] = map.as_atomic_u8(..)? else { panic!() };
        /// rest[0].store(7, Ordering::Relaxed);
        /// ready.store(1, Ordering::Release); // who sees this sees the 7
        /// # Ok::<(), ironmap::Error>(())
        /// ```
        as_atomic_u8 -> AtomicU8;
        /// A range as atomic numbers of 32 bits, in the processor's own order of bytes.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`.
        as_atomic_u32 -> AtomicU32;
        /// A range as atomic numbers of 64 bits, in the processor's own order of bytes.
        ///
        /// # Errors
        ///
        /// `OutOfBounds`, `NotReadable`, `NotWritable`, `InvalidInput`.
        as_atomic_u64 -> AtomicU64;
    }
}

/// # Memory that holds still
impl Mmap {
    /// The whole map as a slice, without copying, if nobody else can change it.
    ///
    /// That is private anonymous memory
    /// ([`MmapOptions::anonymous`](crate::MmapOptions::anonymous) with
    /// [`Access::Copy`](crate::Access::Copy)), which belongs to this process alone
    /// (but for memory of Windows that has a tag name),
    /// and on Linux a memfd that is sealed against writing and shrinking
    /// (`fcntl(F_GET_SEALS)`): seals are never broken. Any other file can be written to
    /// by any process that may open it, so `None`;
    /// [`as_slice`](Mmap::as_slice) takes your word for it.
    ///
    /// ```
    /// use ironmap::{Access, Mmap, MmapOptions};
    ///
    /// let mut map = MmapOptions::new().access(Access::Copy).len(4096).anonymous()?;
    /// map.write_at(0, b"mine")?;
    /// assert_eq!(map.still_slice().unwrap()[..4], *b"mine");
    ///
    /// assert!(Mmap::open("Cargo.toml")?.still_slice().is_none());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn still_slice(&self) -> Option<&[u8]> {
        let layout = self.region.layout();
        let alone = layout.is_anonymous() && layout.is_private() && !self.is_named();
        if !layout.is_readable() || self.region.is_at_risk() || !(alone || self.is_sealed()) {
            return None;
        }
        // SAFETY: V1, V3.
        Some(unsafe { slice::from_raw_parts(self.region.start(), self.len()) })
    }

    fn is_sealed(&self) -> bool {
        let file = self.file.as_ref().and_then(|file| file.checked().ok());
        file.is_some_and(os::cannot_change)
    }
}
