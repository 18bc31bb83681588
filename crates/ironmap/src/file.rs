//! The file behind a map, kept by a descriptor of our own.

use std::fs::File;

use crate::error::{Error, Result};
use crate::fault;
use crate::os::{self, FileStatus, RawFile};

/// The descriptor of a mapped file that is the map's own: a duplicate of the one it was
/// mapped from, or the one that [`MmapOptions::open`] has opened.
///
/// It is a plain number and not an `OwnedFd`, because the number is visible to
/// the whole process: somebody may close it or put another file in its place
/// (`dup2`, `closefrom`, a daemon's clean-up). An `OwnedFd` would then cut or
/// close a file that is not ours. This one is asked, before every use, whether
/// it is still the file that was mapped: the mapping keeps the inode alive, so
/// device and inode cannot have become another file's.
///
/// On Windows it is a handle, whose number nobody meets by chance: it is not asked,
/// because not every file system there can tell one file from another.
///
/// [`MmapOptions::open`]: crate::MmapOptions::open
#[derive(Debug)]
pub(crate) struct KeptFile(fault::File);

impl KeptFile {
    /// Duplicates `fd`, which `status` describes.
    pub(crate) fn duplicate(fd: RawFile, status: &FileStatus) -> Result<KeptFile> {
        Ok(KeptFile(fault::File {
            fd: os::duplicate(fd)?,
            id: status.id,
        }))
    }

    /// Takes over `file`, which `status` describes.
    pub(crate) fn take(file: File, status: &FileStatus) -> KeptFile {
        KeptFile(fault::File {
            fd: os::into_raw_file(file),
            id: status.id,
        })
    }

    /// What the file is now.
    pub(crate) fn status(&self) -> Result<FileStatus> {
        let status = os::status(self.0.fd)?;
        if status.id == self.0.id {
            Ok(status)
        } else {
            Err(self.lost())
        }
    }

    /// For the fault handler, which asks the same question by itself.
    pub(crate) fn as_watched(&self) -> fault::File {
        self.0
    }

    /// The descriptor, still the mapped file's.
    pub(crate) fn checked(&self) -> Result<RawFile> {
        self.status().map(|_| self.0.fd)
    }

    #[cold]
    fn lost(&self) -> Error {
        let what = text!(
            "using descriptor {}, which is another file's by now,",
            self.0.fd
        );
        Error::os(what, os::EBADF)
    }
}

impl Drop for KeptFile {
    fn drop(&mut self) {
        if !os::NUMBERS_ARE_SHARED || self.checked().is_ok() {
            // There is nobody to tell, and nothing was written through it.
            let _ = os::close(self.0.fd);
        }
    }
}
