//! A `bytes` from a map, in one call of the interpreter.
//!
//! # Safety
//!
//! * E2, as in `error.rs`: attached, and what is passed is live for the call.
#![allow(unsafe_code)]

use ironmap::Mmap;
use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, owned};

/// A `bytes` with a copy of `count` bytes of a map, made by the interpreter. To
/// allocate a `bytes` runs no code of the user's: no collection starts with it. So
/// this is the one call of the interpreter under a borrow of the map (O1).
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
