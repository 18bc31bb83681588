//! `_map_file`, `_map_past_end` and `_absent_map`: what `ironmap.open`, which is Python,
//! cannot say by the constructor.
//!
//! # Safety
//!
//! E2: the class is a live type, a new object's one reference is handed on.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::NonNull;

use ironmap::MmapOptions;
use ironmap::raw::MmapOptionsExt;
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use crate::class::map_class;
use crate::error::Fallible;
use crate::mode::Mode;
use crate::new::{audit, invalid_access};
use crate::object::{Absence, MapObject};
use crate::system;

/// The arguments of `_map_file` and `_map_past_end`.
struct MapRequest {
    fileno: c_int,
    length: usize,
    access: c_int,
    offset: u64,
    trackfd: bool,
}

/// Maps `length` bytes, which may be none, of an open file, from any offset on. The
/// caller has looked at the file.
#[pyfunction]
#[pyo3(name = "_map_file")]
pub(crate) fn map_file<'py>(
    class: &Bound<'py, PyType>,
    fileno: c_int,
    length: usize,
    access: c_int,
    offset: u64,
    trackfd: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let request = MapRequest {
        fileno,
        length,
        access,
        offset,
        trackfd,
    };
    map(class, &request, |options| options)
}

/// The same for a file that may be shorter than the map.
#[pyfunction]
#[pyo3(name = "_map_past_end")]
pub(crate) fn map_past_end<'py>(
    class: &Bound<'py, PyType>,
    fileno: c_int,
    length: usize,
    access: c_int,
    offset: u64,
    trackfd: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let request = MapRequest {
        fileno,
        length,
        access,
        offset,
        trackfd,
    };
    map(class, &request, MmapOptionsExt::past_end)
}

/// What stands for a map that could not be made: an object that is closed, and whose
/// every use raises `error(*arguments)`.
#[pyfunction]
#[pyo3(name = "_absent_map")]
pub(crate) fn absent_map<'py>(
    class: &Bound<'py, PyType>,
    error: Bound<'py, PyType>,
    arguments: Bound<'py, PyTuple>,
) -> PyResult<Bound<'py, PyAny>> {
    let absence = Absence {
        class: error.unbind(),
        arguments: arguments.unbind(),
    };
    let of_class = class_of_maps(class)?;
    let made = MapObject::create_absent(class.py(), of_class, absence);
    owned(class.py(), made)
}

fn class_of_maps(class: &Bound<'_, PyType>) -> PyResult<NonNull<ffi::PyTypeObject>> {
    if !class.is_subclass(map_class(class.py()))? {
        return Err(PyTypeError::new_err("the class is not one of maps"));
    }
    // SAFETY: E2.
    Ok(unsafe { NonNull::new_unchecked(class.as_type_ptr()) })
}

fn owned(py: Python<'_>, made: Fallible<NonNull<ffi::PyObject>>) -> PyResult<Bound<'_, PyAny>> {
    match made {
        // SAFETY: E2.
        Ok(object) => Ok(unsafe { Bound::from_owned_ptr(py, object.as_ptr()) }),
        Err(raised) => Err(raised.into_error(py)),
    }
}

fn map<'py>(
    class: &Bound<'py, PyType>,
    request: &MapRequest,
    choose: impl FnOnce(MmapOptions) -> MmapOptions,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, of_class) = (class.py(), class_of_maps(class)?);
    owned(py, map_as(py, of_class, request, choose))
}

fn map_as(
    py: Python<'_>,
    class: NonNull<ffi::PyTypeObject>,
    request: &MapRequest,
    choose: impl FnOnce(MmapOptions) -> MmapOptions,
) -> Fallible<NonNull<ffi::PyObject>> {
    let Some(mode) = Mode::from_number(request.access) else {
        return Err(invalid_access(py));
    };
    let (length, offset) = (request.length as isize, request.offset as i64);
    audit(py, request.fileno, length, request.access, offset)?;
    let options = MmapOptions::new()
        .access(mode.core_access())
        .file_offset(request.offset)
        .len(request.length)
        .track_file(request.trackfd);
    let map = system::new::map_file(py, request.fileno, &choose(options))?;
    MapObject::create(py, class, map, mode)
}
