//! Descriptors: copies of them, and their positions.
//!
//! # Safety
//!
//! No call here touches memory of a map. Who owns a number is `file.rs`'s business (S6).
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::fs::File;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};

#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::lseek;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::lseek64 as lseek;

// F_OFD_GETLK takes one whose offsets have 64 bits.
#[cfg(all(target_os = "linux", not(target_env = "gnu")))]
use libc::flock as Lock;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::flock64 as Lock;

#[cfg(any(target_os = "linux", target_os = "android"))]
use super::proc::{Name, find_in_lines};
use super::{RawFile, check, off_t};
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::{close, last_error};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::error::Cause;
use crate::error::{Error, Result};

/// The first number that is not standard input, output or error. Code that uses those
/// would read and overwrite the mapped file if a map's descriptor had a lower number.
const FIRST: c_int = 3;

/// Returns the descriptor of a file. The caller has to close it.
pub(crate) fn into_raw_file(file: File) -> RawFile {
    file.into_raw_fd()
}

/// `fcntl(fd, F_DUPFD_CLOEXEC, 3)`.
pub(crate) fn duplicate(fd: RawFile) -> Result<RawFile> {
    // SAFETY: this command of fcntl takes a number and touches no memory.
    let result = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, FIRST) };
    check(result, || text!("duplicating descriptor {fd}"))
}

/// Returns the same open file under a number above 2. (A new file gets 0, 1 or 2 if the
/// process has closed its standard input, output or error.)
pub(crate) fn above_standard(file: File) -> Result<File> {
    if file.as_raw_fd() >= FIRST {
        return Ok(file);
    }
    duplicate(file.as_raw_fd()).map(owned)
}

fn owned(fd: RawFile) -> File {
    // SAFETY: S6: `duplicate` has just made it, so it has no other owner.
    unsafe { File::from_raw_fd(fd) }
}

/// `lseek(fd, 0, SEEK_CUR)`.
pub(crate) fn position(fd: RawFile) -> Result<u64> {
    seek(fd, 0, libc::SEEK_CUR)
}

/// `lseek(fd, position, SEEK_SET)`.
pub(crate) fn set_position(fd: RawFile, position: u64) -> Result<()> {
    let Ok(place) = off_t::try_from(position) else {
        let what = text!("moving descriptor {fd} to byte {position}");
        return Err(Error::os(what, libc::EOVERFLOW));
    };
    seek(fd, place, libc::SEEK_SET).map(drop)
}

fn seek(fd: RawFile, place: off_t, whence: c_int) -> Result<u64> {
    // SAFETY: lseek touches no memory.
    let position = unsafe { lseek(fd, place, whence) };
    u64::try_from(position)
        .map_err(|_| super::last_error(|| text!("moving descriptor {fd} to byte {place}")))
}

/// `open("/proc/thread-self/fd/N")`: opens the file of a descriptor again, for the same use, with a
/// position of its own.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn open_again(fd: RawFile) -> Result<RawFile> {
    // SAFETY: this command of fcntl takes no argument and touches no memory.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    let flags = check(flags, || text!("asking for the flags of descriptor {fd}"))?;
    let kept = flags & (libc::O_ACCMODE | libc::O_APPEND);
    let name = Name::new(format_args!("/proc/thread-self/fd/{fd}"));
    let name = name.as_c_str();
    let flags = kept | libc::O_CLOEXEC | libc::O_NOCTTY;
    // SAFETY: open reads a path that ends with a zero byte.
    let opened = unsafe { libc::open(name.as_ptr(), flags) };
    if opened == -1 {
        return Err(last_error(|| text!("opening {name:?}")));
    }
    if opened >= FIRST {
        return Ok(opened);
    }
    let above = duplicate(opened);
    // Nothing was written through it.
    let _ = close(opened);
    above
}

/// On this system a descriptor that is opened by its number is a copy, with the same position.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn open_again(_fd: RawFile) -> Result<RawFile> {
    Err(Error::new(Cause::Unsupported {
        what: "way to open a descriptor's file once more",
    }))
}

/// `dup3(by, fd, O_CLOEXEC)`, then `close(by)`: replaces the open file behind a number.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn replace(fd: RawFile, by: RawFile) -> Result<()> {
    // SAFETY: dup3 touches no memory.
    #[cfg(target_os = "linux")]
    let result = unsafe { libc::dup3(by, fd, libc::O_CLOEXEC) };
    // The libc crate does not have it for Android.
    // SAFETY: dup3 touches no memory.
    #[cfg(target_os = "android")]
    let result = unsafe { libc::syscall(libc::SYS_dup3, by, fd, libc::O_CLOEXEC) } as i32;
    let replaced = check(result, || text!("duplicating descriptor {by} as {fd}"));
    let _ = close(by);
    replaced.map(drop)
}

