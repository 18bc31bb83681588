//! The constructors of maps.

use std::path::Path;

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::options::{Access, MmapOptions};
use crate::os::{self, AsFile, FileStatus, RawFile};
use crate::region::Layout;
use crate::space;

impl Mmap {
    /// Opens a file and maps all of it for reading. An empty file gives an empty map.
    ///
    /// `open`, then the calls of [`MmapOptions::map`].
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::open`].
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.find(b"[package]", ..)?, Some(0));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Mmap> {
        MmapOptions::new().open(path)
    }

    /// Opens a file and maps all of it for reading and writing.
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::open`].
    ///
    /// ```
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), "hello")?;
    /// ironmap::Mmap::open_mut(file.path())?.write_at(0, b"J")?;
    /// assert_eq!(std::fs::read(file.path())?, b"Jello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open_mut(path: impl AsRef<Path>) -> Result<Mmap> {
        MmapOptions::new().access(Access::Write).open(path)
    }

    /// Maps all of an open file for reading. An empty file gives an empty map.
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::map`].
    ///
    /// ```
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let map = ironmap::Mmap::map(&file)?;
    /// assert_eq!(map.byte(0)?, b'[');
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map(file: impl AsFile) -> Result<Mmap> {
        MmapOptions::new().map(file)
    }

    /// Maps `len` bytes of zeros for reading and writing, private to this process.
    ///
    /// `mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)`;
    /// on Windows memory of the page file.
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::anonymous`].
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1 << 20)?; // pages take memory when touched
    /// map.write_at(1 << 19, b"in the middle")?;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn anonymous(len: usize) -> Result<Mmap> {
        MmapOptions::new().len(len).anonymous()
    }
}

impl MmapOptions {
    /// Maps an open file.
    ///
    /// `fstat`, `fcntl(F_DUPFD_CLOEXEC, 3)`, then `mmap`; on macOS
    /// `fcntl(F_FULLFSYNC)` before it. On Windows `GetFileInformationByHandle`,
    /// `DuplicateHandle`, `CreateFileMapping` and `MapViewOfFile`. The file may be
    /// closed afterwards.
    ///
    /// A map of an empty file is empty, and can be resized. (Unless the requested length is 0, one
    /// byte is mapped and unmapped as a test, because virtual files of `/proc` have size 0 and
    /// cannot be mapped. Not on Windows.) Only regular files have a size to check against. For
    /// other files the system gets the requested length, by default 0.
    ///
    /// # Errors
    ///
    /// * [`EmptyFile`](crate::ErrorKind::EmptyFile): the test of an empty file failed.
    /// * [`OffsetPastEnd`](crate::ErrorKind::OffsetPastEnd),
    ///   [`LengthPastEnd`](crate::ErrorKind::LengthPastEnd): a regular file
    ///   does not have these bytes. (On Windows a length past the end lengthens the
    ///   file, or is `Os` if the map may not write to it.)
    /// * [`TooLarge`](crate::ErrorKind::TooLarge): the length is more than an address space
    ///   can hold.
    /// * [`FixedAddress`](crate::ErrorKind::FixedAddress): the flags request a fixed
    ///   address.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EACCES` if the file is
    ///   not open for the map's access (`ERROR_ACCESS_DENIED` on Windows).
    /// * Those of [`reserve_space`](MmapOptions::reserve_space), if it is set.
    ///
    /// ```
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// drop(file);
    /// assert_eq!(map.byte(0)?, b'[');
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn map(&self, file: impl AsFile) -> Result<Mmap> {
        let fd = os::raw_file(&file);
        self.map_and_track(fd, |status| TrackedFile::duplicate(fd, status))
    }

    /// Maps the file `fd`; the map owns the file that `keep` returns.
    fn map_and_track(
        &self,
        fd: RawFile,
        keep: impl FnOnce(&FileStatus) -> Result<TrackedFile>,
    ) -> Result<Mmap> {
        let layout = self.file_layout()?;
        let status = os::status(fd)?;
        let len = if status.regular {
            self.len_in_file(status.size)?
        } else {
            self.explicit_len().unwrap_or(0)
        };
        // With MAP_ANONYMOUS the map does not use the file.
        let file = if self.tracks_file() && !layout.is_anonymous() {
            Some(keep(&status)?)
        } else {
            None
        };
        let mapped = self.region_of_file(len, layout, (fd, &status), file.as_ref());
        let (region, held) = mapped.map_err(|error| match error.raw_os_error() {
            Some(errno) if status.directory => Error::os(text!("mapping a directory"), errno),
            _ => error,
        })?;
        if self.reserves_space() {
            reserve_space(&layout, fd, len)?;
        }
        let tracked = self.tracks_file();
        Ok(Mmap {
            region,
            held,
            file,
            tracked,
        })
    }

    /// Opens and maps a file. Opens it for writing if the map writes to it, else for reading.
    ///
    /// `open`, then the calls of [`map`](MmapOptions::map), but no duplicate: the map owns the
    /// descriptor.
    ///
    /// A store to a hole of the file takes disk space, and fails if the disk is full. With
    /// [`reserve_space`](MmapOptions::reserve_space) this call fails instead, with
    /// [`resize_reserved`](Mmap::resize_reserved) the resize.
    ///
    /// # Errors
    ///
    /// Those of [`map`](MmapOptions::map), and [`Os`](crate::ErrorKind::Os) if
    /// the file cannot be opened.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), "hello")?;
    /// let mut map = MmapOptions::new().access(Access::Write).open(file.path())?;
    /// map.write_at(0, b"J")?;
    /// assert_eq!(std::fs::read(file.path())?, b"Jello");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Mmap> {
        let path = path.as_ref();
        let layout = self.file_layout()?;
        let writes = layout.is_writable() && !layout.is_private();
        let file = os::above_standard(os::open_file(path, writes)?)?;
        let fd = os::raw_file(&file);
        self.map_and_track(fd, |status| Ok(TrackedFile::take(file, status)))
            .map_err(|error| error.of_file(path))
    }

    /// Maps zeroed memory without a file, private to this process, or with
    /// [`Access::Write`](crate::Access::Write) shared with forked children.
    ///
    /// `mmap` with `MAP_ANONYMOUS`, on Windows `CreateFileMapping` and
    /// `MapViewOfFile`; no call for a length of 0. The file offset must be a multiple
    /// of the [allocation granularity](Mmap::allocation_granularity). It is otherwise
    /// ignored, except for memory that is shared by a tag name.
    ///
    /// # Errors
    ///
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): no length was given.
    /// * [`TooLarge`](crate::ErrorKind::TooLarge),
    ///   [`FixedAddress`](crate::ErrorKind::FixedAddress),
    ///   [`Os`](crate::ErrorKind::Os): as for [`map`](MmapOptions::map).
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let map = MmapOptions::new().len(1000).anonymous()?;
    /// assert!(map.is_private()); // a forked child gets a copy
    /// let map = MmapOptions::new().len(1000).access(Access::Write).anonymous()?;
    /// assert!(!map.is_private());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn anonymous(&self) -> Result<Mmap> {
        let layout = self.anonymous_layout()?;
        let Some(len) = self.explicit_len() else {
            let message = text!("anonymous memory needs a length");
            return Err(Error::new(Cause::InvalidInput(message)));
        };
        let (region, held) = self.region_of_memory(len, layout)?;
        let tracked = self.tracks_file();
        Ok(Mmap {
            region,
            held,
            file: None,
            tracked,
        })
    }
}

/// Reserves disk space for the bytes of a map.
fn reserve_space(layout: &Layout, fd: RawFile, len: usize) -> Result<()> {
    if layout.is_anonymous() || layout.is_private() || !layout.is_writable() {
        let message = text!("only maps that write to a file can reserve disk space");
        return Err(Error::new(Cause::InvalidInput(message)));
    }
    space::reserve(fd, layout.file_offset(), len as u64)
}
