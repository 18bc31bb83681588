//! The constructor's arguments, as they are on Windows.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call, and each `place` matches its letter in the format.
//! * N2: the handle is what the interpreter's C runtime has for a number that
//!   the user gave. It is only duplicated, before another thread of Python can run:
//!   the system says whether there is a file behind it.
#![allow(unsafe_code)]

use std::ffi::{CStr, OsString, c_char, c_int};
use std::os::windows::io::{BorrowedHandle, OwnedHandle, RawHandle};
use std::ptr;

use ironmap::raw::MmapOptionsExt;
use ironmap::{ErrorKind, Mmap, MmapOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;

use crate::convert::class_name;
use crate::error::{Fallible, OrRaise, Raised};
use crate::mode::Mode;
use crate::new::{audit, invalid_access, length_and_offset};

/// The types of [`Arguments`], for the interpreter's parser.
const FORMAT: &CStr = c"in|OiL$p";

/// The same for 3.13 and 3.14, which have `trackfd` on Unix alone: their own tests
/// ask for that.
const UNTRACKED_FORMAT: &CStr = c"in|OiL";

/// What the system says to a map of nothing, and to one that is too long.
const ERROR_INVALID_PARAMETER: i32 = 87;

/// The constructor's arguments, as given.
pub(crate) struct Arguments<'py> {
    fileno: c_int,
    length: ffi::Py_ssize_t,
    tag_name: Option<Bound<'py, PyAny>>,
    access: c_int,
    offset: i64,
    trackfd: c_int,
}

/// By the interpreter's own parser, whose words the errors are in.
///
/// # Safety
///
/// N1.
pub(crate) unsafe fn parse<'py>(
    py: Python<'py>,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> Fallible<Arguments<'py>> {
    let mut keywords: [*mut c_char; 7] = [
        c"fileno", c"length", c"tagname", c"access", c"offset", c"trackfd", c"",
    ]
    .map(|name| name.as_ptr().cast_mut());
    let tracked = knows_trackfd(py);
    keywords[if tracked { 6 } else { 5 }] = ptr::null_mut();
    let format = if tracked { FORMAT } else { UNTRACKED_FORMAT };
    let mut given = Arguments {
        fileno: 0,
        length: 0,
        tag_name: None,
        access: 0,
        offset: 0,
        trackfd: 1,
    };
    let mut tag_name = ptr::null_mut();
    // SAFETY: N1: i int, n Py_ssize_t, O an object, L 64 bits, p int.
    let parsed = unsafe {
        ffi::PyArg_ParseTupleAndKeywords(
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
    };
    if parsed == 0 {
        return Err(Raised::by_interpreter(py));
    }
    // SAFETY: N1: NULL, or one of the arguments; the call takes a reference of its own.
    given.tag_name = unsafe { Bound::from_borrowed_ptr_or_opt(py, tag_name) };
    Ok(given)
}

fn knows_trackfd(py: Python<'_>) -> bool {
    let version = py.version_info();
    !matches!((version.major, version.minor), (3, 13 | 14))
}

/// Maps what was asked for.
pub(crate) fn open(py: Python<'_>, given: &Arguments<'_>) -> Fallible<(Mmap, Mode)> {
    audit(py, given.fileno, given.length, given.access, given.offset)?;
    let (mode, mut options) = plan(py, given)?;
    let file = match given.fileno {
        -1 | 0 => None,
        fileno => Some(Descriptors::of(py).file_at_start(py, fileno).or_raise(py)?),
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
pub(crate) fn map_file(py: Python<'_>, fileno: c_int, options: &MmapOptions) -> Fallible<Mmap> {
    let file = Descriptors::of(py).file(py, fileno).or_raise(py)?;
    py.detach(|| options.map(&file)).or_raise(py)
}

/// Checks what can be checked without the file.
fn plan(py: Python<'_>, given: &Arguments<'_>) -> Fallible<(Mode, MmapOptions)> {
    let Some(mode) = Mode::from_number(given.access) else {
        return Err(invalid_access(py));
    };
    let (length, offset) = length_and_offset(py, given.length, given.offset)?;
    let options = MmapOptions::new()
        .access(mode.core_access())
        .raw_file_offset(offset)
        .track_file(given.trackfd != 0);
    // Length 0 means all of the file.
    if length == 0 {
        return Ok((mode, options));
    }
    Ok((mode, options.len(length)))
}

fn tag_name(py: Python<'_>, given: &Arguments<'_>) -> Fallible<Option<OsString>> {
    let Some(name) = given.tag_name.as_ref().filter(|name| !name.is_none()) else {
        return Ok(None);
    };
    if !name.is_instance_of::<PyString>() {
        let class = class_name(name.as_borrowed()).or_raise(py)?;
        let text = format!("expected str or None for 'tagname', not {class}");
        return Err(Raised::new(py, PyTypeError::new_err(text)));
    }
    let name = name.extract::<OsString>().or_raise(py)?;
    if name.as_encoded_bytes().contains(&0) {
        return Err(Raised::value_error(py, c"embedded null character"));
    }
    Ok(Some(name))
}

/// The interpreter's functions for descriptors, as they were at import. Descriptors
/// are numbers of a C runtime, and a process can have several: these ask the
/// interpreter's own.
struct Descriptors {
    /// `msvcrt.get_osfhandle`
    handle: Py<PyAny>,
    /// `os.lseek`
    seek: Py<PyAny>,
}

static DESCRIPTORS: PyOnceLock<Descriptors> = PyOnceLock::new();

/// At import, before anybody can have changed the modules' names.
pub(crate) fn keep_interpreter_facts(py: Python<'_>) -> PyResult<()> {
    let descriptors = Descriptors {
        handle: py.import("msvcrt")?.getattr("get_osfhandle")?.unbind(),
        seek: py.import("os")?.getattr("lseek")?.unbind(),
    };
    // An import that is repeated finds them there already.
    let _ = DESCRIPTORS.set(py, descriptors);
    Ok(())
}

impl Descriptors {
    fn of(py: Python<'_>) -> &Self {
        DESCRIPTORS.get(py).expect("kept at import")
    }

    /// The file of a descriptor, held: other threads may close the descriptor, and its
    /// handle's number may become another file's.
    fn file(&self, py: Python<'_>, fileno: c_int) -> PyResult<OwnedHandle> {
        let handle: usize = self.handle.bind(py).call1((fileno,))?.extract()?;
        // SAFETY: N2.
        let file = unsafe { BorrowedHandle::borrow_raw(handle as RawHandle) };
        Ok(file.try_clone_to_owned()?)
    }

    /// The same, with its position set to 0 as the stdlib module does; what has no
    /// position keeps none.
    fn file_at_start(&self, py: Python<'_>, fileno: c_int) -> PyResult<OwnedHandle> {
        const SEEK_SET: c_int = 0;
        let file = self.file(py, fileno)?;
        let _ = self.seek.bind(py).call1((fileno, 0, SEEK_SET));
        Ok(file)
    }
}
