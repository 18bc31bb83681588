//! `_map_file`, `_map_past_end` and `_absent_map`, for `ironmap.open`: maps that the
//! constructor cannot make.
//!
//! # Safety
//!
//! E2: the class is a live type.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::ptr::NonNull;

use ironmap::MmapOptions;
use ironmap::raw::MmapOptionsExt;
use pyo3_ffi as ffi;

use crate::args::{Argument, Arguments, conversion};
use crate::errors::{PyResult, Raised};
use crate::interpreter::{PerInterpreter, Python, StoredRef, audit};
use crate::object::access_mode::{AccessMode, invalid_access};
use crate::object::{Absence, MapObject};
use crate::platform;

pub(crate) const MAP_FILE: &CStr = c"\
_map_file(class_, fileno, length, access, offset, trackfd, /)
--

Map length bytes of an open file, from any offset on; length may be 0. The
caller has checked the file. A file without shared maps is mapped privately if
access only reads.";

pub(crate) const MAP_PAST_END: &CStr = c"\
_map_past_end(class_, fileno, length, access, offset, trackfd, /)
--

Do the same for a file that may be shorter than the map.";

pub(crate) const ABSENT_MAP: &CStr = c"\
_absent_map(class_, error, arguments, /)
--

Return a closed object in place of a map that could not be made. Each use of it
raises error(*arguments).";

/// The arguments of `_map_file`.
struct MapRequest {
    fileno: c_int,
    length: usize,
    access: c_int,
    offset: u64,
    trackfd: bool,
}

pub(crate) fn map_file(
    py: Python<'_>,
    args: &Arguments<'_, '_>,
) -> PyResult<NonNull<ffi::PyObject>> {
    map(
        py,
        args.all("_map_file")?,
        MmapOptionsExt::shared_or_private,
    )
}

pub(crate) fn map_past_end(
    py: Python<'_>,
    args: &Arguments<'_, '_>,
) -> PyResult<NonNull<ffi::PyObject>> {
    map(py, args.all("_map_past_end")?, MmapOptionsExt::past_end)
}

pub(crate) fn absent_map(
    py: Python<'_>,
    args: &Arguments<'_, '_>,
) -> PyResult<NonNull<ffi::PyObject>> {
    let [class, error, arguments] = args.all("_absent_map")?;
    let class = check_class(class, PerInterpreter::MapClass, NO_MAP_CLASS)?;
    let absence = Absence {
        class: StoredRef::new(error.to_owned()),
        arguments: StoredRef::new(arguments.to_owned()),
    };
    MapObject::create_absent(py, class, absence)
}

const NO_MAP_CLASS: &CStr = c"the class must be a subclass of mmap";

/// Checks that a class is derived from one of ours.
pub(crate) fn check_class(
    class: Argument<'_, '_>,
    base: PerInterpreter,
    text: &CStr,
) -> PyResult<NonNull<ffi::PyTypeObject>> {
    let base = base.get(class.py())?;
    let (at, base) = (class.as_ptr().cast(), base.as_ptr().cast());
    // SAFETY: E2: a live object.
    let is_class = unsafe { ffi::PyType_Check(class.as_ptr()) } != 0;
    // SAFETY: E2: two live classes.
    if !is_class || unsafe { ffi::PyType_IsSubtype(at, base) } == 0 {
        return Err(Raised::type_error(class.py(), text));
    }
    // SAFETY: E2.
    Ok(unsafe { NonNull::new_unchecked(at) })
}

fn map(
    py: Python<'_>,
    [class, fileno, length, access, offset, trackfd]: [Argument<'_, '_>; 6],
    adapt: impl FnOnce(MmapOptions) -> MmapOptions,
) -> PyResult<NonNull<ffi::PyObject>> {
    let class = check_class(class, PerInterpreter::MapClass, NO_MAP_CLASS)?;
    let request = MapRequest {
        fileno: conversion::c_int(fileno)?,
        length: conversion::unsigned(length)? as usize,
        access: conversion::c_int(access)?,
        offset: conversion::unsigned(offset)?,
        trackfd: conversion::boolean(trackfd, "trackfd")?,
    };
    let Some(mode) = AccessMode::from_number(request.access) else {
        return Err(invalid_access(py));
    };
    let (length, offset) = (request.length as isize, request.offset as i64);
    audit::new_map(py, request.fileno, length, request.access, offset)?;
    let options = MmapOptions::new()
        .access(mode.core_access())
        .file_offset(request.offset)
        .len(request.length)
        .track_file(request.trackfd);
    let map = platform::new_map::map_file(py, request.fileno, &adapt(options))?;
    MapObject::create(py, class, map, mode)
}
