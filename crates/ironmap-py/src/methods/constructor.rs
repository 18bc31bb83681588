//! The constructor, `mmap(fileno, length, …)`: what is the same on every system.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr::NonNull;

use pyo3_ffi as ffi;

use crate::errors::{Fallible, Raised};
use crate::interpreter::objects::{call, imported, int, interned, tuple};
use crate::interpreter::python::Python;
use crate::interpreter::reference::{Borrowed, KeptForGood};
use crate::object::MapObject;
use crate::platform;

/// `tp_new`.
///
/// # Safety
///
/// N1, and `class` is our type or a subclass of it.
pub(crate) unsafe fn new(
    py: Python<'_>,
    class: *mut ffi::PyTypeObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> Fallible<NonNull<ffi::PyObject>> {
    // SAFETY: N1, from the caller.
    let arguments = unsafe { platform::new_map::parse(py, args, kwargs) }?;
    let (map, mode) = platform::new_map::open(py, &arguments)?;
    // SAFETY: tp_new is called with a type, never with NULL.
    let class = unsafe { NonNull::new_unchecked(class) };
    MapObject::create(py, class, map, mode)
}

/// Length and offset, which are not negative.
pub(crate) fn length_and_offset(
    py: Python<'_>,
    length: ffi::Py_ssize_t,
    offset: i64,
) -> Fallible<(usize, u64)> {
    let Ok(length) = usize::try_from(length) else {
        let text = c"memory mapped length must be positive";
        return Err(Raised::overflow_error(py, text));
    };
    let Ok(offset) = u64::try_from(offset) else {
        let text = c"memory mapped offset must be positive";
        return Err(Raised::overflow_error(py, text));
    };
    Ok((length, offset))
}

#[cold]
pub(crate) fn invalid_access(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"mmap invalid access parameter.")
}

/// The event `mmap.__new__`: a hook can refuse the map.
pub(crate) fn audit(
    py: Python<'_>,
    fileno: c_int,
    length: ffi::Py_ssize_t,
    access: c_int,
    offset: i64,
) -> Fallible<()> {
    let arguments = [
        EVENT.get(py).to_owned(),
        int(py, fileno.into())?,
        int(py, length as i64)?,
        int(py, access.into())?,
        int(py, offset)?,
    ];
    call(AUDIT.get(py), tuple(py, arguments)?.borrow()).map(drop)
}

pub(crate) fn audit_function(py: Python<'_>) -> Borrowed<'static, '_> {
    AUDIT.get(py)
}

/// `sys.audit` as it was at import: no later assignment hides our events.
static AUDIT: KeptForGood = KeptForGood::none();

static EVENT: KeptForGood = KeptForGood::none();

/// At import, before anybody can have changed the names of Python's modules.
pub(crate) fn keep_interpreter_facts(py: Python<'_>) -> Fallible<()> {
    AUDIT.keep(imported(py, c"sys", c"audit")?);
    EVENT.keep(interned(py, c"mmap.__new__")?);
    platform::new_map::keep_interpreter_facts(py)
}
