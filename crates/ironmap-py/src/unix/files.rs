//! What `ironmap.open`, which is Python, asks of an open file beside its map.
//!
//! # Safety
//!
//! * N2: a file descriptor is a number that the user gave: the kernel says whether there
//!   is a file behind it.
//! * `statx` fills in one structure, for which there is room.
#![allow(unsafe_code)]

use std::ffi::c_int;
#[cfg(any(target_os = "linux", target_os = "android"))]
use std::mem::MaybeUninit;
use std::os::fd::BorrowedFd;

use ironmap::raw;
use pyo3::prelude::*;

use crate::error::OrRaise;
use crate::turn::is_interruption;

/// Gives `length` bytes of a file from `start` on space on the disk.
#[pyfunction]
#[pyo3(name = "_reserve_space", signature = (fileno, start, length, /))]
fn reserve_space(py: Python<'_>, fileno: c_int, start: u64, length: u64) -> PyResult<()> {
    change(py, fileno, |file| raw::reserve_space(file, start, length))
}

/// Makes a file `size` zeros that have no space on the disk.
#[pyfunction]
#[pyo3(name = "_replace_with_zeros", signature = (fileno, size, /))]
fn replace_with_zeros(py: Python<'_>, fileno: c_int, size: u64) -> PyResult<()> {
    change(py, fileno, |file| raw::replace_with_zeros(file, size))
}

/// Makes a file `size` zeros that keep the space they have on the disk.
#[pyfunction]
#[pyo3(name = "_overwrite_with_zeros", signature = (fileno, size, /))]
fn overwrite_with_zeros(py: Python<'_>, fileno: c_int, size: u64) -> PyResult<()> {
    change(py, fileno, |file| raw::overwrite_with_zeros(file, size))
}

fn change(
    py: Python<'_>,
    fileno: c_int,
    call: impl Fn(BorrowedFd<'_>) -> ironmap::Result<()> + Send + Sync,
) -> PyResult<()> {
    // SAFETY: N2.
    let file = unsafe { BorrowedFd::borrow_raw(fileno) };
    loop {
        match py.detach(|| call(file)) {
            // As long as the signal's handler raises nothing.
            Err(error) if is_interruption(&error) => py.check_signals()?,
            done => return done.or_raise(py).map_err(|raised| raised.into_error(py)),
        }
    }
}

/// The number of the mount that an open file was opened by, or 0 where the system gives
/// mounts none. Numbers are used again only before Linux 6.8.
#[pyfunction]
#[pyo3(name = "_mount_of", signature = (fileno, /))]
#[cfg(any(target_os = "linux", target_os = "android"))]
fn mount_of(fileno: c_int) -> u64 {
    let mut status = MaybeUninit::<libc::statx>::zeroed();
    let (flags, wanted) = (
        libc::AT_EMPTY_PATH,
        libc::STATX_MNT_ID_UNIQUE | libc::STATX_MNT_ID,
    );
    // SAFETY: as the module says; the path ends with a zero byte.
    let result = unsafe { libc::statx(fileno, c"".as_ptr(), flags, wanted, status.as_mut_ptr()) };
    // SAFETY: all zero bits are a `statx`, too.
    let status = unsafe { status.assume_init() };
    if result == 0 && status.stx_mask & wanted != 0 {
        return status.stx_mnt_id;
    }
    0
}

/// Not by `add_function`, which would show them to `import *`.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for function in [
        wrap_pyfunction!(reserve_space, module)?,
        wrap_pyfunction!(replace_with_zeros, module)?,
        wrap_pyfunction!(overwrite_with_zeros, module)?,
        #[cfg(any(target_os = "linux", target_os = "android"))]
        wrap_pyfunction!(mount_of, module)?,
    ] {
        module.setattr(function.getattr("__name__")?.extract::<String>()?, function)?;
    }
    Ok(())
}
