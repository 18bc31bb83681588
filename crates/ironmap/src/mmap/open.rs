//! Making maps.

use std::fs::OpenOptions;
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::path::Path;

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::KeptFile;
use crate::options::MmapOptions;
use crate::os::{self, FileStatus};
use crate::region::{Backing, Layout, Region};

impl Mmap {
    /// Maps the whole of a file for reading.
    ///
    /// `open(path, O_RDONLY)`, then as [`MmapOptions::map`].
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::open`]; an empty file is
    /// [`EmptyFile`](crate::ErrorKind::EmptyFile).
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.find(b"[package]", ..)?, Some(0));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Mmap> {
        MmapOptions::new().open(path)
    }

    /// Maps `len` bytes of fresh zeros, for reading and writing, shared with
    /// the children this process forks.
    ///
    /// `mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)`.
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::anonymous`].
    pub fn anonymous(len: usize) -> Result<Mmap> {
        MmapOptions::new().len(len).anonymous()
    }
}

impl MmapOptions {
    /// Maps a file that is open.
    ///
    /// `fstat`, `fcntl(F_DUPFD_CLOEXEC)`, then `mmap`; on macOS
    /// `fcntl(F_FULLFSYNC)` before it. The file may be closed afterwards.
    ///
    /// A regular file may be empty if the length is said to be 0: the map is
    /// then empty too and can be resized. What is not a regular file has no
    /// size to check against; its length, 0 if none is given, goes to the
    /// system as it is.
    ///
    /// # Errors
    ///
    /// * [`EmptyFile`](crate::ErrorKind::EmptyFile),
    ///   [`OffsetPastEnd`](crate::ErrorKind::OffsetPastEnd),
    ///   [`LengthPastEnd`](crate::ErrorKind::LengthPastEnd): a regular file
    ///   does not have these bytes.
    /// * [`TooLarge`](crate::ErrorKind::TooLarge): no address space does.
    /// * [`FixedAddress`](crate::ErrorKind::FixedAddress): the flags say so.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EACCES` if the file is
    ///   not open for what the map is for, `EINVAL` if the file offset is not a
    ///   multiple of the page size.
    pub fn map(&self, file: impl AsFd) -> Result<Mmap> {
        let fd = file.as_fd().as_raw_fd();
        let layout = self.file_layout()?;
        let status = os::status(fd)?;
        let len = if status.regular {
            self.len_in_file(status.size)?
        } else {
            self.explicit_len().unwrap_or(0)
        };
        // Where the flags say anonymous, the file has no part in the map.
        let file = if self.tracks_file() && !layout.is_anonymous() {
            Some(KeptFile::duplicate(fd, &status)?)
        } else {
            None
        };
        let backing = backing_of(fd, &status, layout, file.as_ref());
        let region = if len == 0 && status.regular {
            Region::empty(layout, backing)
        } else {
            map_file(len, layout, backing, fd)?
        };
        let tracked = self.tracks_file();
        Ok(Mmap {
            region,
            file,
            tracked,
        })
    }

    /// Opens and maps a file: for writing if the map writes to it, else for
    /// reading.
    ///
    /// `open`, then as [`map`](MmapOptions::map).
    ///
    /// # Errors
    ///
    /// Those of [`map`](MmapOptions::map), and [`Os`](crate::ErrorKind::Os) if
    /// the file cannot be opened.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Mmap> {
        let path = path.as_ref();
        let layout = self.file_layout()?;
        let writes = layout.is_writable() && !layout.is_private();
        let file = OpenOptions::new()
            .read(true)
            .write(writes)
            .open(path)
            .map_err(|error| match error.raw_os_error() {
                Some(errno) => Error::os(format!("opening {path:?}"), errno),
                None => Error::new(Cause::InvalidInput(format!("{path:?}: {error}"))),
            })?;
        self.map(&file)
    }

    /// Maps memory that belongs to no file, all zeros: shared with the children
    /// this process forks, or private with
    /// [`Access::Copy`](crate::Access::Copy).
    ///
    /// `mmap` with `MAP_ANONYMOUS`; none for a length of 0. The file offset is
    /// ignored, but must be a multiple of the page size.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): no length was given.
    /// * [`TooLarge`](crate::ErrorKind::TooLarge),
    ///   [`FixedAddress`](crate::ErrorKind::FixedAddress),
    ///   [`Os`](crate::ErrorKind::Os): as for [`map`](MmapOptions::map).
    pub fn anonymous(&self) -> Result<Mmap> {
        let layout = self.anonymous_layout()?;
        let backing = backing_of_memory(layout);
        let region = match self.explicit_len() {
            None => {
                let message = "anonymous memory has no length of its own: give one".into();
                return Err(Error::new(Cause::InvalidInput(message)));
            }
            Some(0) => Region::empty(layout, backing),
            Some(len) => Region::map(len, layout, backing, -1)?,
        };
        let tracked = self.tracks_file();
        Ok(Mmap {
            region,
            file: None,
            tracked,
        })
    }
}

/// What a map of the file `fd` is made of. A file that nobody can make shorter
/// takes no page away from under its maps.
fn backing_of(fd: RawFd, status: &FileStatus, layout: Layout, kept: Option<&KeptFile>) -> Backing {
    if layout.is_anonymous() {
        return backing_of_memory(layout);
    }
    let mut page = os::page_size();
    if status.block > page as u64 && os::has_huge_pages(fd) {
        page = status.block as usize;
    }
    // Only what can have lost all its names is asked for seals, which costs a
    // system call.
    let sealed = status.links == 0 && os::cannot_shrink(fd);
    Backing {
        page,
        file: kept.filter(|_| status.regular).map(KeptFile::as_watched),
        at_risk: !sealed,
    }
}

/// Huge pages come from a pool, which can be empty when they are touched.
fn backing_of_memory(layout: Layout) -> Backing {
    match os::huge_page_size(layout.flags()) {
        Some(page) => Backing {
            page,
            file: None,
            at_risk: true,
        },
        None => Backing::memory(),
    }
}

fn map_file(len: usize, layout: Layout, backing: Backing, fd: RawFd) -> Result<Region> {
    // Without it macOS may show the map what the file held before the last
    // writes. A file that cannot be synced can still be mapped.
    #[cfg(target_vendor = "apple")]
    let _ = os::full_sync(fd);
    Region::map(len, layout, backing, fd)
}
