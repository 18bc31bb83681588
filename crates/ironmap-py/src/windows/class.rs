//! The method that Unix does not have.
//!
//! # Safety
//!
//! * T1: as for the class's own table.
#![allow(unsafe_code)]

use pyo3_ffi as ffi;

use super::{docs, memory};
use crate::class::{method, methods};
use crate::shim::unary;

type Object = *mut ffi::PyObject;

unary!(sizeof(Object) -> Object, memory::sizeof);

pub(crate) fn methods() -> Vec<ffi::PyMethodDef> {
    methods! {
        c"__sizeof__" none sizeof SIZEOF;
    }
}
