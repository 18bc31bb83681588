//! Making a map longer or shorter, and its file with it.

use super::{Mmap, system};
use crate::error::{Cause, Error, Result};

impl Mmap {
    /// Makes the map `len` bytes long, and its file as long as the map's end.
    ///
    /// `ftruncate` and `mremap`; where there is no `mremap`, a new `mmap`. On
    /// Windows the file is unmapped, its end is set, and it is mapped again. The
    /// file ends with the map afterwards, even if it was longer. New bytes are
    /// zero. The map may move: pointers into it are void. A length of 0 is
    /// allowed and leaves a map without memory.
    ///
    /// A call that fails leaves file and map as they were. (Windows can fail to map
    /// the file again; then the map is empty.)
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
    ///   file in its place. On Windows `ERROR_USER_MAPPED_FILE` if the file is to
    ///   become shorter and has another map, or another map has the tag name.
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
        self.require_tracked()?;
        if !self.is_writable() || (self.is_private() && !self.is_anonymous()) {
            return Err(Error::new(Cause::NotResizable));
        }
        let size = size_for(self.file_offset(), len)?;
        // A damaged region is several areas to the system, some of them not
        // the file's.
        self.restore()?;
        system::resize(self, len, size)
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
