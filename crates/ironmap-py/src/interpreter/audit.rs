//! Audit events.
//!
//! `PySys_Audit` costs nothing where no hook listens. The stable ABI has it from 3.13 on, so the
//! extension for 3.11 looks it up; where that fails, and on Windows, `sys.audit` raises the event.
//!
//! # Safety
//!
//! * E2: attached, by the token; the arguments match the letters of the format.
//! * E5: `PySys_Audit` has the type of [`PySysAudit`] in every Python from 3.8 on.
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_longlong};
use std::sync::OnceLock;

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{PerInterpreter, Python, capi, done};

/// `int PySys_Audit(const char *event, const char *format, ...)`
type PySysAudit = unsafe extern "C-unwind" fn(*const c_char, *const c_char, ...) -> c_int;

static AUDIT: OnceLock<Option<PySysAudit>> = OnceLock::new();

#[cfg(unix)]
fn look_up() -> Option<PySysAudit> {
    // SAFETY: E5: a lookup of a name that ends with NUL.
    let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"PySys_Audit".as_ptr()) };
    // SAFETY: E5: NULL is `None`, else it is this function.
    unsafe { std::mem::transmute::<*mut libc::c_void, Option<PySysAudit>>(found) }
}

#[cfg(windows)]
fn look_up() -> Option<PySysAudit> {
    None
}

/// Raises the event `mmap.__new__`. A hook can refuse the map.
pub(crate) fn new_map(
    py: Python<'_>,
    fileno: c_int,
    length: ffi::Py_ssize_t,
    access: c_int,
    offset: i64,
) -> PyResult<()> {
    let Some(audit) = *AUDIT.get_or_init(look_up) else {
        return new_map_by_sys(py, fileno, length, access, offset);
    };
    let (event, format) = (c"mmap.__new__".as_ptr(), c"iniL".as_ptr());
    let offset: c_longlong = offset;
    // SAFETY: E2, E5: i int, n Py_ssize_t, L long long.
    let audited = capi::guarded(|| unsafe { audit(event, format, fileno, length, access, offset) });
    done(py, audited)
}

fn new_map_by_sys(
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
