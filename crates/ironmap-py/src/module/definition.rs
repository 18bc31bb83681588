//! The module's definition, for interpreters whose objects have a known layout.
//!
//! # Safety
//!
//! * T1: the definitions and their tables are statics that only the interpreter changes. Each
//!   table ends with an empty entry, and each entry's function has the signature that its slot
//!   number asks for.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::ptr;

use pyo3_ffi as ffi;

use crate::interpreter::version;
use crate::module::{FUNCTIONS, Object, execute};

/// Called by the interpreter when it has loaded the library.
///
/// # Safety
///
/// M1.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn PyInit__ironmap() -> Object {
    let definition = match version() {
        (3, 11) => &raw mut DEFINITION_OF_3_11,
        _ => &raw mut DEFINITION,
    };
    // SAFETY: T1.
    unsafe { ffi::PyModuleDef_Init(definition) }
}

static mut DEFINITION: ffi::PyModuleDef = definition(&raw mut SLOTS as *mut _);

/// For 3.11, which refuses slots that it does not know.
static mut DEFINITION_OF_3_11: ffi::PyModuleDef = definition(&raw mut SLOTS_OF_3_11 as *mut _);

const fn definition(slots: *mut ffi::PyModuleDef_Slot) -> ffi::PyModuleDef {
    ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: c"_ironmap".as_ptr(),
        m_doc: c"".as_ptr(),
        m_size: 0,
        m_methods: &raw mut FUNCTIONS as *mut ffi::PyMethodDef,
        m_slots: slots,
        m_traverse: None,
        m_clear: None,
        m_free: None,
    }
}

#[cfg(feature = "abi3")]
static mut SLOTS: [ffi::PyModuleDef_Slot; 3] = [EXECUTE, PER_INTERPRETER_GIL, END];
#[cfg(not(feature = "abi3"))]
static mut SLOTS: [ffi::PyModuleDef_Slot; 4] = [EXECUTE, PER_INTERPRETER_GIL, NO_GIL, END];
static mut SLOTS_OF_3_11: [ffi::PyModuleDef_Slot; 2] = [EXECUTE, END];

const EXECUTE: ffi::PyModuleDef_Slot = slot(ffi::Py_mod_exec, execute as *mut c_void);

/// `Py_mod_multiple_interpreters`: `Py_MOD_PER_INTERPRETER_GIL_SUPPORTED`. (pyo3-ffi has them
/// for builds that need 3.12.)
const PER_INTERPRETER_GIL: ffi::PyModuleDef_Slot = slot(3, ptr::without_provenance_mut(2));

#[cfg(not(feature = "abi3"))]
const NO_GIL: ffi::PyModuleDef_Slot = slot(ffi::Py_mod_gil, ffi::Py_MOD_GIL_NOT_USED);

const END: ffi::PyModuleDef_Slot = slot(0, ptr::null_mut());

const fn slot(slot: c_int, value: *mut c_void) -> ffi::PyModuleDef_Slot {
    ffi::PyModuleDef_Slot { slot, value }
}
