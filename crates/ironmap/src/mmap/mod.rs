//! The bytes-like face: what a map is, and what it knows of itself.

mod access;
mod advise;
mod atomics;
mod damage;
mod endian;
mod memory;
pub(crate) mod mmap_ext;
mod open;
mod raw_slices;
mod resize;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
mod system;

use std::fmt;

use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::os;
use crate::region::Region;

/// A map: a file, or anonymous memory, as bytes in the address space.
///
/// Made by [`Mmap::open`], [`Mmap::anonymous`] or
/// [`MmapOptions`](crate::MmapOptions); unmapped on drop. Reading takes
/// `&self`, and several threads may read one map at once; writing, moving and
/// resizing take `&mut self`.
///
/// Bytes go in and out by copying, because mapped memory is never still: other
/// processes, and other maps of the same file, may write to it at any time. A
/// `&[u8]` into it would be a promise nobody can keep, so there is no `Deref`
/// and no `Index`; [`as_slice`](Mmap::as_slice) is there for those who can make
/// that promise themselves.
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
    // Unmapped before the file is let go of, in the order of these lines.
    region: Region,
    // Of no use but to be held, where there is anything.
    #[cfg_attr(unix, allow(dead_code))]
    held: system::Held,
    file: Option<TrackedFile>,
    tracked: bool,
}

impl Mmap {
    /// How many bytes are mapped.
    ///
    /// ```
    /// assert_eq!(ironmap::Mmap::anonymous(10)?.len(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn len(&self) -> usize {
        self.region.len()
    }

    /// Whether no bytes are mapped.
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

    /// Where in the file the map begins.
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().file_offset(10).open("Cargo.toml")?;
    /// assert_eq!(map.file_offset(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn file_offset(&self) -> u64 {
        self.region.layout().file_offset()
    }

    /// The system's page size.
    ///
    /// `sysconf(_SC_PAGESIZE)`; on Windows `GetSystemInfo`.
    ///
    /// ```
    /// assert!(ironmap::Mmap::page_size().is_power_of_two());
    /// ```
    pub fn page_size() -> usize {
        os::page_size()
    }

    /// What file offsets are multiples of to the system: the page size, but on Windows more
    /// (64 KiB, by `GetSystemInfo`).
    ///
    /// ```
    /// use ironmap::Mmap;
    /// assert_eq!(Mmap::allocation_granularity() % Mmap::page_size(), 0);
    /// ```
    pub fn allocation_granularity() -> usize {
        os::allocation_granularity()
    }

    /// Whether this is memory that belongs to no file.
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

    /// Whether nobody else sees what is written here.
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

    /// Whether the map's protection allows reading.
    ///
    /// ```
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.is_readable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_readable(&self) -> bool {
        self.region.layout().is_readable()
    }

    /// Whether the map's protection allows writing.
    ///
    /// ```
    /// assert!(!ironmap::Mmap::open("Cargo.toml")?.is_writable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn is_writable(&self) -> bool {
        self.region.layout().is_writable()
    }

    /// Whether [`size`](Mmap::size) and [`resize`](Mmap::resize) have what they
    /// need: see [`MmapOptions::track_file`](crate::MmapOptions::track_file).
    ///
    /// ```
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.tracks_file());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn tracks_file(&self) -> bool {
        self.tracked
    }

    /// How many bytes the file has now, or the length of anonymous memory.
    ///
    /// `fstat` of the kept descriptor, on Windows `GetFileInformationByHandle`.
    ///
    /// # Errors
    ///
    /// [`Untracked`](crate::ErrorKind::Untracked) without a kept descriptor;
    /// [`Os`](crate::ErrorKind::Os) with `EBADF` if somebody in this process
    /// closed it, or put another file in its place.
    ///
    /// ```
    /// let file = tempfile::tempfile()?;
    /// file.set_len(100)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(5000)?; // a log that somebody else writes, say
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
