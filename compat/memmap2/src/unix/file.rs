//! The file that a map shows.
//!
//! # Safety
//!
//! * No call here touches memory of a map; those that fill in a structure have room for one.
#![allow(unsafe_code)]

use std::io::{Error, Result};
use std::mem::MaybeUninit;
use std::os::fd::RawFd;

use sigbus_guard::{FileId, GuardedFile};

// As in `sys.rs`.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{fstat, stat};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{fstat64 as fstat, stat64 as stat};

use super::{report, sys};
use crate::MapIfSafeError;
use crate::ironmap::OnFault;

/// A file as it is when it is mapped.
pub(crate) struct OpenFile {
    pub(super) fd: RawFd,
    size: u64,
    /// The default, which no file has, if it is not known.
    id: FileId,
    /// The size of its blocks: of huge pages, if it has them.
    block: usize,
}

impl OpenFile {
    /// `fstat`.
    pub(crate) fn of(fd: RawFd) -> Result<OpenFile> {
        let mut status = MaybeUninit::<stat>::uninit();
        // SAFETY: fstat writes one `stat`, for which there is room.
        if unsafe { fstat(fd, status.as_mut_ptr()) } != 0 {
            return Err(Error::last_os_error());
        }
        // SAFETY: fstat has succeeded and so has filled it in.
        let status = unsafe { status.assume_init() };
        Ok(OpenFile {
            fd,
            size: status.st_size as u64,
            id: FileId {
                device: status.st_dev as _,
                inode: status.st_ino as _,
            },
            block: status.st_blksize as usize,
        })
    }

    /// Returns a file whose size is not needed. Only a handler that is to map zeros makes use of what
    /// `fstat` tells.
    pub(crate) fn unseen(fd: RawFd) -> Result<OpenFile> {
        match report::choice() {
            OnFault::Zeros => OpenFile::of(fd),
            OnFault::Abort => Ok(OpenFile {
                fd,
                size: 0,
                id: FileId::default(),
                block: 0,
            }),
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the file for the guard. The descriptor is the caller's, who may close it: the guard
    /// compares it with the file before each use.
    pub(super) fn guarded(&self) -> GuardedFile {
        GuardedFile {
            fd: self.fd,
            id: self.id,
        }
    }

    /// Returns the size of the pages of a map of the file.
    pub(super) fn page_size(&self) -> usize {
        // The smallest huge page. Other file systems can have blocks of that size, so it asks.
        if self.block >= 64 << 10 && self.block.is_power_of_two() && has_huge_pages(self.fd) {
            self.block
        } else {
            sys::page_size()
        }
    }
}

/// `fstatfs`: returns whether the file is one of huge pages.
#[cfg(target_os = "linux")]
fn has_huge_pages(fd: RawFd) -> bool {
    let mut status = MaybeUninit::<libc::statfs>::uninit();
    // SAFETY: fstatfs writes one `statfs`, for which there is room.
    if unsafe { libc::fstatfs(fd, status.as_mut_ptr()) } != 0 {
        return false;
    }
    // SAFETY: fstatfs has succeeded and so has filled it in.
    let status = unsafe { status.assume_init() };
    // The two have one type, except in C libraries that disagree with themselves.
    #[allow(clippy::unnecessary_cast)]
    let same = status.f_type as i64 == libc::HUGETLBFS_MAGIC as i64;
    same
}

/// This system has no files of huge pages.
#[cfg(not(target_os = "linux"))]
fn has_huge_pages(_fd: RawFd) -> bool {
    false
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
impl OpenFile {
    /// Refuses: this system has no files that cannot change.
    pub(crate) fn check_safe_to_map(
        &self,
        _: u64,
        _: usize,
    ) -> std::result::Result<(), MapIfSafeError> {
        Err(MapIfSafeError::of_system())
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
impl OpenFile {
    /// Returns whether the bytes can never change: a memory file with the seals for it, or, on
    /// Linux, a file with fs-verity.
    pub(crate) fn check_safe_to_map(
        &self,
        offset: u64,
        len: usize,
    ) -> std::result::Result<(), MapIfSafeError> {
        let missing = match self.seals() {
            Some(seals) => missing_seals(seals),
            None if self.has_verity() => None,
            None => Some("it is not a sealed memfd, and has no fs-verity"),
        };
        if let Some(missing) = missing {
            let message = format!("fd is not safe to map: {missing}");
            return Err(MapIfSafeError::of_file(message));
        }
        // Asked again: it could be cut before it was sealed.
        let size = OpenFile::of(self.fd)
            .map_err(MapIfSafeError::of_map)?
            .size();
        match offset.checked_add(len as u64) {
            Some(end) if end <= size => Ok(()),
            _ => Err(MapIfSafeError::of_file(format!(
                "map request is not safe: {len} bytes from {offset} on are not all in a file of \
                 {size} bytes"
            ))),
        }
    }

    /// `fcntl(F_GET_SEALS)`; `None` if the file cannot have any.
    fn seals(&self) -> Option<libc::c_int> {
        // SAFETY: this command of fcntl takes no argument and touches no memory.
        let seals = unsafe { libc::fcntl(self.fd, libc::F_GET_SEALS) };
        (seals != -1).then_some(seals)
    }

    #[cfg(target_os = "freebsd")]
    fn has_verity(&self) -> bool {
        false
    }

    /// `ioctl(FS_IOC_MEASURE_VERITY)`, with no room for the digest.
    #[cfg(not(target_os = "freebsd"))]
    fn has_verity(&self) -> bool {
        const FS_IOC_MEASURE_VERITY: u32 = 0xc004_6686;
        // The algorithm, and the room for the digest.
        let mut digest = [0u16; 2];
        // SAFETY: it writes the two numbers, and no digest past them.
        let result =
            unsafe { libc::ioctl(self.fd, FS_IOC_MEASURE_VERITY as _, digest.as_mut_ptr()) };
        result == 0 || Error::last_os_error().raw_os_error() == Some(libc::EOVERFLOW)
    }
}

/// Returns the names of the seals that are missing, if any are.
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn missing_seals(seals: libc::c_int) -> Option<&'static str> {
    let has = |seal| seals & seal != 0;
    match (has(libc::F_SEAL_SHRINK), has(libc::F_SEAL_WRITE)) {
        (true, true) => None,
        (true, false) => Some("missing seals F_SEAL_WRITE"),
        (false, true) => Some("missing seals F_SEAL_SHRINK"),
        (false, false) => Some("missing seals F_SEAL_SHRINK and F_SEAL_WRITE"),
    }
}
