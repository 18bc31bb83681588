//! Calls about files, and the size of a page.
//!
//! # Safety
//!
//! No call here touches memory of a map. Who owns a descriptor is `file.rs`'s
//! business (S6).

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{fstat, ftruncate, stat};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{fstat64 as fstat, ftruncate64 as ftruncate, stat64 as stat};

use super::{AsFile, FileId, RawFile, check, last_error, off_t};
use crate::error::{Error, Result};

/// Returns the descriptor of an open file.
pub(crate) fn raw_file(file: &impl AsFile) -> RawFile {
    file.as_fd().as_raw_fd()
}

/// The status of a file, from `fstat`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileStatus {
    pub(crate) size: u64,
    pub(crate) regular: bool,
    pub(crate) directory: bool,
    /// True if it is neither a regular file nor a block device: its bytes may be the registers of
    /// a device, where loads and stores have side effects.
    pub(crate) is_device: bool,
    pub(crate) id: FileId,
    /// The number of its names; 0 for a memfd, among others.
    pub(crate) links: u64,
    /// The size of its blocks; of its pages if it is a file of huge pages.
    pub(crate) block: u64,
    /// The times of the last changes of its bytes and of its status, since 1970.
    pub(crate) times: [Duration; 2],
}

/// `sysconf(_SC_PAGESIZE)`, once: returns the size of a page.
#[inline]
pub(crate) fn page_size() -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            let size = ask_page_size();
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

#[cold]
fn ask_page_size() -> usize {
    // SAFETY: sysconf reads and writes no memory of ours.
    whole_page(unsafe { libc::sysconf(libc::_SC_PAGESIZE) })
}

/// Returns `size`. All rounding to pages needs a power of two.
fn whole_page(size: libc::c_long) -> usize {
    match usize::try_from(size) {
        Ok(size) if size.is_power_of_two() => size,
        _ => panic!("ironmap needs pages of a power of two of bytes, not of {size}"),
    }
}

/// Returns the granularity of file offsets: the page size.
pub(crate) fn allocation_granularity() -> usize {
    page_size()
}

