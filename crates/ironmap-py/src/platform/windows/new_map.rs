//! The constructor on Windows: parsing arguments, mapping.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call, and each `place` matches its letter in the format.
//! * N2: the handle is the one that the interpreter's C runtime has for a number from the
//!   user. It is only duplicated, before another thread of Python can run: the system checks
//!   that it is open.
#![allow(unsafe_code)]

use std::ffi::{CStr, OsString, c_char, c_int};
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{BorrowedHandle, OwnedHandle, RawHandle};
use std::{ptr, slice};

use ironmap::raw::MmapOptionsExt;
use ironmap::{ErrorKind, Mmap, MmapOptions};
use pyo3_ffi as ffi;

use crate::args::conversion::{self, is_str, length_and_offset};

use crate::errors::message::Message;
use crate::errors::{OrRaise, PyResult, Raised};
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{Borrowed, Owned, PerInterpreter, Python, audit, capi, version};
use crate::methods::constructor;
use crate::object::access_mode::{AccessMode, invalid_access};

/// The types of [`ConstructorArgs`], for the interpreter's parser.
const FORMAT: &CStr = c"in|OiL$p";

/// The same for 3.13 and 3.14, which have `trackfd` only on Unix: their own tests expect that.
const UNTRACKED_FORMAT: &CStr = c"in|OiL";

/// The system's error for a map of length 0, and for one that is too long.
const ERROR_INVALID_PARAMETER: i32 = 87;

/// The parsed arguments of the constructor.
pub(crate) struct ConstructorArgs<'py> {
    fileno: c_int,
    length: ffi::Py_ssize_t,
    tag_name: Option<Owned<'py>>,
    access: c_int,
    offset: i64,
    trackfd: c_int,
}

/// Parses the arguments by the interpreter's parser, which makes the errors.
///
/// # Safety
///
/// N1.
pub(crate) unsafe fn parse<'py>(
    py: Python<'py>,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> PyResult<ConstructorArgs<'py>> {
    let mut keywords: [*mut c_char; 7] = [
        c"fileno", c"length", c"tagname", c"access", c"offset", c"trackfd", c"",
    ]
    .map(|name| name.as_ptr().cast_mut());
    // Expected by their own tests.
    let tracked = !matches!(version(), (3, 13 | 14));
    keywords[if tracked { 6 } else { 5 }] = ptr::null_mut();
    let format = if tracked { FORMAT } else { UNTRACKED_FORMAT };
    let mut given = ConstructorArgs {
        fileno: 0,
        length: 0,
        tag_name: None,
        access: 0,
        offset: 0,
        trackfd: constructor::NOT_GIVEN,
    };
    let mut tag_name = ptr::null_mut();
    // SAFETY: N1: i int, n Py_ssize_t, O an object, L 64 bits, p int.
    let parsed = capi::guarded(|| unsafe {
        capi::PyArg_ParseTupleAndKeywords(
            args,
            kwargs,
            format.as_ptr(),
            keywords.as_mut_ptr(),
            &raw mut given.fileno,
            &raw mut given.length,
            &raw mut tag_name,
            &raw mut given.access,
            &raw mut given.offset,
            &raw mut given.trackfd,
        )
    });
    if parsed == 0 {
        return Err(Raised::already_set(py));
    }
    // SAFETY: N1: NULL, or one of the arguments.
    let tag_name = unsafe { Borrowed::from_ptr_or_opt(py, tag_name) };
    given.tag_name = tag_name.map(Borrowed::to_owned);
    Ok(given)
}

/// Maps the file or anonymous memory.
pub(crate) fn open(py: Python<'_>, given: &ConstructorArgs<'_>) -> PyResult<(Mmap, AccessMode)> {
    audit::new_map(py, given.fileno, given.length, given.access, given.offset)?;
    let (mode, mut options) = parse_options(py, given)?;
    let file = match given.fileno {
        -1 | 0 => None,
        fileno => Some(file_at_start(py, fileno)?),
    };
    if let Some(name) = tag_name(py, given)? {
        options = options.tag_name(name);
    }
    if file.is_none() && given.length == 0 {
        return Err(Raised::os_error(py, ERROR_INVALID_PARAMETER));
    }
    let map = py.detach(|| match &file {
        None => options.anonymous(),
        Some(file) => options.map(file),
    });
    match map {
        Ok(map) if map.is_empty() => Err(Raised::empty_file(py)),
        Ok(map) => Ok((map, mode)),
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            Err(Raised::os_error(py, ERROR_INVALID_PARAMETER))
        }
        Err(error) => Err(Raised::from_core(py, error)),
    }
}

