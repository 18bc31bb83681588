//! The system calls of Unix.
//!
//! # Safety
//!
//! The functions that take an address are unsafe: they ask for a block of
//! memory that one of our regions has mapped (SAFETY.md: S4). Those that take
//! only a descriptor touch no memory; who owns the number is `file.rs`'s
//! business (S6).

#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::ptr::{self, NonNull};

pub(crate) use std::os::fd::AsFd as AsFile;

pub(crate) use sigbus_guard::{FileId, RawFile};

// File offsets have 64 bits everywhere; where plain `off_t` has 32, the C
// library offers second names.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
pub(super) use libc::off_t;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
pub(super) use libc::off64_t as off_t;
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{fstat, stat};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{fstat64 as fstat, stat64 as stat};
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::{ftruncate, mmap};
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::{ftruncate64 as ftruncate, mmap64 as mmap};

pub(crate) use libc::{
    EAGAIN, EBADF, EFBIG, EINVAL, EIO, ENFILE, ENOENT, ENOMEM, ENOSPC, MADV_NORMAL, MADV_RANDOM,
    MADV_SEQUENTIAL, MADV_WILLNEED, MAP_ANON, MAP_PRIVATE, MAP_SHARED, MS_ASYNC, MS_SYNC,
    PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE,
};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use libc::{
    MADV_COLD, MADV_DODUMP, MADV_DONTDUMP, MADV_HUGEPAGE, MADV_MERGEABLE, MADV_NOHUGEPAGE,
    MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_UNMERGEABLE,
};

// Not every C library's headers have it; the number is the kernel's, the same
// on every architecture.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const MADV_COLLAPSE: c_int = 25;

/// The advice after which touching a mapped page is a fatal SIGSEGV: Linux's
/// `MADV_GUARD_INSTALL` (6.13), whose number no header of ours has either.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const REVOKING_ADVICE: &[c_int] = &[102];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const REVOKING_ADVICE: &[c_int] = &[];

/// The advice after which a forked child does not have the pages.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[libc::MADV_DONTFORK];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[];

/// The bits that say who sees what is written.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const MAP_TYPE: c_int = libc::MAP_TYPE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const MAP_TYPE: c_int = MAP_SHARED | MAP_PRIVATE;

/// The flags that let a mapping land on an address of its own choice.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const MAP_AT_ADDRESS: c_int = libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE;
#[cfg(any(target_os = "netbsd", target_os = "openbsd"))]
pub(crate) const MAP_AT_ADDRESS: c_int = libc::MAP_FIXED | libc::MAP_TRYFIXED;
#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "netbsd",
    target_os = "openbsd"
)))]
pub(crate) const MAP_AT_ADDRESS: c_int = libc::MAP_FIXED;

use crate::error::{Error, Result, Text};

/// What stands for no file.
pub(crate) const NO_FILE: RawFile = -1;

/// A map may be no longer than its file.
pub(crate) const MAPS_EXTEND_FILES: bool = false;

/// Whether all of a process knows descriptors by their numbers, and may close and reuse
/// any.
pub(crate) const NUMBERS_ARE_SHARED: bool = true;

/// The descriptor of an open file.
pub(crate) fn raw_file(file: &impl AsFile) -> RawFile {
    file.as_fd().as_raw_fd()
}

/// What `fstat` says about a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileStatus {
    pub(crate) size: u64,
    pub(crate) regular: bool,
    /// Whether it is neither a regular file nor a block device: its bytes may be the
    /// registers of a device, where a load and a store have effects of their own.
    pub(crate) is_device: bool,
    pub(crate) id: FileId,
    /// By how many names it can be opened; 0 for a memfd, among others.
    pub(crate) links: u64,
    /// The size of its blocks: where it is one of huge pages, of its pages.
    pub(crate) block: u64,
}

/// `sysconf(_SC_PAGESIZE)`.
pub(crate) fn page_size() -> usize {
    // SAFETY: sysconf reads and writes no memory of ours.
    let size = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    usize::try_from(size).expect("every system has a page size")
}

/// What file offsets are multiples of: the page size.
pub(crate) fn allocation_granularity() -> usize {
    page_size()
}