/// `fstat(fd)`; `None` if it fails.
pub(super) fn stat_of(fd: RawFile) -> Option<stat> {
    let mut status = MaybeUninit::<stat>::uninit();
    // SAFETY: fstat writes one `stat`, for which there is room.
    if unsafe { fstat(fd, status.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: fstat has succeeded and so has filled it in.
    Some(unsafe { status.assume_init() })
}

/// Returns the times of the last changes of bytes and status; 0 for those before 1970.
fn times_of(status: &stat) -> [Duration; 2] {
    #[cfg(not(target_os = "netbsd"))]
    let parts = [
        (status.st_mtime, status.st_mtime_nsec),
        (status.st_ctime, status.st_ctime_nsec),
    ];
    #[cfg(target_os = "netbsd")]
    let parts = [
        (status.st_mtime, status.st_mtimensec),
        (status.st_ctime, status.st_ctimensec),
    ];
    parts.map(|(seconds, nanos)| {
        let seconds = u64::try_from(seconds).unwrap_or(0);
        Duration::from_secs(seconds) + Duration::from_nanos(nanos as _)
    })
}

fn id_of(status: &stat) -> FileId {
    FileId {
        device: status.st_dev as _,
        inode: status.st_ino as _,
    }
}

/// `fstatvfs(fd)`; `None` if it fails.
pub(super) fn file_system_of(fd: RawFile) -> Option<libc::statvfs> {
    let mut status = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: fstatvfs writes one `statvfs`, for which there is room.
    if unsafe { libc::fstatvfs(fd, status.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: fstatvfs has succeeded and so has filled it in.
    Some(unsafe { status.assume_init() })
}

/// `fstat(fd)`.
pub(crate) fn status(fd: RawFile) -> Result<FileStatus> {
    let status = stat_of(fd).ok_or_else(|| last_error(|| text!("fstat of descriptor {fd}")))?;
    let kind = status.st_mode & libc::S_IFMT;
    Ok(FileStatus {
        size: status.st_size as _,
        regular: kind == libc::S_IFREG,
        directory: kind == libc::S_IFDIR,
        is_device: !matches!(kind, libc::S_IFREG | libc::S_IFBLK),
        id: id_of(&status),
        links: status.st_nlink as _,
        block: status.st_blksize as _,
        times: times_of(&status),
    })
}

/// `close(fd)`.
pub(crate) fn close(fd: RawFile) -> Result<()> {
    // SAFETY: close touches no memory.
    let result = unsafe { libc::close(fd) };
    check(result, || text!("close of descriptor {fd}")).map(drop)
}

/// `ftruncate(fd, size)`.
pub(crate) fn truncate(fd: RawFile, size: u64) -> Result<()> {
    let what = || text!("ftruncate to {size} bytes");
    let Ok(size) = off_t::try_from(size) else {
        return Err(Error::os(what(), libc::EFBIG));
    };
    // SAFETY: ftruncate touches no memory of ours; pages that it takes from
    // past the end of a map are the next access's fault, not this call's.
    let result = unsafe { ftruncate(fd, size) };
    check(result, what).map(drop)
}

/// `fcntl(fd, F_FULLFSYNC)`: macOS wants a file on the disk before it is mapped, and its `fsync`
/// does not write it there.
#[cfg(target_vendor = "apple")]
pub(crate) fn full_sync(fd: RawFile) -> Result<()> {
    // SAFETY: this command of fcntl takes no argument and touches no memory.
    let result = unsafe { libc::fcntl(fd, libc::F_FULLFSYNC) };
    check(result, || text!("F_FULLFSYNC of descriptor {fd}")).map(drop)
}

/// `preadv`: has the system read a part of a file into its cache, in large requests. The bytes are
/// dropped. Errors are ignored.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn read_and_drop(fd: RawFile, file_offset: u64, len: usize) {
    #[cfg(not(any(target_env = "gnu", target_os = "android")))]
    use libc::preadv;
    #[cfg(any(target_env = "gnu", target_os = "android"))]
    use libc::preadv64 as preadv;
    // All blocks of a request are the same memory, which stays in the first-level cache.
    const BLOCK: usize = 16 << 10;
    const BLOCKS: usize = 64;
    let mut dropped = [MaybeUninit::<u8>::uninit(); BLOCK];
    let block = libc::iovec {
        iov_base: dropped.as_mut_ptr().cast(),
        iov_len: BLOCK,
    };
    let blocks = [block; BLOCKS];
    let mut done = 0;
    while done < len {
        let count = (len - done).div_ceil(BLOCK).min(BLOCKS);
        let at = (file_offset + done as u64) as off_t;
        // SAFETY: each block has room for its length, and nothing reads it.
        let read = unsafe { preadv(fd, blocks.as_ptr(), count as i32, at) };
        match usize::try_from(read) {
            Ok(read @ 1..) => done += read,
            _ => return,
        }
    }
}

/// Never called: this system does not count what it reads for a thread.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn read_and_drop(_fd: RawFile, _file_offset: u64, _len: usize) {}

#[cfg(test)]
mod tests {
    use super::super::{EBADF, EINVAL};
    use super::*;
    use crate::os::failing::fails_with;

    const NO_FD: RawFile = -1;

    #[test]
    fn whole_page_refuses_what_is_no_power_of_two() {
        assert_eq!((whole_page(4096), whole_page(65_536)), (4096, 65_536));
        for size in [-1, 0, 12_288] {
            assert!(std::panic::catch_unwind(|| whole_page(size)).is_err());
        }
    }

    #[test]
    fn status_needs_a_descriptor() {
        fails_with(status(NO_FD), EBADF, "fstat of descriptor -1 failed");
    }

    #[test]
    fn status_tells_files_apart() {
        let [one, two] = [tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap()];
        one.set_len(5).unwrap();
        let [one, two] = [
            status(one.as_raw_fd()).unwrap(),
            status(two.as_raw_fd()).unwrap(),
        ];
        assert_eq!((one.size, one.regular, one.is_device), (5, true, false));
        assert_ne!(one.id, two.id);
        let null = std::fs::File::open("/dev/null").unwrap();
        let null = status(null.as_raw_fd()).unwrap();
        assert_eq!((null.regular, null.is_device), (false, true));
    }

    #[test]
    fn close_needs_a_descriptor() {
        fails_with(close(NO_FD), EBADF, "close of descriptor -1 failed");
    }

    #[test]
    fn truncate_needs_a_writable_file() {
        fails_with(truncate(NO_FD, 0), EBADF, "ftruncate to 0 bytes failed");
        let named = tempfile::NamedTempFile::new().unwrap();
        let reading = std::fs::File::open(named.path()).unwrap();
        fails_with(truncate(reading.as_raw_fd(), 0), EINVAL, "ftruncate to 0");
        let file = tempfile::tempfile().unwrap();
        fails_with(
            truncate(file.as_raw_fd(), u64::MAX),
            libc::EFBIG,
            "ftruncate to 18446",
        );
    }

    #[cfg(target_vendor = "apple")]
    #[test]
    fn full_sync_needs_a_descriptor() {
        fails_with(
            full_sync(NO_FD),
            EBADF,
            "F_FULLFSYNC of descriptor -1 failed",
        );
    }
}
