//! Kinds of files and memory that only Linux has.
//!
//! # Safety
//!
//! No call here touches memory of a map; those that fill in a structure have
//! room for one.
#![allow(unsafe_code)]

use std::ffi::c_int;
#[cfg(target_os = "linux")]
use std::mem::MaybeUninit;

#[cfg(target_os = "linux")]
use super::MAP_ANON;
use super::RawFile;
#[cfg(any(target_os = "linux", target_os = "android"))]
use super::status;

/// Returns the size of the huge pages that these flags of `mmap` ask for, if they do. A flag without
/// a size asks for the default of the system, which is 2 MiB if `/proc/meminfo` does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn huge_page_size(flags: c_int) -> Option<usize> {
    if flags & libc::MAP_HUGETLB == 0 || flags & MAP_ANON == 0 {
        return None;
    }
    let exponent = (flags >> libc::MAP_HUGE_SHIFT) & libc::MAP_HUGE_MASK;
    if exponent != 0 {
        return 1usize.checked_shl(exponent as u32);
    }
    Some(usual_huge_page_size().unwrap_or(2 << 20))
}

#[cfg(target_os = "linux")]
fn usual_huge_page_size() -> Option<usize> {
    super::proc::find_in_lines("/proc/meminfo", |line| {
        let usual = std::str::from_utf8(line)
            .ok()?
            .strip_prefix("Hugepagesize:")?;
        let kibibytes: usize = usual.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kibibytes << 10)
    })
}

/// This system has no flags for huge pages.
#[cfg(not(target_os = "linux"))]
pub(crate) fn huge_page_size(_flags: c_int) -> Option<usize> {
    None
}

/// `fcntl(fd, F_GET_SEALS)`, then `fstat`: returns whether the file has `size` bytes and can never
/// have fewer. The order matters: it can be cut just before it is sealed.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn cannot_shrink_below(fd: RawFile, size: u64) -> bool {
    has_seals(fd, libc::F_SEAL_SHRINK) && status(fd).is_ok_and(|status| status.size >= size)
}

/// `fcntl(fd, F_GET_SEALS)`: returns whether the file can never change.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn cannot_change(fd: RawFile) -> bool {
    has_seals(fd, libc::F_SEAL_SHRINK | libc::F_SEAL_WRITE)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn has_seals(fd: RawFile, wanted: c_int) -> bool {
    // SAFETY: this command of fcntl takes no argument and touches no memory.
    let seals = unsafe { libc::fcntl(fd, libc::F_GET_SEALS) };
    seals != -1 && seals & wanted == wanted
}

/// There are no seals here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn cannot_shrink_below(_fd: RawFile, _size: u64) -> bool {
    false
}

/// There are no seals here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn cannot_change(_fd: RawFile) -> bool {
    false
}

/// `fstatfs(fd)`: returns whether the file is one of huge pages.
#[cfg(target_os = "linux")]
pub(crate) fn has_huge_pages(fd: RawFile) -> bool {
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
pub(crate) fn has_huge_pages(_fd: RawFile) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    #[cfg(target_os = "linux")]
    use std::os::fd::FromRawFd;

    use super::*;

    #[test]
    fn seals_and_huge_pages_of_ordinary_file_are_none() {
        let file = tempfile::tempfile().unwrap();
        assert!(!cannot_shrink_below(file.as_raw_fd(), 0));
        assert!(!has_huge_pages(file.as_raw_fd()));
    }

    #[test]
    fn seals_and_huge_pages_of_no_file_are_none() {
        assert!(!cannot_shrink_below(-1, 0));
        assert!(!has_huge_pages(-1));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn cannot_shrink_below_needs_seal_and_size() {
        // SAFETY: the name is a C string.
        let fd = unsafe { libc::memfd_create(c"test".as_ptr(), libc::MFD_ALLOW_SEALING) };
        // SAFETY: memfd_create has just made it.
        let file = unsafe { std::fs::File::from_raw_fd(fd) };
        file.set_len(100).unwrap();
        assert!(!cannot_shrink_below(fd, 100));
        // SAFETY: this command of fcntl takes a number.
        let sealed = unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, libc::F_SEAL_SHRINK) };
        assert_eq!(sealed, 0);
        assert!(cannot_shrink_below(fd, 100));
        assert!(!cannot_shrink_below(fd, 101));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn huge_page_size_reads_flags() {
        let huge = MAP_ANON | libc::MAP_HUGETLB;
        assert_eq!(huge_page_size(MAP_ANON), None);
        assert_eq!(huge_page_size(libc::MAP_HUGETLB), None);
        assert_eq!(huge_page_size(huge | libc::MAP_HUGE_2MB), Some(2 << 20));
        assert!(huge_page_size(huge).is_some_and(usize::is_power_of_two));
    }
}
