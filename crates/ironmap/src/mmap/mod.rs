//! The map, its properties and its operations.

mod access;
mod advise;
#[cfg(feature = "__bindings")]
pub(crate) mod atomic_ext;
mod atomics;
mod damage;
mod endian;
mod memory;
#[cfg(feature = "__bindings")]
pub(crate) mod mmap_ext;
#[cfg(feature = "needles")]
mod needles;
mod open;
mod raw_slices;
mod refresh;
mod resize;
mod stable;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;
mod views;

use std::fmt;

use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::os::{self, FileStatus};
use crate::region::Region;

pub use stable::StableMmap;

/// A memory map of a file, or anonymous memory.
///
/// Made by [`Mmap::open`], [`Mmap::anonymous`] or
/// [`MmapOptions`](crate::MmapOptions); unmapped on drop. Reading takes
/// `&self`, and several threads may read one map at once; writing, moving and
/// resizing take `&mut self`.
///
/// Bytes go in and out by copying: other processes, and other maps of the same file, may write
/// to mapped memory at any time, so no safe function can return a `&[u8]` into it. There is no
/// `Deref` and no `Index`. [`as_slice`](Mmap::as_slice) is `unsafe`, for callers that can
/// promise that the bytes do not change.
///
/// ```
/// use ironmap::Mmap;
///
/// let map = Mmap::open("Cargo.toml")?;
/// println!("{} bytes, {} lines", map.len(), map.count(b"\n", ..)?);
/// std::thread::scope(|scope| {
///     scope.spawn(|| map.find(b"name", ..));
///     scope.spawn(|| map.find(b"version", ..));
/// });
/// # Ok::<(), ironmap::Error>(())
/// ```
pub struct Mmap {
    // Field order is drop order: unmap before closing the file.
    region: Region,
    // Kept only for its Drop.
    #[cfg_attr(unix, allow(dead_code))]
    held: system::Held,
    file: Option<TrackedFile>,
    tracked: bool,
}

impl Mmap {
    /// Returns the length of the map in bytes.
    ///
    /// ```
    /// assert_eq!(ironmap::Mmap::anonymous(10)?.len(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.region.len()
    }

    /// Returns whether the map has no bytes.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(0)?; // no system call
    /// assert!(map.is_empty());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the file offset, in bytes, at which the map begins.
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().file_offset(10).open("Cargo.toml")?;
    /// assert_eq!(map.file_offset(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn file_offset(&self) -> u64 {
        self.region.layout().file_offset()
    }

    /// Returns the system's page size in bytes.
    ///
    /// `sysconf(_SC_PAGESIZE)`; on Windows `GetSystemInfo`.
    ///
    /// ```
    /// assert!(ironmap::Mmap::page_size().is_power_of_two());
    /// ```
    pub fn page_size() -> usize {
        os::page_size()
    }

    /// Returns the alignment of file offsets in the system's calls, in bytes: the page size; on
    /// Windows 64 KiB (`GetSystemInfo`).
    ///
    /// ```
    /// use ironmap::Mmap;
    /// assert_eq!(Mmap::allocation_granularity() % Mmap::page_size(), 0);
    /// ```
    pub fn allocation_granularity() -> usize {
        os::allocation_granularity()
    }

    /// Returns whether the map is memory without a file.
    ///
    /// ```
    /// use ironmap::Mmap;
    /// assert!(Mmap::anonymous(10)?.is_anonymous());
    /// assert!(!Mmap::open("Cargo.toml")?.is_anonymous());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_anonymous(&self) -> bool {
        self.region.layout().is_anonymous()
    }

    /// Returns whether writes are private to this map.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    /// let map = MmapOptions::new().access(Access::Copy).open("Cargo.toml")?;
    /// assert!(map.is_private());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_private(&self) -> bool {
        self.region.layout().is_private()
    }

    /// Returns whether the map's protection allows reading.
    ///
    /// ```
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.is_readable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_readable(&self) -> bool {
        self.region.layout().is_readable()
    }

    /// Returns whether the map's protection allows writing.
    ///
    /// ```
    /// assert!(!ironmap::Mmap::open("Cargo.toml")?.is_writable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_writable(&self) -> bool {
        self.region.layout().is_writable()
    }

    /// Returns whether the map keeps what [`size`](Mmap::size) and [`resize`](Mmap::resize)
    /// need: see [`MmapOptions::track_file`](crate::MmapOptions::track_file).
    ///
    /// ```
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.tracks_file());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn tracks_file(&self) -> bool {
        self.tracked
    }

    /// Returns the size of the file now, or the length of anonymous memory, in bytes.
    ///
    /// `fstat` of the kept descriptor, on Windows `GetFileInformationByHandle`.
    ///
    /// # Errors
    ///
    /// [`Untracked`](crate::ErrorKind::Untracked) without a kept descriptor;
    /// [`Os`](crate::ErrorKind::Os) with `EBADF` if other code in this process
    /// closed it, or replaced its file.
    ///
    /// ```
    /// let file = tempfile::tempfile()?;
    /// file.set_len(100)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(5000)?; // for example a log that another process writes
    /// assert_eq!((map.len(), map.size()?), (100, 5000));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn size(&self) -> Result<u64> {
        self.require_tracked()?;
        match &self.file {
            Some(file) => Ok(file.status()?.size),
            None => Ok(self.len() as u64),
        }
    }

    /// Unmaps everything, then closes the file. Lent addresses stay reserved.
    #[cfg(feature = "__bindings")]
    pub(crate) fn unmap(&mut self) {
        self.region.unmap();
        self.held = system::Held::default();
        self.file = None;
    }

    /// Returns the status of the file now, if the map keeps it.
    pub(crate) fn file_status(&self) -> Result<Option<FileStatus>> {
        self.file.as_ref().map(TrackedFile::status).transpose()
    }

    /// Returns whether there can be private changes, which are in no file.
    fn may_have_changes(&self) -> bool {
        self.is_private() && self.region.layout().was_ever_writable()
    }

    fn require_tracked(&self) -> Result<()> {
        if self.tracked {
            Ok(())
        } else {
            Err(Error::new(Cause::Untracked))
        }
    }
}

impl fmt::Debug for Mmap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mmap")
            .field("len", &self.len())
            .field("file_offset", &self.file_offset())
            .field("anonymous", &self.is_anonymous())
            .field("private", &self.is_private())
            .field("readable", &self.is_readable())
            .field("writable", &self.is_writable())
            .finish_non_exhaustive()
    }
}
