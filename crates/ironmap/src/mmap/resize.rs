//! Making a map longer or shorter, and its file with it.

use super::Mmap;
use crate::error::{Cause, Error, Result};
use crate::file::KeptFile;
use crate::os;
use crate::region::Region;

impl Mmap {
    /// Makes the map `len` bytes long, and its file as long as the map's end.
    ///
    /// `ftruncate` and `mremap`; where there is no `mremap`, a new `mmap`. The
    /// file ends with the map afterwards, also if it was longer. New bytes are
    /// zero. The map may move: pointers into it are void. A length of 0 is
    /// allowed and leaves a map without memory.
    ///
    /// A call that fails leaves file and map as they were.
    ///
    /// # Errors
    ///
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`NotResizable`](crate::ErrorKind::NotResizable): the map is not
    ///   writable, or it is a private map of a file.
    /// * [`SharedAnonymousGrowth`](crate::ErrorKind::SharedAnonymousGrowth).
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): no file, or no
    ///   address space, is that long.
    /// * [`Os`](crate::ErrorKind::Os): a call failed, among them `EBADF` if
    ///   somebody in this process closed the kept descriptor, or put another
    ///   file in its place.
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
        match &self.file {
            Some(file) => resize_file(&mut self.region, file, len, size),
            None => resize_anonymous(&mut self.region, len),
        }
    }
}

/// How long the file is to be, if that is possible at all.
fn size_for(file_offset: u64, len: usize) -> Result<u64> {
    let size = file_offset
        .checked_add(len as u64)
        .filter(|&size| i64::try_from(size).is_ok());
    match size {
        Some(size) if isize::try_from(len).is_ok() => Ok(size),
        _ => Err(Error::new(Cause::InvalidInput(format!(
            "a map of {len} bytes at file offset {file_offset} is too long for any system"
        )))),
    }
}

/// What may fail comes first, and what is done last can be undone: a longer
/// mapping harms nobody, a shorter file does.
fn resize_file(region: &mut Region, file: &KeptFile, len: usize, size: u64) -> Result<()> {
    let fd = file.checked()?;
    region.extend(len, fd)?;
    if let Err(error) = os::truncate(fd, size) {
        region.cut(region.len());
        return Err(error);
    }
    region.cut(len);
    Ok(())
}

fn resize_anonymous(region: &mut Region, len: usize) -> Result<()> {
    let old = region.len();
    if len > old && !region.layout().is_private() {
        return Err(Error::new(Cause::SharedAnonymousGrowth {
            from: old,
            to: len,
        }));
    }
    // Bytes that an earlier, longer map has left behind its end.
    let stale = region.mapped().min(len);
    region.extend(len, -1)?;
    region.cut(len);
    if old < stale {
        region.zero(old..stale)?;
    }
    Ok(())
}
