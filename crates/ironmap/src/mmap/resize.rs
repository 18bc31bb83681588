//! Making a map longer or shorter, and its file with it.

use super::{Mmap, system};
use crate::error::{Cause, Error, Result};

impl Mmap {
    /// Makes the map `len` bytes long, and its file end where the map ends.
    ///
    /// The file is made longer by `fallocate` of its last byte, which never makes it
    /// shorter, and where the file system has no such call, or no block for that byte, by
    /// `ftruncate`; it is made shorter by `ftruncate`. The map is moved by `mremap`; where
    /// there is none, by a new `mmap`. On Windows the file is unmapped, its end is set, and
    /// it is mapped again. New bytes are zero. The map may move: pointers into it are void.
    /// A length of 0 is allowed and leaves a map without memory.
    ///
    /// **If others append to the file:** the length counts that the file had when it was
    /// mapped or last resized. If the map is to end past it, the file is not cut, and may
    /// go on past the map. If the map is to end there or before, the file is cut, with
    /// everything that was appended until the `ftruncate`.
    ///
    /// A call that fails leaves file and map as they were. (Damage is [restored](Mmap::restore)
    /// first, and stays so. Windows can fail to map the file again; then the map is empty.)
    ///
    /// # Errors
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`NotResizable`](crate::ErrorKind::NotResizable): the map is not
    ///   writable, or it is a private map of a file.
    /// * [`SharedAnonymousGrowth`](crate::ErrorKind::SharedAnonymousGrowth), but not
    ///   on Windows, where the bytes are copied to new memory.
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): no file, or no
    ///   address space, is that long.
    /// * [`Os`](crate::ErrorKind::Os): a call failed, among them `EBADF` if
    ///   somebody in this process closed the kept descriptor, or put another
    ///   file in its place, and `EFBIG` past RLIMIT_FSIZE (which raises no SIGXFSZ). On
    ///   Windows `ERROR_USER_MAPPED_FILE` if the file is to become shorter and has another
    ///   map, or another map has the tag name.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// let mut map = MmapOptions::new().access(Access::Write).len(0).map(&file)?;
    /// map.resize(5)?;
    /// map.write_at(0, b"hello")?;
    /// assert_eq!(file.metadata()?.len(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resize(&mut self, len: usize) -> Result<()> {
        let size = self.require_resizable(len)?;
        // A damaged region is several areas to the system, some of them not
        // the file's.
        self.restore()?;
        system::resize(self, len, size)
    }

    /// As [`resize`](Mmap::resize), and reserves disk space for all of the map's bytes: a
    /// full disk is an error of this call, not a [fault](crate::ErrorKind::Fault) of a later
    /// store.
    ///
    /// # Errors
    ///
    /// Those of [`resize`](Mmap::resize) and of
    /// [`raw::reserve_space`](crate::raw::reserve_space);
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for memory without a file.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// let mut map = MmapOptions::new().access(Access::Write).len(0).map(&file)?;
    /// match map.resize_reserved(1 << 20) {
    ///     Ok(()) => map.write_at(1 << 19, b"in the middle")?,
    ///     Err(error) => println!("{error}"), // not every file system can
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resize_reserved(&mut self, len: usize) -> Result<()> {
        self.require_resizable(len)?;
        let Some(file) = &self.file else {
            let message = text!("memory without a file has no space on a disk");
            return Err(Error::new(Cause::InvalidInput(message)));
        };
        file.reserve(self.file_offset(), len as u64)?;
        self.resize(len)
    }

    /// How long the file is to be.
    fn require_resizable(&self, len: usize) -> Result<u64> {
        self.require_tracked()?;
        if !self.is_writable() || (self.is_private() && !self.is_anonymous()) {
            return Err(Error::new(Cause::NotResizable));
        }
        size_for(self.file_offset(), len)
    }
}

/// How long the file is to be, if that is possible at all.
pub(super) fn size_for(file_offset: u64, len: usize) -> Result<u64> {
    let size = file_offset
        .checked_add(len as u64)
        .filter(|&size| i64::try_from(size).is_ok());
    match size {
        Some(size) if isize::try_from(len).is_ok() => Ok(size),
        _ => Err(Error::new(Cause::InvalidInput(text!(
            "a map of {len} bytes at file offset {file_offset} is too long for any system"
        )))),
    }
}