/// `fstat(fd)`. Nothing is allocated: a signal handler asks, too.
pub(super) fn stat_of(fd: RawFile) -> Option<stat> {
    let mut status = MaybeUninit::<stat>::uninit();
    // SAFETY: fstat writes one `stat`, for which there is room.
    if unsafe { fstat(fd, status.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: fstat has succeeded and so has filled it in.
    Some(unsafe { status.assume_init() })
}

fn id_of(status: &stat) -> FileId {
    FileId {
        device: status.st_dev as _,
        inode: status.st_ino as _,
    }
}

/// `fstatvfs(fd)`. Nothing is allocated: a signal handler asks, too.
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
        is_device: !matches!(kind, libc::S_IFREG | libc::S_IFBLK),
        id: id_of(&status),
        links: status.st_nlink as _,
        block: status.st_blksize as _,
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

/// `fcntl(fd, F_FULLFSYNC)`: macOS wants a file on the disk before it is
/// mapped, and its `fsync` does not put it there.
#[cfg(target_vendor = "apple")]
pub(crate) fn full_sync(fd: RawFile) -> Result<()> {
    // SAFETY: this command of fcntl takes no argument and touches no memory.
    let result = unsafe { libc::fcntl(fd, libc::F_FULLFSYNC) };
    check(result, || text!("F_FULLFSYNC of descriptor {fd}")).map(drop)
}

/// `mmap(NULL, len, protection, flags, fd, file_offset)`.
///
/// An unaligned file offset is `EINVAL` everywhere: Linux and macOS say so
/// themselves, the BSDs would return an address inside a page.
///
/// # Safety
///
/// `flags` has none of [`MAP_AT_ADDRESS`], so the new mapping replaces nothing.
pub(crate) unsafe fn map(
    len: usize,
    protection: c_int,
    flags: c_int,
    fd: RawFile,
    file_offset: u64,
) -> Result<NonNull<u8>> {
    let what = || text!("mmap of {len} bytes at file offset {file_offset}");
    let offset = match off_t::try_from(file_offset) {
        Ok(offset) if file_offset % page_size() as u64 == 0 => offset,
        Ok(_) => return Err(Error::os(what(), EINVAL)),
        Err(_) => return Err(Error::os(what(), libc::EOVERFLOW)),
    };
    // SAFETY: S5, the caller's promise: mmap then takes only unused addresses.
    let start = unsafe { mmap(ptr::null_mut(), len, protection, flags, fd, offset) };
    if start == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    NonNull::new(start.cast()).ok_or_else(|| Error::os(what(), libc::ENOMEM))
}

/// `mmap(start, len, protection, flags | MAP_FIXED, fd, file_offset)`: puts a part of a
/// file in the place of a block.
///
/// # Safety
///
/// The block is made of whole pages of one region's mapping, or of zeros in its place, and
/// nothing uses it in the meantime.
pub(crate) unsafe fn map_over(start: *mut u8, source: &super::Source) -> Result<()> {
    let super::Source {
        len,
        protection,
        flags,
        fd,
        file_offset,
    } = *source;
    let what = || text!("mmap of {len} bytes at file offset {file_offset} in their old place");
    let Ok(offset) = off_t::try_from(file_offset) else {
        return Err(Error::os(what(), libc::EOVERFLOW));
    };
    let flags = flags | libc::MAP_FIXED;
    // SAFETY: S4, the caller's promise.
    let at = unsafe { mmap(start.cast(), len, protection, flags, fd, offset) };
    if at == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    Ok(())
}

/// `munmap(start, len)`.
///
/// # Safety
///
/// The block is (a part of) one region's mapping, and nobody uses it again.
pub(crate) unsafe fn unmap(start: *mut u8, len: usize) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    let result = unsafe { libc::munmap(start.cast(), len) };
    check(result, || text!("munmap of {len} bytes")).map(drop)
}

/// `mremap(start, from, to, MREMAP_MAYMOVE)`.
///
/// # Safety
///
/// The block is the whole mapping of one region, and nobody uses its old
/// address again.
#[cfg(target_os = "linux")]
pub(crate) unsafe fn remap(start: NonNull<u8>, from: usize, to: usize) -> Result<NonNull<u8>> {
    let what = || text!("mremap of {from} to {to} bytes");
    // SAFETY: S4, the caller's promise; without a fixed address the new place
    // is an unused one (S5).
    let moved = unsafe { libc::mremap(start.as_ptr().cast(), from, to, libc::MREMAP_MAYMOVE) };
    if moved == libc::MAP_FAILED {
        return Err(last_error(what));
    }
    NonNull::new(moved.cast()).ok_or_else(|| Error::os(what(), libc::ENOMEM))
}

/// There is no `mremap` here (NetBSD's is another call of the same name).
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(target_os = "linux"))]
pub(crate) unsafe fn remap(_start: NonNull<u8>, _from: usize, _to: usize) -> Result<NonNull<u8>> {
    Err(Error::new(crate::error::Cause::Unsupported {
        what: "mremap",
    }))
}

