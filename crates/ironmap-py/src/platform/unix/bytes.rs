//! Copying from a map to a `bytes`, in one call of the interpreter.
//!
//! # Safety
//!
//! * E2: attached, and the arguments are live for the call.
#![allow(unsafe_code)]

use ironmap::Mmap;
use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, owned};

/// Has the interpreter make a `bytes` with a copy of `count` bytes of a map. The allocation of a
/// `bytes` starts no garbage collection, so it runs no user code. This is the only call of the
/// interpreter under a borrow of the map (O1).
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
