//! The length of a file, and the space of its bytes on the disk.
//!
//! # Safety
//!
//! No call here touches memory of a map.
#![allow(unsafe_code)]

use std::ffi::c_int;

#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
use libc::fallocate;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::fallocate64 as fallocate;
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::pwrite;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::pwrite64 as pwrite;

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::check;
use super::file_limit::without_sigxfsz;
use super::{RawFile, file_system_of, last_error, off_t, stat_of, truncate};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::error::Cause;
use crate::error::{Error, Result};

// The numbers of the kernel. Not every C library has all of them.
const KEEP_SIZE: c_int = 0x01;
const PUNCH_HOLE: c_int = 0x02;
const ZERO_RANGE: c_int = 0x10;

/// `fallocate(fd, 0, size - 1, 1)`: lengthens a shorter file to `size` bytes, and shortens none. Its
/// last byte has space then.
pub(crate) fn extend(fd: RawFile, size: u64) -> Result<()> {
    let extended = allocate(fd, 0, size.saturating_sub(1), 1);
    match &extended {
        // On tmpfs a signal at this moment is an error.
        Err(error) if error.raw_os_error() == Some(libc::EINTR) => {
            allocate(fd, 0, size.saturating_sub(1), 1)
        }
        _ => extended,
    }
}

/// `fallocate(fd, FALLOC_FL_KEEP_SIZE, start, len)`: gives the bytes space on the disk.
/// Bytes past the end of the file have it when the file becomes longer.
pub(crate) fn reserve_space(fd: RawFile, start: u64, len: u64) -> Result<()> {
    allocate(fd, KEEP_SIZE, start, len)
}

/// `fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, len)`: makes the first
/// bytes of a file zeros without space on the disk.
pub(crate) fn punch_hole(fd: RawFile, len: u64) -> Result<()> {
    allocate(fd, PUNCH_HOLE | KEEP_SIZE, 0, len)
}

/// `fallocate(fd, FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE, 0, len)`: makes the first
/// bytes of a file zeros that have space on the disk.
pub(crate) fn zero_range(fd: RawFile, len: u64) -> Result<()> {
    allocate(fd, ZERO_RANGE | KEEP_SIZE, 0, len)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn allocate(fd: RawFile, mode: c_int, start: u64, len: u64) -> Result<()> {
    let what = || text!("fallocate of {len} bytes from byte {start} on, mode {mode:#x},");
    let (Ok(at), Ok(count)) = (off_t::try_from(start), off_t::try_from(len)) else {
        return Err(Error::os(what(), libc::EFBIG));
    };
    without_sigxfsz(|| {
        // SAFETY: fallocate touches no memory of ours.
        let result = unsafe { fallocate(fd, mode, at, count) };
        check(result, what).map(drop)
    })
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn allocate(_fd: RawFile, _mode: c_int, _start: u64, _len: u64) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "fallocate" }))
}

/// `ftruncate(fd, size)`, for a size that may be past RLIMIT_FSIZE.
pub(crate) fn lengthen(fd: RawFile, size: u64) -> Result<()> {
    without_sigxfsz(|| truncate(fd, size))
}

/// `fstat(fd)`: returns the bytes of the disk that the file has.
pub(crate) fn allocated(fd: RawFile) -> Option<u64> {
    // The unit is 512 bytes, not the size of a block.
    Some((stat_of(fd)?.st_blocks as u64).saturating_mul(512))
}

/// `fstatvfs(fd)`: returns the bytes that its file system has for us; `None` if it does not tell.
pub(crate) fn free_space(fd: RawFile) -> Option<u64> {
    let status = file_system_of(fd)?;
    if status.f_blocks == 0 {
        return None;
    }
    // SAFETY: geteuid touches no memory.
    let root = unsafe { libc::geteuid() } == 0;
    let blocks = if root {
        status.f_bfree
    } else {
        status.f_bavail
    };
    // Their width differs from system to system.
    #[allow(clippy::unnecessary_cast)]
    Some((blocks as u64).saturating_mul(status.f_frsize as u64))
}

/// The zeros that [`write_zeros`] writes.
static ZEROS: [u8; 1 << 16] = [0; 1 << 16];

/// `pwrite(fd, zeros, len, at)`: overwrites bytes with zeros, at most 64 KiB of them, and returns
/// their number.
pub(crate) fn write_zeros(fd: RawFile, at: u64, len: u64) -> Result<u64> {
    let count = len.min(ZEROS.len() as u64) as usize;
    let what = || text!("writing {count} zeros from byte {at} on");
    let Ok(place) = off_t::try_from(at) else {
        return Err(Error::os(what(), libc::EFBIG));
    };
    // SAFETY: pwrite reads `count` bytes, which are there.
    let written = unsafe { pwrite(fd, ZEROS.as_ptr().cast(), count, place) };
    match u64::try_from(written) {
        Ok(0) => Err(Error::os(what(), libc::EIO)),
        Ok(written) => Ok(written),
        Err(_) => Err(last_error(what)),
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android")))]
mod tests {
    use std::os::fd::AsRawFd;

    use super::super::EBADF;
    use super::*;
    use crate::os::failing::fails_with;

    const NO_FD: RawFile = -1;

    #[test]
    fn every_call_needs_a_descriptor() {
        fails_with(
            extend(NO_FD, 9),
            EBADF,
            "fallocate of 1 bytes from byte 8 on, mode 0x0",
        );
        let reserved = reserve_space(NO_FD, 4, 5);
        fails_with(
            reserved,
            EBADF,
            "fallocate of 5 bytes from byte 4 on, mode 0x1",
        );
        fails_with(
            punch_hole(NO_FD, 9),
            EBADF,
            "fallocate of 9 bytes from byte 0 on, mode 0x3",
        );
        fails_with(
            zero_range(NO_FD, 9),
            EBADF,
            "fallocate of 9 bytes from byte 0 on, mode 0x11",
        );
        fails_with(lengthen(NO_FD, 9), EBADF, "ftruncate to 9 bytes");
        fails_with(
            write_zeros(NO_FD, 7, 9),
            EBADF,
            "writing 9 zeros from byte 7 on",
        );
        assert_eq!((allocated(NO_FD), free_space(NO_FD)), (None, None));
    }

    #[test]
    fn sizes_have_63_bits() {
        let file = tempfile::tempfile().unwrap();
        let fd = file.as_raw_fd();
        fails_with(
            extend(fd, u64::MAX),
            libc::EFBIG,
            "fallocate of 1 bytes from byte 18446",
        );
        fails_with(
            reserve_space(fd, 0, u64::MAX),
            libc::EFBIG,
            "fallocate of 18446",
        );
    }

    #[test]
    fn extend_never_cuts() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(10_000).unwrap();
        match extend(file.as_raw_fd(), 5000) {
            Ok(()) => extend(file.as_raw_fd(), 20_000).unwrap(),
            // The file system has no such call.
            Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EOPNOTSUPP)),
        }
        assert!([10_000, 20_000].contains(&file.metadata().unwrap().len()));
    }
}
