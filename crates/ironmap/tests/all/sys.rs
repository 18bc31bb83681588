//! What the tests do to the process by system calls of their own (Linux).
//!
//! # Safety
//!
//! Descriptors are closed and replaced only by tests that own them; the one
//! call on memory seals a mapping that its test leaks.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::fs::MetadataExt;

/// A file in memory that can be sealed.
pub(crate) fn memfd(bytes: &[u8]) -> File {
    use std::io::Write;
    let fd = unsafe { libc::memfd_create(c"ironmap-test".as_ptr(), libc::MFD_ALLOW_SEALING) };
    assert!(fd >= 0, "{}", io::Error::last_os_error());
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(bytes).unwrap();
    file
}

pub(crate) fn seal(file: &File, seals: i32) {
    let result = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, seals) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// The descriptors of this process, other than `file` itself, that are the same
/// file.
pub(crate) fn other_descriptors_of(file: &File) -> Vec<RawFd> {
    let id = |m: &fs::Metadata| (m.dev(), m.ino());
    let mine = id(&file.metadata().unwrap());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        // The listing's own descriptor is gone by the time it is looked at.
        let Ok(metadata) = fs::metadata(entry.path()) else {
            continue;
        };
        let fd = entry.file_name().to_str().unwrap().parse().unwrap();
        if id(&metadata) == mine && fd != file.as_raw_fd() {
            found.push(fd);
        }
    }
    found
}

/// The number of the descriptor that the only map of `file` keeps.
pub(crate) fn kept_descriptor(file: &File) -> RawFd {
    match other_descriptors_of(file)[..] {
        [fd] => fd,
        ref found => panic!("one kept descriptor expected, not {found:?}"),
    }
}

/// Puts `file` in the place of `fd`, as any part of a program can.
pub(crate) fn replace_descriptor(fd: RawFd, file: &File) {
    let result = unsafe { libc::dup2(file.as_raw_fd(), fd) };
    assert_eq!(result, fd, "{}", io::Error::last_os_error());
}

/// Closes `fd` behind its owner's back.
pub(crate) fn close_descriptor(fd: RawFd) {
    let result = unsafe { libc::close(fd) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// A file of one's own at the number `fd`.
pub(crate) fn file_at(fd: RawFd) -> File {
    unsafe { File::from_raw_fd(fd) }
}

/// Makes a block of memory impossible to unmap, for the rest of the process.
#[cfg(target_pointer_width = "64")]
pub(crate) fn seal_memory(start: *const u8, len: usize) -> io::Result<()> {
    match unsafe { libc::syscall(libc::SYS_mseal, start, len, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
