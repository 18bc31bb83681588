//! Making maps.

use std::path::Path;

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;
use crate::options::MmapOptions;
use crate::os::{self, AsFile, FileStatus, RawFile};
use crate::region::Layout;
use crate::space;

impl Mmap {
    /// Maps the whole of a file for reading. An empty file is an empty map.
    ///
    /// The file is opened for reading, then as [`MmapOptions::map`].
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

    /// Maps the whole of an open file for reading. An empty file is an empty map.
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

    /// Maps `len` bytes of fresh zeros, for reading and writing, of this process
    /// alone.
    ///
    /// `mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)`;
    /// on Windows memory of the page file.
    ///
    /// # Errors
    ///
    /// Those of [`MmapOptions::anonymous`].
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1 << 20)?; // memory is used as it is touched
    /// map.write_at(1 << 19, b"in the middle")?;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn anonymous(len: usize) -> Result<Mmap> {
        MmapOptions::new().len(len).anonymous()
    }
}

impl MmapOptions {
    /// Maps a file that is open.
    ///
    /// `fstat`, `fcntl(F_DUPFD_CLOEXEC, 3)`, then `mmap`; on macOS
    /// `fcntl(F_FULLFSYNC)` before it. On Windows `GetFileInformationByHandle`,
    /// `DuplicateHandle`, `CreateFileMapping` and `MapViewOfFile`. The file may be
    /// closed afterwards.
    ///
    /// A map of an empty file is empty, and can be resized. (Unless a length of 0 was asked
    /// for, one byte is mapped and unmapped, to see whether it could be: files of `/proc`
    /// say that they are empty, and cannot. Not on Windows.) What is not a regular file has no size to check against; its length,
    /// 0 if none is given, goes to the system as it is.
    ///
    /// # Errors
    ///
    /// * [`EmptyFile`](crate::ErrorKind::EmptyFile): nothing of an empty file could be
    ///   mapped.
    /// * [`OffsetPastEnd`](crate::ErrorKind::OffsetPastEnd),
    ///   [`LengthPastEnd`](crate::ErrorKind::LengthPastEnd): a regular file
    ///   does not have these bytes. (On Windows a length that reaches past the end
    ///   makes the file longer, or is `Os` if the map may not write to it.)
    /// * [`TooLarge`](crate::ErrorKind::TooLarge): the length is more than an address space
    ///   can hold.
    /// * [`FixedAddress`](crate::ErrorKind::FixedAddress): the flags ask for a fixed
    ///   address.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EACCES` if the file is
    ///   not open for what the map is for, `EINVAL` if a
    ///   [raw file offset](crate::raw::MmapOptionsExt::raw_file_offset) is not a multiple of the
    ///   [allocation granularity](Mmap::allocation_granularity)
    ///   (`ERROR_ACCESS_DENIED` and `ERROR_MAPPED_ALIGNMENT` on Windows).
    /// * Those of [`reserve_space`](MmapOptions::reserve_space), where it was asked for.
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

    /// Maps the file `fd`; what `keep` makes of it stays with the map.
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
        // Where the flags say anonymous, the file has no part in the map.
        let file = if self.tracks_file() && !layout.is_anonymous() {
            Some(keep(&status)?)
        } else {
            None
        };
        let (region, held) = self.region_of_file(len, layout, (fd, &status), file.as_ref())?;
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

    /// Opens and maps a file: for writing if the map writes to it, else for
    /// reading.
    ///
    /// `open`, then as [`map`](MmapOptions::map), but for the duplicate: the descriptor
    /// is the map's own.
    ///
    /// To store to a hole of the file takes space on the disk, and is an error of that store if
    /// there is none. [`reserve_space`](MmapOptions::reserve_space) has it be one of this call,
    /// and [`resize_reserved`](Mmap::resize_reserved) one of a resize.
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

    /// Maps memory that belongs to no file, all zeros: of this process alone, or with
    /// [`Access::Write`](crate::Access::Write) shared with the children it forks.
    ///
    /// `mmap` with `MAP_ANONYMOUS`, on Windows `CreateFileMapping` and
    /// `MapViewOfFile`; neither for a length of 0. The file offset must be a multiple
    /// of the [allocation granularity](Mmap::allocation_granularity). It is otherwise
    /// ignored, but for memory that is shared by a tag name.
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
    /// let map = MmapOptions::new().len(4096).anonymous()?;
    /// assert!(map.is_private()); // a forked child has a copy of its own
    /// let map = MmapOptions::new().len(4096).access(Access::Write).anonymous()?;
    /// assert!(!map.is_private());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn anonymous(&self) -> Result<Mmap> {
        let layout = self.anonymous_layout()?;
        let Some(len) = self.explicit_len() else {
            let message = text!("anonymous memory has no length of its own: give one");
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

/// Gives the bytes of a map space on the disk.
fn reserve_space(layout: &Layout, fd: RawFile, len: usize) -> Result<()> {
    if layout.is_anonymous() || layout.is_private() || !layout.is_writable() {
        let message = text!("space on the disk is for maps that write to a file");
        return Err(Error::new(Cause::InvalidInput(message)));
    }
    space::reserve(fd, layout.file_offset(), len as u64)
}
