//! The module: its functions and its initialisation.
//!
//! # Safety
//!
//! * T1: the table ends with an empty entry, nothing changes it, and each entry's function has
//!   the signature that its flag asks for.
//! * M1: the interpreter calls a function of the module attached, with arguments that
//!   live for the call and are as many as it says.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};

use pyo3_ffi as ffi;

use crate::args::Arguments;
use crate::class::trampoline;
use crate::errors::PyResult;
use crate::interpreter::objects::{append, empty_list, str_of};
use crate::interpreter::{Borrowed, Owned, Python, capi, done};
use crate::methods::{constructor, fault_guard, map_file, needles};
use crate::platform;
use crate::results::output::Done;

#[cfg(not(feature = "abi3t"))]
mod definition;
#[cfg(feature = "abi3t")]
mod export;

type Object = *mut ffi::PyObject;

/// Number of functions that only some systems have.
const SYSTEM_FUNCTIONS: usize = if cfg!(windows) {
    0
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    3
} else {
    2
};

/// The functions, which `import *` does not bring.
pub(crate) static mut FUNCTIONS: [ffi::PyMethodDef; 11 + SYSTEM_FUNCTIONS] = [
    function(c"_map_file", map_file, map_file::MAP_FILE),
    function(c"_map_past_end", map_past_end, map_file::MAP_PAST_END),
    function(c"_absent_map", absent_map, map_file::ABSENT_MAP),
    function(
        c"_prepare_needles",
        prepare_needles,
        needles::PREPARE_NEEDLES,
    ),
    function(c"_fault_guard", fault_guard, c""),
    function(c"_ensure_fault_guard", ensure_fault_guard, c""),
    function(c"_disable_fault_guard", disable_fault_guard, c""),
    function(c"_set_fault_hook", set_fault_hook, c""),
    function(c"_reserve_space", reserve_space, c""),
    function(c"_set_default_trackfd", set_default_trackfd, c""),
    #[cfg(not(windows))]
    function(c"_replace_with_zeros", replace_with_zeros, c""),
    #[cfg(not(windows))]
    function(c"_overwrite_with_zeros", overwrite_with_zeros, c""),
    #[cfg(any(target_os = "linux", target_os = "android"))]
    function(c"_file_status", file_status, c""),
    ffi::PyMethodDef::zeroed(),
];

const fn function(
    name: &'static CStr,
    function: ffi::PyCFunctionFast,
    doc: &'static CStr,
) -> ffi::PyMethodDef {
    ffi::PyMethodDef {
        ml_name: name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer {
            PyCFunctionFast: function,
        },
        ml_flags: ffi::METH_FASTCALL,
        ml_doc: doc.as_ptr(),
    }
}

pub(crate) unsafe extern "C" fn execute(module: Object) -> c_int {
    let function = |py| {
        // SAFETY: M1.
        let object = unsafe { Borrowed::from_ptr(py, module) };
        crate::init(&Module::new(object)?).map(|()| Done)
    };
    // SAFETY: M1.
    unsafe { trampoline::call_function(function) }
}

/// Defines the C function of each Rust function.
macro_rules! functions {
    ($($(#[$attribute:meta])* $name:ident => $function:path;)*) => {
        $(
            $(#[$attribute])*
            unsafe extern "C" fn $name(
                _module: Object,
                arguments: *mut Object,
                count: ffi::Py_ssize_t,
            ) -> Object {
                // SAFETY: M1.
                let function = |py| $function(py, &unsafe { given(py, arguments, count) });
                // SAFETY: M1.
                unsafe { trampoline::call_function(function) }
            }
        )*
    };
}

functions! {
    map_file => map_file::map_file;
    map_past_end => map_file::map_past_end;
    absent_map => map_file::absent_map;
    prepare_needles => needles::prepare;
    fault_guard => fault_guard::fault_guard;
    ensure_fault_guard => fault_guard::ensure_fault_guard;
    disable_fault_guard => fault_guard::disable_fault_guard;
    set_fault_hook => fault_guard::set_fault_hook;
    reserve_space => platform::open_helpers::reserve_space;
    set_default_trackfd => constructor::set_default;
    #[cfg(not(windows))]
    replace_with_zeros => platform::open_helpers::replace_with_zeros;
    #[cfg(not(windows))]
    overwrite_with_zeros => platform::open_helpers::overwrite_with_zeros;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    file_status => platform::open_helpers::file_status;
}

/// # Safety
///
/// M1.
unsafe fn given<'a, 'py>(
    py: Python<'py>,
    arguments: *mut Object,
    count: ffi::Py_ssize_t,
) -> Arguments<'a, 'py> {
    // SAFETY: M1.
    unsafe { Arguments::new(py, arguments, count as usize) }
}

/// The module during its initialisation.
pub(crate) struct Module<'py> {
    object: Borrowed<'py, 'py>,
    /// The list `__all__`.
    names: Owned<'py>,
}

impl<'py> Module<'py> {
    fn new(object: Borrowed<'py, 'py>) -> PyResult<Module<'py>> {
        let py = object.py();
        let names = empty_list(py)?;
        set(object, "__all__", names.borrow())?;
        Ok(Module { object, names })
    }

    pub(crate) fn py(&self) -> Python<'py> {
        self.object.py()
    }

    /// Adds a name that `import *` does not bring.
    pub(crate) fn add_hidden(&self, name: &str, value: Borrowed<'_, '_>) -> PyResult<()> {
        set(self.object, name, value)
    }

    /// Adds a public name.
    pub(crate) fn add(&self, name: &str, value: Borrowed<'_, '_>) -> PyResult<()> {
        append(self.names.borrow(), str_of(self.py(), name)?.borrow())?;
        set(self.object, name, value)
    }
}

fn set(object: Borrowed<'_, '_>, name: &str, value: Borrowed<'_, '_>) -> PyResult<()> {
    let name = str_of(object.py(), name)?;
    let (at, name, value) = (object.as_ptr(), name.as_ptr(), value.as_ptr());
    // SAFETY: E2: live objects.
    done(object.py(), unsafe {
        capi::PyObject_SetAttr(at, name, value)
    })
}
