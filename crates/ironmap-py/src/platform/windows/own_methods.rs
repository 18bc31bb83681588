//! The method that Unix does not have.
//!
//! # Safety
//!
//! * T1: as for the class's own table.
#![allow(unsafe_code)]

use pyo3_ffi as ffi;

use crate::class::method_def::methods;
use crate::class::trampoline::unary;
use crate::platform::map_calls;

type Object = *mut ffi::PyObject;

unary!(sizeof(Object) -> Object, map_calls::sizeof);

pub(crate) fn methods() -> Vec<ffi::PyMethodDef> {
    methods! {
        c"__sizeof__" none sizeof SIZEOF;
    }
}
