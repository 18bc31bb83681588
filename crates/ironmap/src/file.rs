//! The file of a map, and the descriptor that the map keeps of it.

use std::fs::File;
#[cfg(unix)]
use std::sync::OnceLock;

use sigbus_guard::GuardedFile;

#[cfg(unix)]
use crate::error::Cause;
use crate::error::{Error, Result};
use crate::os::{self, FileStatus, RawFile};
use crate::space;

/// The map's own descriptor of the mapped file: a duplicate of the one that was mapped, or the
/// one that [`MmapOptions::open`] opened.
///
/// It is a plain number and not an `OwnedFd`, because any code in the process can close the
/// number or replace its file (`dup2`, `closefrom`, a daemon's clean-up). An `OwnedFd` would
/// then cut or close a file that is not ours. Before every use, `fstat` checks that the
/// descriptor still is the mapped file: the mapping keeps the inode alive, so no other file
/// can have its device and inode.
///
/// On Windows it is a handle, which is not checked: code does not guess handles by accident,
/// and not every file system there can tell one file from another.
///
/// [`MmapOptions::open`]: crate::MmapOptions::open
#[derive(Debug)]
pub(crate) struct TrackedFile {
    descriptor: Descriptor,
    /// The file's size when it was mapped, or after the map's last resize or refresh; the map's
    /// end, if that is larger.
    size: u64,
    /// A second descriptor, with its own position.
    #[cfg(unix)]
    reader: OnceLock<Descriptor>,
}

/// A descriptor that is compared with the mapped file before each use.
#[derive(Debug)]
struct Descriptor(GuardedFile);

impl TrackedFile {
    /// Duplicates `fd`, which `status` describes.
    pub(crate) fn duplicate(fd: RawFile, status: &FileStatus) -> Result<TrackedFile> {
        Ok(TrackedFile::new(os::duplicate(fd)?, status))
    }

    /// Takes over `file`, which `status` describes.
    pub(crate) fn take(file: File, status: &FileStatus) -> TrackedFile {
        TrackedFile::new(os::into_raw_file(file), status)
    }

    fn new(fd: RawFile, status: &FileStatus) -> TrackedFile {
        TrackedFile {
            descriptor: Descriptor(GuardedFile { fd, id: status.id }),
            size: status.size,
            #[cfg(unix)]
            reader: OnceLock::new(),
        }
    }

    /// Returns the file's status now.
    pub(crate) fn status(&self) -> Result<FileStatus> {
        self.descriptor.status()
    }

    /// Returns descriptor, device and inode, for the fault handler's own check.
    pub(crate) fn identity(&self) -> GuardedFile {
        self.descriptor.0
    }

    /// Returns the descriptor, after checking that it still is the mapped file's.
    pub(crate) fn checked(&self) -> Result<RawFile> {
        self.descriptor.checked()
    }

    /// Sets the file's size.
    ///
    /// Growing never cuts. Bytes that other processes appended are cut only if `size` is at
    /// most the size that the file had when it was mapped, or last resized or refreshed.
    pub(crate) fn set_size(&mut self, size: u64) -> Result<()> {
        let (fd, now) = (self.descriptor.0.fd, self.status()?);
        let cuts = size <= self.size || space::is_on_hugetlbfs(fd, &now);
        if cuts && size < now.size {
            os::truncate(fd, size)?;
        } else {
            space::extend(fd, &now, size)?;
        }
        self.size = size;
        Ok(())
    }

    /// Notes that the map ends with a file of this size: a later [`set_size`](TrackedFile::set_size)
    /// may cut it.
    pub(crate) fn note_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Notes that a map ends at `end`. The file may have been shorter when it was mapped, and
    /// lengthened to there afterwards.
    pub(crate) fn note_end(&mut self, end: u64) {
        self.size = self.size.max(end);
    }

    /// Reserves disk space for a part of the file.
    pub(crate) fn reserve(&self, start: u64, len: u64) -> Result<()> {
        space::reserve(self.checked()?, start, len)
    }

    /// Returns a descriptor of the file with its position at `position`.
    ///
    /// The kept one shares its position with the user's file, so it is returned only if it is
    /// there already.
    #[cfg(unix)]
    pub(crate) fn descriptor_at(&self, position: u64) -> Result<RawFile> {
        let kept = self.checked()?;
        let fd = match self.reader.get() {
            Some(reader) => self.reopen(reader, kept)?,
            None => match self.open_again(kept) {
                Ok(fd) => self.set_reader(fd),
                Err(_) if os::position(kept)? == position => return Ok(kept),
                // Without `/proc`.
                Err(error) if error.raw_os_error() == Some(os::ENOENT) => {
                    let what = "descriptor of the file with the map's position";
                    return Err(Error::new(Cause::Unsupported { what }));
                }
                Err(error) => return Err(error),
            },
        };
        os::set_position(fd, position)?;
        Ok(fd)
    }

    /// Opens the file again under the reader's number, because a child may still use the
    /// earlier position. Does nothing while the file is locked: closing would release the lock.
    #[cfg(unix)]
    fn reopen(&self, reader: &Descriptor, kept: RawFile) -> Result<RawFile> {
        let fd = reader.checked()?;
        if !os::is_locked(fd) {
            if let Ok(again) = self.open_again(kept) {
                os::replace(fd, again)?;
            }
        }
        Ok(fd)
    }

    #[cfg(unix)]
    fn open_again(&self, kept: RawFile) -> Result<RawFile> {
        let fd = os::open_again(kept)?;
        let id = self.descriptor.0.id;
        let is_same = os::status(fd).map(|status| status.id == id);
        if let Ok(true) = is_same {
            return Ok(fd);
        }
        // Overlayfs may have copied the file since it was opened.
        os::close(fd)?;
        is_same.and_then(|_| Err(self.descriptor.replaced_error()))
    }

    #[cfg(unix)]
    fn set_reader(&self, fd: RawFile) -> RawFile {
        let id = self.descriptor.0.id;
        let made = Descriptor(GuardedFile { fd, id });
        // If another thread was faster, this one is dropped, which closes it.
        self.reader.get_or_init(|| made).0.fd
    }
}

impl Descriptor {
    fn status(&self) -> Result<FileStatus> {
        let status = os::status(self.0.fd)?;
        if status.id == self.0.id {
            Ok(status)
        } else {
            Err(self.replaced_error())
        }
    }

    fn checked(&self) -> Result<RawFile> {
        self.status().map(|_| self.0.fd)
    }

    #[cold]
    fn replaced_error(&self) -> Error {
        let what = text!(
            "using descriptor {}, which now is another file's,",
            self.0.fd
        );
        Error::os(what, os::EBADF)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if !os::NUMBERS_ARE_SHARED || self.checked().is_ok() {
            // Drop cannot report an error, and nothing was written through it.
            let _ = os::close(self.0.fd);
        }
    }
}
