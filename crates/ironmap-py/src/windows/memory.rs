//! What a map is told by FlushViewOfFile, and what its name takes.

use std::ffi::c_int;
use std::ops::Range;
use std::os::windows::ffi::OsStrExt;

use ironmap::Mmap;
use pyo3::prelude::*;

use crate::error::{Fallible, OrRaise, Raised};
use crate::object::MapObject;

/// There is one way to flush, whatever the flags.
pub(crate) fn flush(map: &Mmap, range: Range<usize>, _flags: c_int) -> ironmap::Result<()> {
    map.flush(range)
}

#[cold]
pub(crate) fn untracked_size(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"can't get size with trackfd=False")
}

/// The object without its memory, and a name of 16-bit characters and a zero.
pub(crate) fn sizeof(py: Python<'_>, object: &MapObject) -> Fallible<usize> {
    let name = if object.is_closed() {
        None
    } else {
        object.peek(py, |map| map.tag_name())?
    };
    let name = name.map_or(0, |name| 2 * (name.encode_wide().count() + 1));
    let class = object.as_any(py).get_type();
    let size = class.getattr("__basicsize__").or_raise(py)?;
    Ok(size.extract::<usize>().or_raise(py)? + name)
}
