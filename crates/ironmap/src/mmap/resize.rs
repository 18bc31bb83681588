//! Resizing a map, and its file with it.

use super::{Mmap, system};
use crate::error::{Cause, Error, Result};

impl Mmap {
    /// Makes the map `len` bytes long, and its file end where the map ends.
    ///
    /// `fallocate` of its last byte lengthens the file, and never cuts it. If the file system has
    /// no such call, or no block for that byte, `ftruncate` lengthens the file. `ftruncate`
    /// shortens it. `mremap` resizes the mapping; systems without it make a new `mmap`. Windows
    /// unmaps the file, sets its end, and maps it again. New bytes are zero. The map may move,
    /// which invalidates pointers into it. A length of 0 is allowed and leaves a map without
    /// memory.
    ///
    /// **If other processes append to the file:** the call compares the map's new end with the
    /// size that the file had when it was mapped or last resized, or with its own end, if that is
    /// larger. A larger end does not cut the file, which may then continue past the map. A smaller
    /// or equal end cuts the file, with everything that was appended before the `ftruncate`.
    ///
    /// A call that fails leaves file and map as they were. (It first [restores](Mmap::restore)
    /// damage, and keeps that. Windows can fail to map the file again; then the map is empty.)
    ///
    /// # Errors
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`NotResizable`](crate::ErrorKind::NotResizable): the map is not
    ///   writable, or it is a private map of a file.
    /// * [`SharedAnonymousGrowth`](crate::ErrorKind::SharedAnonymousGrowth), except
    ///   on Windows, which copies the bytes to new memory.
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): no file, or no
    ///   address space, can be that long.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EBADF` if other code in this process
    ///   closed the kept descriptor or replaced its file; `EFBIG` past RLIMIT_FSIZE
    ///   (without SIGXFSZ). On Windows `ERROR_USER_MAPPED_FILE` if the file must become shorter
    ///   and has another map, or another map has the tag name.
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
        let end = size_for(self.file_offset(), self.len())?;
        if let Some(file) = &mut self.file {
            file.note_end(end);
        }
        // To the system a damaged region is several areas, some of them without the file.
        self.restore()?;
        system::resize(self, len, size)
    }

    /// Resizes like [`resize`](Mmap::resize), and reserves disk space for the whole map, so that a
    /// full disk is an error of this call, not a [fault](crate::ErrorKind::Fault) of a later store.
    ///
    /// # Errors
    ///
    /// Those of [`resize`](Mmap::resize) and of
    /// [`MmapOptions::reserve_space`](crate::MmapOptions::reserve_space);
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for memory without a file.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// let mut map = MmapOptions::new().access(Access::Write).len(0).map(&file)?;
    /// match map.resize_reserved(1 << 20) {
    ///     Ok(()) => map.write_at(1 << 19, b"in the middle")?,
    ///     Err(error) => println!("{error}"), // not all file systems support it
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn resize_reserved(&mut self, len: usize) -> Result<()> {
        self.require_resizable(len)?;
        let Some(file) = &self.file else {
            let message = text!("memory without a file has no disk space to reserve");
            return Err(Error::new(Cause::InvalidInput(message)));
        };
        file.reserve(self.file_offset(), len as u64)?;
        self.resize(len)
    }

    /// Makes the map `len` bytes long, and leaves its file alone: a map of a log follows what is
    /// appended, also one for reading only.
    ///
    /// `fstat`, then the calls of [`resize`](Mmap::resize) for the mapping. The map may move, which
    /// invalidates pointers into it. A call that fails leaves the map as it was; it first
    /// [restores](Mmap::restore) damage, and keeps that.
    ///
    /// # Errors
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): memory without a file.
    /// * [`NotResizable`](crate::ErrorKind::NotResizable): a private map that has been writable,
    ///   whose changes could be lost.
    /// * [`LengthPastEnd`](crate::ErrorKind::LengthPastEnd): the file is not that long.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EBADF` if other code in this process closed
    ///   the kept descriptor or replaced its file.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let mut log = tempfile::NamedTempFile::new()?;
    /// log.write_all(b"one\n")?;
    /// let mut map = ironmap::Mmap::open(log.path())?;
    /// log.write_all(b"two\n")?;
    /// map.remap(map.size()? as usize)?;
    /// assert_eq!(map.to_vec(..)?, b"one\ntwo\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remap(&mut self, len: usize) -> Result<()> {
        let size = self.size()?;
        let Some(file) = &self.file else {
            let message = text!("memory without a file has no file to follow");
            return Err(Error::new(Cause::InvalidInput(message)));
        };
        let fd = file.checked()?;
        if self.may_have_changes() {
            return Err(Error::new(Cause::NotResizable));
        }
        let file_offset = self.file_offset();
        if size_for(file_offset, len)? > size {
            return Err(Error::new(Cause::LengthPastEnd {
                file_offset,
                len,
                size,
            }));
        }
        self.restore()?;
        system::remap(self, fd, len)
    }

    /// Checks that the map can be resized. Returns the file's new size.
    fn require_resizable(&self, len: usize) -> Result<u64> {
        self.require_tracked()?;
        if !self.is_writable() || (self.is_private() && !self.is_anonymous()) {
            return Err(Error::new(Cause::NotResizable));
        }
        size_for(self.file_offset(), len)
    }
}

/// Returns the size of a file that ends with the map, if a file can have it.
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
