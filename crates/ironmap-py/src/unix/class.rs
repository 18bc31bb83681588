//! The methods that Windows does not have.
//!
//! # Safety
//!
//! * T1: as for the class's own table.
#![allow(unsafe_code)]

use pyo3::ffi;

use super::{docs, memory};
use crate::class::{method, methods};
use crate::convert::Arguments;
use crate::shim::{binary, positional};

positional!(madvise, memory::madvise);

binary!(set_name, memory::set_name);

pub(crate) fn methods() -> Vec<ffi::PyMethodDef> {
    methods! {
        c"madvise" some madvise MADVISE;
        c"set_name" one set_name SET_NAME;
    }
}