/// On this system [`open_again`] gives no file to replace it by.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn replace(_fd: RawFile, _by: RawFile) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what: "dup3" }))
}

/// `fcntl(fd, F_OFD_GETLK)` and `/proc/thread-self/fdinfo/N`: returns whether closing the descriptor
/// may release a lock, of the open file behind it or of this process.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn is_locked(fd: RawFile) -> bool {
    let mut lock = MaybeUninit::<Lock>::zeroed();
    // SAFETY: all zero bits are a lock of the whole file.
    let lock = unsafe { lock.assume_init_mut() };
    lock.l_type = libc::F_WRLCK as _;
    // SAFETY: this command of fcntl reads and writes one `flock`.
    let asked = unsafe { libc::fcntl(fd, libc::F_OFD_GETLK, &raw mut *lock) };
    if asked == -1 || lock.l_type != libc::F_UNLCK as _ {
        return true;
    }
    let name = Name::new(format_args!("/proc/thread-self/fdinfo/{fd}"));
    // The flags of a descriptor come before its locks: without them, there may be a lock.
    let mut said = false;
    let locked = find_in_lines(name.as_str(), |line| {
        said |= line.starts_with(b"flags:");
        line.starts_with(b"lock:").then_some(())
    });
    !said || locked.is_some()
}

/// On this system it is never [replaced](replace).
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn is_locked(_fd: RawFile) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::undocumented_unsafe_blocks)]

    use super::super::{EBADF, close};
    use super::*;
    use crate::os::failing::fails_with;

    const NO_FD: RawFile = -1;

    #[test]
    fn duplicate_needs_a_descriptor() {
        fails_with(duplicate(NO_FD), EBADF, "duplicating descriptor -1 failed");
    }

    #[test]
    fn duplicate_closes_on_exec() {
        let file = tempfile::tempfile().unwrap();
        let copy = duplicate(file.as_raw_fd()).unwrap();
        let flags = unsafe { libc::fcntl(copy, libc::F_GETFD) };
        assert_eq!(flags & libc::FD_CLOEXEC, libc::FD_CLOEXEC);
        close(copy).unwrap();
    }

    #[test]
    fn positions_need_a_descriptor_and_a_place() {
        fails_with(position(NO_FD), EBADF, "moving descriptor -1 to byte 0");
        fails_with(
            set_position(NO_FD, 7),
            EBADF,
            "moving descriptor -1 to byte 7",
        );
        let wrong = set_position(NO_FD, u64::MAX);
        fails_with(wrong, libc::EOVERFLOW, "moving descriptor -1 to byte 18446");
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn replace_needs_descriptors() {
        let file = tempfile::tempfile().unwrap();
        let copy = duplicate(file.as_raw_fd()).unwrap();
        fails_with(replace(NO_FD, copy), EBADF, "duplicating descriptor ");
        assert!(is_locked(NO_FD));
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn is_locked_knows_all_kinds_of_locks() {
        let file = tempfile::tempfile().unwrap();
        let fd = duplicate(file.as_raw_fd()).unwrap();
        assert!(!is_locked(fd));
        for lock in [libc::LOCK_EX, libc::LOCK_SH, libc::LOCK_UN] {
            assert_eq!(unsafe { libc::flock(fd, lock) }, 0);
            assert_eq!(is_locked(fd), lock != libc::LOCK_UN);
        }
        assert_eq!(unsafe { libc::lockf(file.as_raw_fd(), libc::F_LOCK, 0) }, 0);
        assert!(is_locked(fd));
        assert_eq!(
            unsafe { libc::lockf(file.as_raw_fd(), libc::F_ULOCK, 0) },
            0
        );
        assert!(!is_locked(fd));
        close(fd).unwrap();
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn open_again_needs_a_descriptor() {
        fails_with(
            open_again(NO_FD),
            EBADF,
            "asking for the flags of descriptor -1",
        );
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn open_again_has_a_position_of_its_own() {
        let file = tempfile::tempfile().unwrap();
        let copy = duplicate(file.as_raw_fd()).unwrap();
        let again = open_again(file.as_raw_fd()).unwrap();
        set_position(file.as_raw_fd(), 5).unwrap();
        assert_eq!((position(copy).unwrap(), position(again).unwrap()), (5, 0));
        for fd in [copy, again] {
            close(fd).unwrap();
        }
    }
}
