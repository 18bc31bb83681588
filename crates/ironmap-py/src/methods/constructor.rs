//! The constructor, `mmap(fileno, length, …)`.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::Python;
use crate::object::MapObject;
use crate::platform;

/// Creates a map, for `tp_new`.
///
/// # Safety
///
/// N1, and `class` is our type or a subclass of it.
pub(crate) unsafe fn new(
    py: Python<'_>,
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> PyResult<NonNull<ffi::PyObject>> {
    // SAFETY: N1, from the caller.
    let arguments = unsafe { platform::new_map::parse(py, args, kwargs) }?;
    let (map, mode) = platform::new_map::open(py, &arguments)?;
    // SAFETY: tp_new is called with a type, never with NULL.
    let class = unsafe { NonNull::new_unchecked(class) };
    MapObject::create(py, class, map, mode)
}