/// Maps the file of a descriptor.
pub(crate) fn map_file(py: Python<'_>, fileno: c_int, options: &MmapOptions) -> PyResult<Mmap> {
    let file = file_of(py, fileno)?;
    py.detach(|| options.map(&file)).or_raise(py)
}

/// Checks the arguments that need no file.
fn parse_options(
    py: Python<'_>,
    given: &ConstructorArgs<'_>,
) -> PyResult<(AccessMode, MmapOptions)> {
    let Some(mode) = AccessMode::from_number(given.access) else {
        return Err(invalid_access(py));
    };
    let (length, offset) = length_and_offset(py, given.length, given.offset)?;
    let options = MmapOptions::new()
        .access(mode.core_access())
        .raw_file_offset(offset)
        .track_file(constructor::tracks(py, given.fileno, given.trackfd)?);
    // Length 0 means the whole file.
    if length == 0 {
        return Ok((mode, options));
    }
    Ok((mode, options.len(length)))
}

fn tag_name(py: Python<'_>, given: &ConstructorArgs<'_>) -> PyResult<Option<OsString>> {
    let Some(name) = given.tag_name.as_ref().map(Owned::borrow) else {
        return Ok(None);
    };
    if name.is_none() {
        return Ok(None);
    }
    if !is_str(name) {
        let text = Message::new(py, "expected str or None for 'tagname', not ");
        return Err(Raised::type_error_with(text.and_class_of(name)));
    }
    let mut len = 0;
    // SAFETY: E2: a live str, and a place for the length.
    let start = unsafe { capi::PyUnicode_AsWideCharString(name.as_ptr(), &raw mut len) };
    if start.is_null() {
        return Err(Raised::already_set(py));
    }
    // SAFETY: E2: `len` characters are there until they are freed.
    let wide = unsafe { slice::from_raw_parts(start.cast::<u16>(), len as usize) };
    let room = Vec::<u16>::new().try_reserve(4 * wide.len());
    let copy = room.map(|()| OsString::from_wide(wide));
    let has_zero = wide.contains(&0);
    // SAFETY: the call above has allocated it for us.
    unsafe { ffi::PyMem_Free(start.cast()) };
    match copy {
        Err(_) => Err(Raised::no_memory(py)),
        Ok(_) if has_zero => Err(Raised::value_error(py, c"embedded null character")),
        Ok(copy) => Ok(Some(copy)),
    }
}

/// Returns a duplicate of the descriptor's handle: other threads may close the descriptor, and
/// the handle's number may become another file's.
fn file_of(py: Python<'_>, fileno: c_int) -> PyResult<OwnedHandle> {
    let arguments = tuple(py, [int(py, fileno.into())?])?;
    let handle = call(PerInterpreter::Handle.get(py)?.borrow(), arguments.borrow())?;
    let handle = conversion::unsigned(handle.borrow())?;
    // SAFETY: N2.
    let file = unsafe { BorrowedHandle::borrow_raw(handle as RawHandle) };
    file.try_clone_to_owned()
        .map_err(|error| Raised::os_error(py, error.raw_os_error().unwrap_or_default()))
}

/// Does the same, and sets the file's position to 0 as the stdlib module does. A file without
/// a position is no error.
fn file_at_start(py: Python<'_>, fileno: c_int) -> PyResult<OwnedHandle> {
    const SEEK_SET: i64 = 0;
    let file = file_of(py, fileno)?;
    let arguments = tuple(
        py,
        [int(py, fileno.into())?, int(py, 0)?, int(py, SEEK_SET)?],
    )?;
    if let Err(raised) = call(PerInterpreter::Seek.get(py)?.borrow(), arguments.borrow()) {
        raised.clear(py);
    }
    Ok(file)
}
