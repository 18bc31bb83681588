//! The part that memmap2 does not have: faults, for the owner of the program.
//!
//! A *fault* is a touch of a mapped page that the system cannot provide: another process has cut
//! the file, or its disk is full or broken. With memmap2 it is SIGBUS, which ends the process.
//! Here it ends the process with a message, or is survived:
//!
//! ```
//! # #[cfg(unix)] {
//! use memmap2::ironmap::{self, OnFault};
//!
//! ironmap::on_fault(OnFault::Zeros); // or IRONMAP_ON_FAULT=zeros in the environment
//!
//! let file = tempfile::tempfile()?;
//! file.set_len(10_000)?;
//! let map = unsafe { memmap2::Mmap::map(&file)? };
//! file.set_len(0)?; // as another process may do
//! assert_eq!(map[5000], 0); // no SIGBUS
//!
//! let fault = ironmap::check().unwrap_err();
//! assert_eq!(fault.file_offset(), 5000);
//! assert!(ironmap::check().is_ok()); // reported once
//! assert!(ironmap::check_map(&map).is_err()); // this map is damaged
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! On Windows a mapped file cannot be cut, and nothing here has an effect.
//!
//! # Safety
//!
//! * H1 (SAFETY.md here): who sets a hook promises that a signal handler may call it.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::path::Path;
use std::{fmt, io};

use crate::os::{self, Mapping};
use crate::{Mmap, MmapMut, MmapRaw};

/// The two ways to treat a fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFault {
    /// Writes a message to standard error, and aborts the process. The default.
    #[default]
    Abort,
    /// Maps zeros over the lost pages, and goes on. [`check`] reports it. A map that was made
    /// without `unsafe` and lends slices is not changed: its fault aborts.
    Zeros,
}

/// Sets what a fault does from here on, in all maps. It is for the owner of the program, not for
/// libraries: the maps of all of them obey it, but for those of `map_if_safe` and `map_anon`, where a
/// fault always aborts.
///
/// Without a call it is what the environment variable `IRONMAP_ON_FAULT` says when the first file
/// is mapped: `abort` or `zeros`.
pub fn on_fault(choice: OnFault) {
    os::set_choice(choice);
}

/// A function that is called at each fault.
pub type Hook = fn(&Fault<'_>);

/// Sets the function that is called at each fault, before the message or the zeros.
///
/// # Safety
///
/// The hook is called in a signal handler, in the thread that touched the page. It may read the
/// fault, store to atomics, and call what POSIX lists as safe there (`write`, `_exit`). It does not
/// allocate, lock, print, panic, touch a map, or jump out.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
///
/// static LAST: AtomicU64 = AtomicU64::new(u64::MAX);
///
/// // SAFETY: the hook stores to an atomic.
/// unsafe {
///     memmap2::ironmap::set_hook(|fault| LAST.store(fault.file_offset(), Ordering::Relaxed));
/// }
/// ```
pub unsafe fn set_hook(hook: Hook) {
    os::set_hook(hook);
}

/// Returns the number of faults in this process, which only grows. What a thread has read between
/// two calls that return the same number were the bytes of files.
pub fn faults() -> u64 {
    os::faults()
}

/// Reports the first fault since the last report, of any map and any thread.
///
/// # Errors
///
/// The fault. Of several the first is reported.
pub fn check() -> Result<(), Fault<'static>> {
    os::check().map_or(Ok(()), Err)
}

/// Looks for damage in one map, which stays until it is dropped.
///
/// # Errors
///
/// The first lost page that was touched.
pub fn check_map(map: &impl Mapped) -> Result<(), Fault<'static>> {
    let mapping = map.mapping();
    mapping.lost(0, mapping.len()).map_or(Ok(()), Err)
}

/// The three kinds of maps.
#[allow(private_bounds)]
pub trait Mapped: HasMapping {}

impl Mapped for Mmap {}
impl Mapped for MmapMut {}
impl Mapped for MmapRaw {}

pub(crate) trait HasMapping {
    fn mapping(&self) -> &Mapping;
}

impl HasMapping for Mmap {
    fn mapping(&self) -> &Mapping {
        &self.0
    }
}

impl HasMapping for MmapMut {
    fn mapping(&self) -> &Mapping {
        &self.0
    }
}

impl HasMapping for MmapRaw {
    fn mapping(&self) -> &Mapping {
        &self.0
    }
}

/// A touch of a page that is lost.
#[derive(Clone, Debug)]
pub struct Fault<'a> {
    pub(crate) path: Option<Cow<'a, Path>>,
    pub(crate) descriptor: Option<i32>,
    pub(crate) file_offset: u64,
    pub(crate) file_size: Option<u64>,
}

impl Fault<'_> {
    /// Returns the path of the file, if the system tells.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns the descriptor that the file was mapped by; it may be closed. `None` for memory
    /// without a file.
    pub fn descriptor(&self) -> Option<i32> {
        self.descriptor
    }

    /// Returns the offset in the file of the byte that was touched.
    pub fn file_offset(&self) -> u64 {
        self.file_offset
    }

    /// Returns the size of the file now, if it is known.
    pub fn file_size(&self) -> Option<u64> {
        self.file_size
    }

    /// Returns whether the file ends before the byte.
    pub fn is_past_end(&self) -> bool {
        self.file_size.is_some_and(|size| size <= self.file_offset)
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot access byte {} of ", self.file_offset)?;
        match (&self.path, self.descriptor) {
            (Some(path), _) => write!(f, "{}", path.display())?,
            (None, Some(fd)) => write!(f, "the file mapped by descriptor {fd}")?,
            (None, None) => f.write_str("memory of huge pages")?,
        }
        match self.file_size {
            Some(size) if self.is_past_end() => write!(f, ": the file has {size} bytes now"),
            _ => f.write_str(": the system cannot provide its page"),
        }
    }
}

impl std::error::Error for Fault<'_> {}

/// The kind is `UnexpectedEof` if the file has become too short, and else `Other`.
impl From<Fault<'static>> for io::Error {
    fn from(fault: Fault<'static>) -> io::Error {
        let kind = if fault.is_past_end() {
            io::ErrorKind::UnexpectedEof
        } else {
            io::ErrorKind::Other
        };
        io::Error::new(kind, fault)
    }
}
