//! The module's slots, for interpreters that do not show the layout of their objects (PEP 793).
//!
//! # Safety
//!
//! * T1: the table is a static that nothing changes. It ends with an empty entry, and each entry
//!   has what its slot number asks for.
#![allow(unsafe_code)]

use std::ffi::c_void;

use pyo3_ffi::{self as ffi, PySlot_DATA, PySlot_END, PySlot_FUNC, PySlot_STATIC_DATA};

use crate::module::{FUNCTIONS, execute};

/// Called by the interpreter when it has loaded the library.
///
/// # Safety
///
/// M1.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn PyModExport__ironmap() -> *mut ffi::PySlot {
    (&raw mut SLOTS).cast()
}

ffi::PyABIInfo_VAR!(ABI);

static mut SLOTS: [ffi::PySlot; 7] = [
    PySlot_STATIC_DATA(ffi::Py_mod_abi, (&raw mut ABI).cast()),
    PySlot_STATIC_DATA(ffi::Py_mod_name, c"_ironmap".as_ptr().cast_mut().cast()),
    PySlot_STATIC_DATA(ffi::Py_mod_methods, (&raw mut FUNCTIONS).cast()),
    // SAFETY: T1: a function.
    unsafe { PySlot_FUNC(ffi::Py_mod_exec, execute as *mut c_void) },
    PySlot_DATA(
        ffi::Py_mod_multiple_interpreters,
        ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
    ),
    PySlot_DATA(ffi::Py_mod_gil, ffi::Py_MOD_GIL_NOT_USED),
    PySlot_END(),
];