/// `msync(start, len, flags)`, which knows the file by itself.
///
/// # Safety
///
/// The block is a part of one region's mapping.
pub(crate) unsafe fn sync(
    start: *mut u8,
    len: usize,
    flags: c_int,
    _file: Option<RawFile>,
) -> Result<()> {
    // SAFETY: S4, the caller's promise; msync changes no byte of the map that
    // the file does not hold.
    let result = unsafe { libc::msync(start.cast(), len, flags) };
    check(result, || {
        text!("msync of {len} bytes with flags {flags:#x}")
    })
    .map(drop)
}

/// `madvise(start, len, advice)`.
///
/// # Safety
///
/// The block is a part of one region's mapping, and the advice leaves all of
/// it mapped and accessible.
pub(crate) unsafe fn advise(start: *mut u8, len: usize, advice: c_int) -> Result<()> {
    // SAFETY: S4, the caller's promise.
    let result = unsafe { libc::madvise(start.cast(), len, advice) };
    check(result, || {
        text!("madvise of {len} bytes with advice {advice}")
    })
    .map(drop)
}

/// `prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, start, len, name)`.
///
/// # Safety
///
/// The block is a part of one region's mapping.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) unsafe fn set_name(start: *mut u8, len: usize, name: &CStr) -> Result<()> {
    let option = libc::PR_SET_VMA_ANON_NAME as libc::c_ulong;
    // SAFETY: S4; the kernel copies the name, which ends with a zero byte.
    let result = unsafe { libc::prctl(libc::PR_SET_VMA, option, start, len, name.as_ptr()) };
    check(result, || text!("naming {len} bytes {name:?}")).map(drop)
}

/// There is no way to name a mapping here.
///
/// # Safety
///
/// None is needed; the signature is that of the systems that have one.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) unsafe fn set_name(_start: *mut u8, _len: usize, _name: &CStr) -> Result<()> {
    Err(Error::new(crate::error::Cause::Unsupported {
        what: "names for mappings",
    }))
}

/// The convention of every call here but `mmap`: -1 is failure, and `errno`
/// says which.
pub(super) fn check(result: c_int, what: impl FnOnce() -> Text) -> Result<c_int> {
    if result == -1 {
        Err(last_error(what))
    } else {
        Ok(result)
    }
}

#[cold]
pub(super) fn last_error(what: impl FnOnce() -> Text) -> Error {
    // Before anything else: to allocate may be a call, too.
    let errno = io::Error::last_os_error().raw_os_error();
    Error::os(what(), errno.expect("the last OS error has a number"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use super::*;
    use crate::os::failing::fails_with;

    const NO_FD: RawFile = -1;
    /// Inside a page, so no call accepts it as the start of a block.
    const UNALIGNED: *mut u8 = ptr::without_provenance_mut(1);

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

    #[test]
    fn map_needs_a_length_and_an_aligned_offset() {
        let map = |len, offset| unsafe { map(len, PROT_READ, MAP_PRIVATE | MAP_ANON, -1, offset) };
        fails_with(map(0, 0), EINVAL, "mmap of 0 bytes at file offset 0 failed");
        fails_with(
            map(10, 1),
            EINVAL,
            "mmap of 10 bytes at file offset 1 failed",
        );
        fails_with(
            map(10, u64::MAX),
            libc::EOVERFLOW,
            "mmap of 10 bytes at file offset 18446",
        );
        // Half of an address space of 32 bits can be free.
        let most = usize::MAX - page_size();
        fails_with(map(most, 0), libc::ENOMEM, "mmap of ");
    }

    #[test]
    fn unmap_needs_a_page() {
        fails_with(
            unsafe { unmap(UNALIGNED, 1) },
            EINVAL,
            "munmap of 1 bytes failed",
        );
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn remap_needs_a_page() {
        let start = NonNull::new(UNALIGNED).unwrap();
        fails_with(
            unsafe { remap(start, 1, 2) },
            EINVAL,
            "mremap of 1 to 2 bytes failed",
        );
    }

    #[test]
    fn sync_needs_a_page() {
        let result = unsafe { sync(UNALIGNED, 1, MS_SYNC, None) };
        fails_with(result, EINVAL, "msync of 1 bytes with flags 0x");
    }

    #[test]
    fn advise_needs_a_page_and_known_advice() {
        let result = unsafe { advise(UNALIGNED, 1, MADV_NORMAL) };
        fails_with(result, EINVAL, "madvise of 1 bytes with advice 0 failed");
        let result = unsafe { advise(ptr::null_mut(), 0, -1) };
        fails_with(result, EINVAL, "madvise of 0 bytes with advice -1 failed");
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn set_name_needs_a_page() {
        let result = unsafe { set_name(UNALIGNED, 1, c"name") };
        fails_with(result, EINVAL, "naming 1 bytes \"name\" failed");
    }
}
