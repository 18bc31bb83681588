//! Following the length of a file that others change.

use super::resize::size_for;
use super::{Mmap, system};
use crate::error::{Cause, Error, Result};
use crate::file::TrackedFile;

impl Mmap {
    /// Makes the map end where its file ends now. The file stays as it is.
    ///
    /// `fstat` of the kept descriptor, then `mremap`; systems without it make a new `mmap`. The map
    /// may move, which invalidates pointers into it. If the file ends before the map begins, the
    /// map has no bytes then. A call that fails leaves the map as it was; it first
    /// [restores](Mmap::restore) damage, and keeps that.
    ///
    /// # Errors
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): memory without a file; a private map
    ///   that has been writable, whose changes could be lost; no address space can be that long.
    /// * [`Os`](crate::ErrorKind::Os): a call failed; `EBADF` if other code in this process
    ///   closed the kept descriptor or replaced its file.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let mut log = tempfile::NamedTempFile::new()?;
    /// let mut map = ironmap::Mmap::open(log.path())?;
    /// log.write_all(b"first line\n")?;
    /// map.refresh()?;
    /// assert_eq!(map.to_vec(..)?, b"first line\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn refresh(&mut self) -> Result<()> {
        let (len, size) = self.end_of_file()?;
        if len != self.len() {
            let fd = self.followed_file()?.checked()?;
            // To the system a damaged region is several areas, some of them without the file.
            self.restore()?;
            system::remap(self, fd, len)?;
        }
        self.note_file_size(size);
        Ok(())
    }

    /// Does [`refresh`](Mmap::refresh) if the map becomes no shorter and can stay at its address.
    /// Returns whether it has. Damage may be restored in either case.
    pub(super) fn refresh_if_in_place(&mut self) -> Result<bool> {
        let (len, size) = self.end_of_file()?;
        if len != self.len() {
            if len < self.len() {
                return Ok(false);
            }
            self.restore()?;
            if !system::refresh_in_place(self, len) {
                return Ok(false);
            }
        }
        self.note_file_size(size);
        Ok(true)
    }

    /// Returns the length of a map that ends with its file, and the file's size.
    fn end_of_file(&self) -> Result<(usize, u64)> {
        let size = self.followed_file()?.status()?.size;
        let len = size.saturating_sub(self.file_offset());
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        size_for(self.file_offset(), len)?;
        Ok((len, size))
    }

    /// Returns the file, if the map can follow it.
    fn followed_file(&self) -> Result<&TrackedFile> {
        self.require_tracked()?;
        let refusal = match &self.file {
            None => "memory without a file has no length to follow",
            Some(_) if self.may_have_changes() => {
                "this private map cannot follow its file: its changes are in no file"
            }
            Some(file) => return Ok(file),
        };
        Err(Error::new(Cause::InvalidInput(text!("{refusal}"))))
    }

    fn note_file_size(&mut self, size: u64) {
        if let Some(file) = &mut self.file {
            file.note_size(size);
        }
    }
}
