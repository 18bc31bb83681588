//! The methods that Windows does not have.
//!
//! # Safety
//!
//! * T1: as for the class's own table.
#![allow(unsafe_code)]

use pyo3_ffi as ffi;

use crate::class::method_def::methods;
use crate::class::trampoline::{binary, positional};
use crate::platform::map_calls;
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
use crate::platform::page_hints;

positional!(madvise, map_calls::madvise);
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
positional!(drop_pages, page_hints::drop_pages);
#[cfg(any(target_os = "linux", target_os = "android"))]
positional!(cold, page_hints::cold);

binary!(set_name, map_calls::set_name);

pub(crate) fn methods() -> Vec<ffi::PyMethodDef> {
    let mut table = methods! {
        c"madvise" some madvise MADVISE;
        c"set_name" one set_name SET_NAME;
    };
    table.extend(only_some_systems());
    table
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn only_some_systems() -> Vec<ffi::PyMethodDef> {
    methods! {
        c"cold" some cold COLD;
        c"drop" some drop_pages DROP;
    }
}

#[cfg(target_os = "freebsd")]
fn only_some_systems() -> Vec<ffi::PyMethodDef> {
    methods! {
        c"drop" some drop_pages DROP;
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn only_some_systems() -> Vec<ffi::PyMethodDef> {
    Vec::new()
}
