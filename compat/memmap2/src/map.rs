//! The three kinds of maps.
//!
//! # Safety
//!
//! * M1: `len` bytes from `as_ptr` are mapped as long as the [`Mapping`] lives, or the length is 0
//!   and the pointer is aligned. A lost page is mapped too: as zeros.
//! * C1: the caller of an `unsafe` constructor has promised that nothing changes the bytes while
//!   they are borrowed.
#![allow(unsafe_code)]

use std::fmt;
use std::io::Result;
use std::ops::{Deref, DerefMut};
use std::slice;

#[cfg(target_os = "linux")]
use crate::RemapOptions;
use crate::os::Mapping;
#[cfg(unix)]
use crate::{Advice, UncheckedAdvice};
use crate::{MapIfSafeError, MmapAsRawDesc, MmapOptions};

/// A map to read.
///
/// # Safety
///
/// The constructors of maps with a file are `unsafe`, as memmap2's: nothing may change the file
/// while its bytes are borrowed.
pub struct Mmap(pub(crate) Mapping);

/// A map to read and write.
///
/// # Safety
///
/// As for [`Mmap`].
pub struct MmapMut(pub(crate) Mapping);

/// A map that lends no slices, only raw pointers.
pub struct MmapRaw(pub(crate) Mapping);

/// Writes the methods that all three have.
macro_rules! common_methods {
    ($map:ident) => {
        /// Methods that all kinds of maps have.
        #[cfg(unix)]
        impl $map {
            /// Gives advice about the map: `madvise`.
            pub fn advise(&self, advice: Advice) -> Result<()> {
                // SAFETY: advice of this kind changes no bytes.
                unsafe { self.0.advise(advice as i32, 0, self.0.len()) }
            }

            /// Gives advice that can change bytes of the map: `madvise`.
            ///
            /// # Safety
            ///
            /// No bytes that the advice changes are borrowed.
            pub unsafe fn unchecked_advise(&self, advice: UncheckedAdvice) -> Result<()> {
                // SAFETY: the caller's.
                unsafe { self.0.advise(advice as i32, 0, self.0.len()) }
            }

            /// Gives advice about a range of the map: `madvise`.
            pub fn advise_range(&self, advice: Advice, offset: usize, len: usize) -> Result<()> {
                // SAFETY: advice of this kind changes no bytes.
                unsafe { self.0.advise(advice as i32, offset, len) }
            }

            /// Gives advice that can change bytes of a range: `madvise`.
            ///
            /// # Safety
            ///
            /// No bytes that the advice changes are borrowed.
            pub unsafe fn unchecked_advise_range(
                &self,
                advice: UncheckedAdvice,
                offset: usize,
                len: usize,
            ) -> Result<()> {
                // SAFETY: the caller's.
                unsafe { self.0.advise(advice as i32, offset, len) }
            }

            /// Keeps the pages in memory: `mlock`.
            pub fn lock(&self) -> Result<()> {
                self.0.lock()
            }

            /// Takes [`lock`](Self::lock) back: `munlock`.
            pub fn unlock(&self) -> Result<()> {
                self.0.unlock()
            }

            /// Changes the length of the map, and not that of its file: `mremap`.
            ///
            /// # Safety
            ///
            /// No byte past the end of the file is used.
            #[cfg(target_os = "linux")]
            pub unsafe fn remap(&mut self, new_len: usize, options: RemapOptions) -> Result<()> {
                self.0.remap(new_len, options.may_move)
            }
        }

        impl fmt::Debug for $map {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($map))
                    .field("ptr", &self.0.as_ptr())
                    .field("len", &self.0.len())
                    .finish()
            }
        }
    };
}

common_methods!(Mmap);
common_methods!(MmapMut);
common_methods!(MmapRaw);

