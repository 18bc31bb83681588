//! The constructor, `mmap(fileno, length, …)`.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

use pyo3_ffi as ffi;

use crate::args::{Arguments, conversion};
use crate::errors::PyResult;
use crate::interpreter::Python;
use crate::object::MapObject;
use crate::platform;

/// The default of `trackfd` for a file, in the whole process: `ironmap.install` sets it.
static TRACKS_FILES: AtomicBool = AtomicBool::new(true);

/// What the parser leaves for a `trackfd` that is not given.
pub(crate) const NOT_GIVEN: c_int = -1;

/// Returns whether a new map keeps a descriptor, if it is of a file.
pub(crate) fn tracks(fileno: c_int, trackfd: c_int) -> bool {
    match trackfd {
        NOT_GIVEN => fileno == -1 || TRACKS_FILES.load(Ordering::Relaxed),
        given => given != 0,
    }
}

/// `_set_default_trackfd(trackfd)`.
pub(crate) fn set_default(_py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [trackfd] = args.all("_set_default_trackfd")?;
    TRACKS_FILES.store(conversion::boolean(trackfd, "trackfd")?, Ordering::Relaxed);
    Ok(())
}

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
