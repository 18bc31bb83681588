//! The system calls of Windows.
//!
//! They have the names of Unix if they do the same. A file is mapped in two steps: a *section* is
//! made of it (a "file mapping object"), and a *section view* shows a part of the section.

mod file;
mod pages;
mod section;
mod view;

use std::{io, thread};

pub(crate) use file::*;
pub(crate) use pages::*;
pub(crate) use section::*;
pub(crate) use view::*;

use windows_sys::Win32::Foundation as win32;
use windows_sys::core::BOOL;

use crate::error::{Cause, Error, Result, Text};

// What `mmap` and its like take as numbers. They are ours alone: here each call
// says in words of its own what they stand for.
pub(crate) const PROT_READ: i32 = 1;
pub(crate) const PROT_WRITE: i32 = 2;
pub(crate) const PROT_EXEC: i32 = 4;
pub(crate) const MAP_SHARED: i32 = 1;
pub(crate) const MAP_PRIVATE: i32 = 2;
pub(crate) const MAP_TYPE: i32 = MAP_SHARED | MAP_PRIVATE;
pub(crate) const MAP_ANON: i32 = 4;
pub(crate) const MS_ASYNC: i32 = 1;
pub(crate) const MS_SYNC: i32 = 2;
pub(crate) const MAP_HUGE_SHIFT: i32 = 0;
pub(crate) const MAP_HUGETLB: i32 = 0;
pub(crate) const MAP_NORESERVE: i32 = 0;
pub(crate) const MAP_STACK: i32 = 0;
/// Windows has no forks.
pub(crate) const UNFORKING_ADVICE: &[i32] = &[];
pub(crate) const MADV_NORMAL: i32 = 0;
pub(crate) const MADV_RANDOM: i32 = 1;
pub(crate) const MADV_SEQUENTIAL: i32 = 2;
pub(crate) const MADV_WILLNEED: i32 = 3;

/// The flag that asks for a fixed address; `map` does not know it.
pub(crate) const MAP_AT_ADDRESS: i32 = 8;

/// Windows has shared section views of all files.
pub(crate) const NO_SHARED_MAPPING: &[i32] = &[];

pub(crate) const EACCES: i32 = win32::ERROR_ACCESS_DENIED as i32;
pub(crate) const EBADF: i32 = win32::ERROR_INVALID_HANDLE as i32;
pub(crate) const ENOMEM: i32 = win32::ERROR_NOT_ENOUGH_MEMORY as i32;
pub(crate) const EINVAL: i32 = win32::ERROR_INVALID_PARAMETER as i32;
pub(crate) const ENOENT: i32 = win32::ERROR_FILE_NOT_FOUND as i32;
pub(crate) const EEXIST: i32 = win32::ERROR_ALREADY_EXISTS as i32;
/// The offset of a section view is not a multiple of the granularity.
pub(crate) const UNALIGNED: i32 = win32::ERROR_MAPPED_ALIGNMENT as i32;
/// Other code uses a section.
pub(crate) const USER_MAPPED_FILE: i32 = win32::ERROR_USER_MAPPED_FILE as i32;

/// Checks the result of a call: 0 is failure, and `GetLastError` has the reason.
fn check(result: BOOL, what: impl FnOnce() -> Text) -> Result<()> {
    if result == 0 {
        Err(last_error(what))
    } else {
        Ok(())
    }
}

#[cold]
fn last_error(what: impl FnOnce() -> Text) -> Error {
    // Read first: an allocation may be a system call, too.
    let code = io::Error::last_os_error().raw_os_error();
    Error::os(what(), code.expect("the last OS error has a number"))
}

fn unsupported(what: &'static str) -> Result<()> {
    Err(Error::new(Cause::Unsupported { what }))
}

/// Runs `work` in this thread and in `more` others, or fewer if the system refuses them.
/// Returns when all have finished.
pub(crate) fn in_threads(more: usize, work: impl Fn() + Sync) {
    thread::scope(|scope| {
        for _ in 0..more {
            if thread::Builder::new().spawn_scoped(scope, &work).is_err() {
                break;
            }
        }
        work();
    });
}

/// Returns the halves of a 64-bit number, the high one first.
fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}
