//! Audit events.

use std::ffi::c_int;

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::objects::{call, imported, int, interned, tuple};
use crate::interpreter::{Borrowed, Python, StaticRef};

/// Raises the event `mmap.__new__`. A hook can refuse the map.
pub(crate) fn new_map(
    py: Python<'_>,
    fileno: c_int,
    length: ffi::Py_ssize_t,
    access: c_int,
    offset: i64,
) -> PyResult<()> {
    let arguments = [
        EVENT.get(py).to_owned(),
        int(py, fileno.into())?,
        int(py, length as i64)?,
        int(py, access.into())?,
        int(py, offset)?,
    ];
    call(AUDIT.get(py), tuple(py, arguments)?.borrow()).map(drop)
}

pub(crate) fn function(py: Python<'_>) -> Borrowed<'static, '_> {
    AUDIT.get(py)
}

/// `sys.audit`, taken at import: no later assignment hides our events.
static AUDIT: StaticRef = StaticRef::empty();

static EVENT: StaticRef = StaticRef::empty();

/// Called at import, before other code can change the names of Python's modules.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    AUDIT.set(imported(py, c"sys", c"audit")?);
    EVENT.set(interned(py, c"mmap.__new__")?);
    Ok(())
}
