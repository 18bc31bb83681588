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
use crate::interpreter::objects::is_true;
use crate::interpreter::{Python, per_interpreter};
use crate::object::MapObject;
use crate::platform;

/// True while no interpreter has had another default of `trackfd` than the stdlib module's. Then
/// a new map need not look for that of its interpreter.
static TRACKS_FILES: AtomicBool = AtomicBool::new(true);

/// The value of a `trackfd` that is not given: the parser leaves it as it was.
pub(crate) const NOT_GIVEN: c_int = -1;

/// Returns whether a new map keeps a descriptor, if it is of a file.
pub(crate) fn tracks(py: Python<'_>, fileno: c_int, trackfd: c_int) -> PyResult<bool> {
    match trackfd {
        NOT_GIVEN if fileno == -1 || TRACKS_FILES.load(Ordering::Relaxed) => Ok(true),
        NOT_GIVEN => is_true(per_interpreter::default_trackfd(py)?.borrow()),
        given => Ok(given != 0),
    }
}

/// `_set_default_trackfd(trackfd)`, of this interpreter: `ironmap.install` calls it.
pub(crate) fn set_default(_py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [trackfd] = args.all("_set_default_trackfd")?;
    let tracks = conversion::boolean(trackfd, "trackfd")?;
    per_interpreter::set_default_trackfd(trackfd)?;
    if !tracks {
        TRACKS_FILES.store(false, Ordering::Relaxed);
    }
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
