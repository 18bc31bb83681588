//! System calls that tests make (Linux).
//!
//! # Safety
//!
//! Descriptors are closed and replaced only by tests that own them; the one call on memory seals
//! a mapping that its test leaks.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::{self, File};
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::fs::MetadataExt;

/// Returns a memory file that can be sealed.
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

/// Returns the descriptors of this process that refer to the same file, except `file` itself.
pub(crate) fn other_descriptors_of(file: &File) -> Vec<RawFd> {
    let id = |m: &fs::Metadata| (m.dev(), m.ino());
    let mine = id(&file.metadata().unwrap());
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        // The descriptor of the listing itself is closed already.
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

/// Returns the addresses of the mappings of `file`. Files of several file systems have one inode
/// number, and files without a name one path.
pub(crate) fn mappings_of(file: &File) -> Vec<Range<usize>> {
    let inode = file.metadata().unwrap().ino().to_string();
    let path = fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).unwrap();
    let maps = fs::read_to_string("/proc/self/maps").unwrap();
    let address = |text| usize::from_str_radix(text, 16).unwrap();
    maps.lines()
        .filter(|line| line.ends_with(path.to_str().unwrap()))
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|area| area[4] == inode)
        .map(|area| area[0].split_once('-').unwrap())
        .map(|(start, end)| address(start)..address(end))
        .collect()
}

/// Returns the descriptor that the only map of `file` keeps.
pub(crate) fn kept_descriptor(file: &File) -> RawFd {
    match other_descriptors_of(file)[..] {
        [fd] => fd,
        ref found => panic!("one kept descriptor expected, not {found:?}"),
    }
}

/// Replaces the file of descriptor `fd`.
pub(crate) fn replace_descriptor(fd: RawFd, file: &File) {
    let result = unsafe { libc::dup2(file.as_raw_fd(), fd) };
    assert_eq!(result, fd, "{}", io::Error::last_os_error());
}

/// Closes `fd`, which another owner believes open.
pub(crate) fn close_descriptor(fd: RawFd) {
    let result = unsafe { libc::close(fd) };
    assert_eq!(result, 0, "{}", io::Error::last_os_error());
}

/// Takes ownership of `fd` as a file.
pub(crate) fn file_at(fd: RawFd) -> File {
    unsafe { File::from_raw_fd(fd) }
}

/// Seals memory against unmapping until the process ends.
#[cfg(target_pointer_width = "64")]
pub(crate) fn seal_memory(start: *const u8, len: usize) -> io::Result<()> {
    // The libc crate does not have it for riscv64.
    const SYS_MSEAL: libc::c_long = 462;
    match unsafe { libc::syscall(SYS_MSEAL, start, len, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}
