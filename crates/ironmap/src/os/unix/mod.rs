//! The system calls of Unix.

mod backing;
mod descriptor;
mod file;
mod file_limit;
mod limit;
mod mapping;
#[cfg(target_os = "linux")]
mod marks;
mod open;
mod pages;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod proc;
mod replace_file;
mod reserve;
mod setting;
mod space;
mod threads;

use std::ffi::c_int;
use std::io;

pub(crate) use std::os::fd::{AsFd as AsFile, RawFd as RawFile};

pub(crate) use sigbus_guard::FileId;
pub(crate) use sigbus_guard::os::replace::{Hole, Left, cover, fill_hole};

pub(crate) use {
    backing::*, descriptor::*, file::*, limit::*, mapping::*, open::*, pages::*, replace_file::*,
    reserve::*, setting::*, space::*, threads::*,
};

// File offsets have 64 bits everywhere; where plain `off_t` has 32, the C
// library offers second names.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::off_t;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::off64_t as off_t;

pub(crate) use libc::{
    EACCES, EAGAIN, EBADF, EFBIG, EINVAL, EIO, ENFILE, ENOENT, ENOMEM, ENOSPC, MADV_NORMAL,
    MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED, MAP_ANON, MAP_PRIVATE, MAP_SHARED, MS_ASYNC,
    MS_SYNC, PROT_EXEC, PROT_NONE, PROT_READ, PROT_WRITE,
};

/// The errors of `mmap` for a file that has no shared mapping: of FUSE with direct I/O, and of
/// `/sys/kernel/btf/vmlinux`.
pub(crate) const NO_SHARED_MAPPING: &[c_int] = &[libc::ENODEV, EACCES];

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use libc::{
    MADV_COLD, MADV_DODUMP, MADV_DOFORK, MADV_DONTDUMP, MADV_DONTFORK, MADV_HUGEPAGE,
    MADV_MERGEABLE, MADV_NOHUGEPAGE, MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
    MADV_UNMERGEABLE,
};

// Not every C library has it. The number of the kernel is the same on every architecture.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const MADV_COLLAPSE: c_int = 25;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use libc::{MAP_HUGE_SHIFT, MAP_HUGETLB, MAP_NORESERVE, MAP_STACK};
// Other systems have other ways to these, or none.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod lacking {
    pub(crate) const MAP_HUGE_SHIFT: i32 = 0;
    pub(crate) const MAP_HUGETLB: i32 = 0;
    pub(crate) const MAP_NORESERVE: i32 = 0;
    pub(crate) const MAP_STACK: i32 = 0;
}
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use lacking::*;

/// The advice after which an access to a mapped page is a fatal SIGSEGV: `MADV_GUARD_INSTALL` of
/// Linux 6.13, which `libc` does not have.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const REVOKING_ADVICE: &[c_int] = &[102];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const REVOKING_ADVICE: &[c_int] = &[];

/// The advice after which a forked child does not have the pages.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[libc::MADV_DONTFORK];
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const UNFORKING_ADVICE: &[c_int] = &[];

/// The bits of sharing.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const MAP_TYPE: c_int = libc::MAP_TYPE;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) const MAP_TYPE: c_int = MAP_SHARED | MAP_PRIVATE;

/// The flags that ask for a fixed address.
#[cfg(target_os = "linux")]
pub(crate) const MAP_AT_ADDRESS: c_int = libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE;
/// With `MAP_FIXED_NOREPLACE`, which the libc crate does not have for Android.
#[cfg(target_os = "android")]
pub(crate) const MAP_AT_ADDRESS: c_int = libc::MAP_FIXED | 0x10_0000;
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

/// The number of no file.
pub(crate) const NO_FILE: RawFile = -1;

/// False: a map may not be longer than its file.
pub(crate) const MAPS_EXTEND_FILES: bool = false;

/// True: all code of a process knows descriptors by number, and may close and reuse any.
pub(crate) const NUMBERS_ARE_SHARED: bool = true;

/// Checks the result of a call: -1 is failure, and `errno` has the reason. `mmap` alone has another
/// convention.
fn check(result: c_int, what: impl FnOnce() -> Text) -> Result<c_int> {
    if result == -1 {
        Err(last_error(what))
    } else {
        Ok(result)
    }
}

#[cold]
fn last_error(what: impl FnOnce() -> Text) -> Error {
    // Read first: an allocation may be a system call, too.
    let errno = errno();
    Error::os(what(), errno)
}

/// Not inlined: every failing path has it.
#[inline(never)]
fn errno() -> c_int {
    let error = io::Error::last_os_error();
    error
        .raw_os_error()
        .expect("the last OS error has a number")
}
