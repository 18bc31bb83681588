//! The descriptor of a map: on Windows it keeps a handle instead.

use std::ffi::OsString;

use ironmap::Mmap;

use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;
use crate::object::MapObject;

pub(crate) fn fileno(py: Python<'_>, object: &MapObject) -> PyResult<usize> {
    object.check_open(py)?;
    let text = c"fileno: the map keeps no descriptor, on Windows";
    Err(Raised::unsupported(py, text))
}

pub(crate) fn path(_map: &Mmap) -> Option<OsString> {
    None
}
