//! Copying from a map to a `bytes`, in one call of the interpreter.
//!
//! # Safety
//!
//! * E2: attached, and the arguments are live for the call.
#![allow(unsafe_code)]

use std::ops::Range;

use ironmap::Mmap;
use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, owned};

/// Has the interpreter make a `bytes` with a copy of `count` bytes of a map. The allocation of a
/// `bytes` starts no garbage collection, so it runs no user code. Only the functions of this file
/// call the interpreter under a borrow of the map (O1).
#[inline(always)]
pub(crate) fn bytes_at<'py>(
    py: Python<'py>,
    map: &Mmap,
    at: usize,
    count: usize,
) -> ironmap::Result<PyResult<Owned<'py>>> {
    map.with_ptr(at, count, |start| {
        // SAFETY: E2: attached; `count` bytes from `start` are mapped.
        owned(py, unsafe {
            ffi::PyBytes_FromStringAndSize(start.cast(), count as isize)
        })
    })
}

/// Does the same with the line at the start of a range, and returns it with its end, if the line is
/// no longer than some 100 KiB, has a newline and is not damaged.
#[inline(always)]
pub(crate) fn line_at<'py>(
    py: Python<'py>,
    map: &Mmap,
    rest: Range<usize>,
    keep_end: bool,
) -> Option<(PyResult<Owned<'py>>, usize)> {
    let at = rest.start;
    map.with_ptr_until(b'\n', rest, |start, len| {
        let count = len - usize::from(!keep_end);
        // SAFETY: E2: attached; `len` bytes from `start` are mapped.
        let line = unsafe { ffi::PyBytes_FromStringAndSize(start.cast(), count as isize) };
        (owned(py, line), at + len)
    })
}
