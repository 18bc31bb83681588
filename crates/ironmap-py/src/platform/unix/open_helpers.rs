//! System calls on descriptors, for `ironmap.open`.
//!
//! # Safety
//!
//! * N2: a file descriptor is a number from the user: the kernel checks that it is open.
//! * `statx` fills one structure.
//! * `readlink` fills at most as many bytes as its length argument, and returns the number.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
use std::ffi::{OsStr, OsString, c_int, c_uint};
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::io::Write;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::os::unix::ffi::OsStringExt;

use ironmap::raw;

use crate::args::{Argument, Arguments, conversion};
use crate::errors::{OrRaise, PyResult};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::interpreter::Owned;
use crate::interpreter::Python;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::interpreter::objects::{int, int_of_size, path_object, tuple};
use crate::object::run::retry_interrupted;

/// Reserves disk space for `length` bytes of a file, from `start` on.
pub(crate) fn reserve_space(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [fileno, start, length] = args.all("_reserve_space")?;
    let (start, length) = (conversion::unsigned(start)?, conversion::unsigned(length)?);
    change(py, fileno, |file| raw::reserve_space(file, start, length))
}

/// Replaces a file's content by `size` zeros without disk space.
pub(crate) fn replace_with_zeros(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [fileno, size] = args.all("_replace_with_zeros")?;
    let size = conversion::unsigned(size)?;
    change(py, fileno, |file| raw::replace_with_zeros(file, size))
}

/// Replaces a file's content by `size` zeros that keep their disk space.
pub(crate) fn overwrite_with_zeros(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [fileno, size] = args.all("_overwrite_with_zeros")?;
    let size = conversion::unsigned(size)?;
    change(py, fileno, |file| raw::overwrite_with_zeros(file, size))
}

fn change(
    py: Python<'_>,
    fileno: Argument<'_, '_>,
    call: impl Fn(BorrowedFd<'_>) -> ironmap::Result<()> + Send + Sync,
) -> PyResult<()> {
    let fileno = conversion::c_int(fileno)?;
    // SAFETY: N2.
    let file = unsafe { BorrowedFd::borrow_raw(fileno) };
    retry_interrupted(py, || Ok(py.detach(|| call(file))))?.or_raise(py)
}

/// Returns `(mode, size, (mount, device, inode), path)` of an open file. The path is None where the
/// system does not tell it; `mount` is 0. Returns None if the system has no `statx`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn file_status<'py>(py: Python<'py>, args: &Arguments<'_, '_>) -> PyResult<Owned<'py>> {
    let [fileno] = args.all("_file_status")?;
    let fileno = conversion::c_int(fileno)?;
    let (status, path) = py.detach(|| (status_of(fileno), path_of_descriptor(fileno)));
    let Some(status) = status else {
        return Ok(Owned::none(py));
    };
    let device = libc::makedev(status.stx_dev_major, status.stx_dev_minor);
    let numbers = [
        int_of_size(py, mount_of(&status))?,
        int_of_size(py, device)?,
        int_of_size(py, status.stx_ino)?,
    ];
    let items = [
        int(py, status.stx_mode.into())?,
        int_of_size(py, status.stx_size)?,
        tuple(py, numbers)?,
        path_object(py, path.filter(|path| leads_to_file(path)))?,
    ];
    tuple(py, items)
}

#[cfg(any(target_os = "linux", target_os = "android"))]
const MOUNT: c_uint = libc::STATX_MNT_ID_UNIQUE | libc::STATX_MNT_ID;

#[cfg(any(target_os = "linux", target_os = "android"))]
fn status_of(fileno: c_int) -> Option<libc::statx> {
    let mut status = MaybeUninit::<libc::statx>::zeroed();
    let (flags, wanted) = (libc::AT_EMPTY_PATH, libc::STATX_BASIC_STATS | MOUNT);
    let (path, into) = (c"".as_ptr(), status.as_mut_ptr());
    // By its number: glibc has had the function since 2.28, and the wheels are for 2.17.
    // SAFETY: room for one structure; the path ends with a zero byte.
    let result = unsafe { libc::syscall(libc::SYS_statx, fileno, path, flags, wanted, into) };
    // SAFETY: all zero bits are a valid `statx`.
    let status = unsafe { status.assume_init() };
    (result == 0).then_some(status)
}

/// Returns the number of the mount by which the file was opened, or 0 if the system does not tell.
/// Before Linux 6.8 numbers are reused.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn mount_of(status: &libc::statx) -> u64 {
    match status.stx_mask & MOUNT {
        0 => 0,
        _ => status.stx_mnt_id,
    }
}

/// False for the path of a deleted file, and of one that the process cannot reach.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn leads_to_file(path: &OsStr) -> bool {
    let path = path.as_encoded_bytes();
    path.starts_with(b"/") && !path.ends_with(b" (deleted)")
}

/// Returns the path of an open file as the system knows it now. Returns `None` if it does not
/// tell, or without memory.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn path_of_descriptor(fileno: c_int) -> Option<OsString> {
    let mut name = [0; 32];
    write!(&mut name[..], "/proc/self/fd/{fileno}\0").ok()?;
    let mut path = Vec::new();
    path.try_reserve_exact(libc::PATH_MAX as usize).ok()?;
    let (from, into) = (name.as_ptr().cast(), path.spare_capacity_mut());
    // SAFETY: a text that ends with a zero; room for `len` bytes.
    let len = unsafe { libc::readlink(from, into.as_mut_ptr().cast(), into.len()) };
    let len = usize::try_from(len).ok()?;
    // SAFETY: `len` bytes were filled.
    unsafe { path.set_len(len) };
    Some(OsString::from_vec(path))
}
