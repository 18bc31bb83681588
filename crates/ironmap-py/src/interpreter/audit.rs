//! Audit events.

use std::ffi::c_int;

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{PerInterpreter, Python};

/// Raises the event `mmap.__new__`. A hook can refuse the map.
pub(crate) fn new_map(
    py: Python<'_>,
    fileno: c_int,
    length: ffi::Py_ssize_t,
    access: c_int,
    offset: i64,
) -> PyResult<()> {
    let [audit, event] =
        PerInterpreter::get_both(py, [PerInterpreter::Audit, PerInterpreter::NewMapEvent])?;
    let arguments = [
        event,
        int(py, fileno.into())?,
        int(py, length as i64)?,
        int(py, access.into())?,
        int(py, offset)?,
    ];
    call(audit.borrow(), tuple(py, arguments)?.borrow()).map(drop)
}