/// Writes the methods of maps that can be written.
macro_rules! flush_methods {
    ($map:ident) => {
        /// Methods of maps that can be written.
        impl $map {
            /// Writes the changes to the file, and waits for it: `msync`.
            pub fn flush(&self) -> Result<()> {
                self.0.flush(0, self.0.len())
            }

            /// Begins to write the changes to the file: `msync`.
            pub fn flush_async(&self) -> Result<()> {
                self.0.flush_async(0, self.0.len())
            }

            /// Writes the changes of a range to the file, and waits for it: `msync`.
            pub fn flush_range(&self, offset: usize, len: usize) -> Result<()> {
                self.0.flush(offset, len)
            }

            /// Begins to write the changes of a range to the file: `msync`.
            pub fn flush_async_range(&self, offset: usize, len: usize) -> Result<()> {
                self.0.flush_async(offset, len)
            }
        }
    };
}

flush_methods!(MmapMut);
flush_methods!(MmapRaw);

impl Mmap {
    /// Maps a whole file to read it.
    pub unsafe fn map<T: MmapAsRawDesc>(file: T) -> Result<Mmap> {
        // SAFETY: C1: the caller's.
        unsafe { MmapOptions::new().map(file) }
    }

    /// Maps a whole file that cannot change or become shorter. A fault aborts, whatever
    /// [`on_fault`](crate::ironmap::on_fault) says.
    pub fn map_if_safe<T: MmapAsRawDesc>(file: T) -> std::result::Result<Mmap, MapIfSafeError> {
        MmapOptions::new().map_if_safe(file)
    }

    /// Makes the map writable: `mprotect`.
    pub fn make_mut(mut self) -> Result<MmapMut> {
        self.0.make_mut()?;
        Ok(MmapMut(self.0))
    }
}

impl MmapMut {
    /// Maps a whole file to read and write it.
    pub unsafe fn map_mut<T: MmapAsRawDesc>(file: T) -> Result<MmapMut> {
        // SAFETY: C1: the caller's.
        unsafe { MmapOptions::new().map_mut(file) }
    }

    /// Makes a map without a file, of zeros.
    pub fn map_anon(length: usize) -> Result<MmapMut> {
        MmapOptions::new().len(length).map_anon()
    }

    /// Makes the map read-only: `mprotect`.
    pub fn make_read_only(mut self) -> Result<Mmap> {
        self.0.make_read_only()?;
        Ok(Mmap(self.0))
    }

    /// Makes the map executable and read-only: `mprotect`.
    pub fn make_exec(mut self) -> Result<Mmap> {
        self.0.make_exec()?;
        Ok(Mmap(self.0))
    }
}

impl MmapRaw {
    /// Maps a whole file to read and write it by raw pointers.
    pub fn map_raw<T: MmapAsRawDesc>(file: T) -> Result<MmapRaw> {
        MmapOptions::new().map_raw(file)
    }

    /// Returns the address of the first byte.
    #[inline]
    pub fn as_ptr(&self) -> *const u8 {
        self.0.as_ptr()
    }

    /// Returns the address of the first byte, to write to it.
    #[inline]
    pub fn as_mut_ptr(&self) -> *mut u8 {
        self.0.as_ptr()
    }

    /// Returns the length of the map.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

impl From<Mmap> for MmapRaw {
    fn from(map: Mmap) -> Self {
        MmapRaw(map.0)
    }
}

impl From<MmapMut> for MmapRaw {
    fn from(map: MmapMut) -> Self {
        MmapRaw(map.0)
    }
}

impl Deref for Mmap {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: M1, C1.
        unsafe { slice::from_raw_parts(self.0.as_ptr(), self.0.len()) }
    }
}

impl AsRef<[u8]> for Mmap {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Deref for MmapMut {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: M1, C1.
        unsafe { slice::from_raw_parts(self.0.as_ptr(), self.0.len()) }
    }
}

impl DerefMut for MmapMut {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        // SAFETY: M1, C1; the map is writable and borrowed mutably.
        unsafe { slice::from_raw_parts_mut(self.0.as_ptr(), self.0.len()) }
    }
}

impl AsRef<[u8]> for MmapMut {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for MmapMut {
    #[inline]
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

// SAFETY: M1: the bytes stay where they are when their owner moves. `remap` says that it can move
// them.
#[cfg(feature = "stable_deref_trait")]
unsafe impl stable_deref_trait::StableDeref for Mmap {}

// SAFETY: as for `Mmap`.
#[cfg(feature = "stable_deref_trait")]
unsafe impl stable_deref_trait::StableDeref for MmapMut {}
