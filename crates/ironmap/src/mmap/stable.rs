//! Maps whose bytes the program promises to leave alone, as slices for other crates.
//!
//! # Safety
//!
//! * P1: who makes a [`StableMmap`] promises that the bytes do not change and can be read as long
//!   as it exists. It owns the map, and lends no `&mut Mmap`, so no operation of the map itself
//!   stores, resizes, protects or restores.

#![allow(unsafe_code)]

use std::fmt;
use std::ops::{Deref, RangeBounds};

use super::Mmap;
use crate::error::Result;
use crate::range;

/// A map whose bytes the program has promised not to change: a slice, for everything that takes
/// `AsRef<[u8]>` or `Deref<Target = [u8]>`, in any thread, for as long as it is kept.
///
/// Made by [`Mmap::assume_stable`], with the one promise that every crate asks for that lends
/// slices of maps. A broken promise is undefined behaviour. What was seen where another process had
/// made the file shorter: the lost pages read as zeros, [`check`](StableMmap::check) returned the
/// error, and the process went on. (On Windows a page that its disk does not deliver ends the
/// process.)
///
/// With the feature `stable_deref_trait` it is `StableDeref`, for `owning_ref`, `yoke` and others.
///
/// ```
/// use ironmap::{Mmap, StableMmap};
/// use std::sync::Arc;
///
/// // SAFETY: no program changes this file while the example runs.
/// let text: Arc<StableMmap> = Arc::new(unsafe { Mmap::open("Cargo.toml")?.assume_stable() });
/// let other = Arc::clone(&text);
/// let lines = std::thread::spawn(move || other.split(|&byte| byte == b'\n').count());
/// assert!(text.starts_with(b"[package]") && lines.join().unwrap() > 10);
/// text.check(..)?; // what was read were the file's bytes
/// # Ok::<(), ironmap::Error>(())
/// ```
pub struct StableMmap {
    map: Mmap,
}

impl Mmap {
    /// Makes the map a slice that can be kept, sent to other threads, and given to other crates.
    ///
    /// # Safety
    ///
    /// As long as the result exists
    ///
    /// * no other code changes these bytes: no process through the file, no thread through
    ///   another map of it or through a raw pointer;
    /// * no page is lost, which then turns into zeros: the file is not truncated, its disk
    ///   delivers every page, and no forked child that lacks pages
    ///   ([`Advice::DontFork`](crate::Advice::DontFork)) uses the slice;
    /// * the map [is readable](Mmap::is_readable).
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// // SAFETY: the file is neither changed nor truncated while the example runs.
    /// let bytes = unsafe { map.assume_stable() };
    /// assert_eq!(&bytes[1..8], b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub unsafe fn assume_stable(self) -> StableMmap {
        // Its slices are read without a look at the guard.
        self.region.check_guard();
        StableMmap { map: self }
    }
}

impl StableMmap {
    /// Looks for damage in a range. After `Ok` all that was read of it so far were the file's
    /// bytes.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`Fault`](crate::ErrorKind::Fault) if one of the bytes is in a page that
    /// was touched and not available.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(10_000)?;
    /// // SAFETY: not given. This shows what was seen to happen then.
    /// let bytes = unsafe { ironmap::Mmap::map(&file)?.assume_stable() };
    /// bytes.check(..)?;
    /// file.set_len(0)?; // as another process may do
    /// assert_eq!(bytes[5000], 0); // no SIGBUS
    /// assert!(bytes.check(..).unwrap_err().is_fault());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn check(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        self.map.region.check_loaded(range.start, range.len())
    }

    /// Returns the map, for advice, searches and its file's size.
    ///
    /// ```
    /// use ironmap::Mmap;
    ///
    /// // SAFETY: no program changes this file while the example runs.
    /// let bytes = unsafe { Mmap::open("Cargo.toml")?.assume_stable() };
    /// assert_eq!(bytes.get_ref().count(b"[package]", ..)?, 1);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn get_ref(&self) -> &Mmap {
        &self.map
    }

    /// Returns the map, and takes the promise back.
    ///
    /// ```
    /// use ironmap::Mmap;
    ///
    /// // SAFETY: no program changes this file while the example runs.
    /// let bytes = unsafe { Mmap::open("Cargo.toml")?.assume_stable() };
    /// let map: Mmap = bytes.into_inner();
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn into_inner(self) -> Mmap {
        self.map
    }
}

impl Deref for StableMmap {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: P1.
        unsafe { self.map.as_slice() }
    }
}

impl AsRef<[u8]> for StableMmap {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

// SAFETY: the bytes are mapped memory, which stays where it is when its owner moves; only a
// `&mut Mmap` could move it (P1).
#[cfg(feature = "stable_deref_trait")]
unsafe impl stable_deref_trait::StableDeref for StableMmap {}

impl fmt::Debug for StableMmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StableMmap").field(&self.map).finish()
    }
}
