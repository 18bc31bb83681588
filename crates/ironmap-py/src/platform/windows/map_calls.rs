//! Methods over FlushViewOfFile, and `__sizeof__`.

use std::ffi::c_int;
use std::ops::Range;
use std::os::windows::ffi::OsStrExt;

use ironmap::Mmap;

use crate::args::conversion;
use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;
use crate::interpreter::objects::attribute;
use crate::object::MapObject;

/// Flushes. Windows has no flags.
pub(crate) fn flush(map: &Mmap, range: Range<usize>, _flags: c_int) -> ironmap::Result<()> {
    map.flush(range)
}

#[cold]
pub(crate) fn untracked_size(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"can't get size with trackfd=False")
}

/// Returns the size of the object and of its tag name, in UTF-16 with a zero.
pub(crate) fn sizeof(py: Python<'_>, object: &MapObject) -> PyResult<usize> {
    let name = if object.is_closed() {
        None
    } else {
        object.read_ignoring_damage(py, |map| map.tag_name())?
    };
    let name = name.map_or(0, |name| 2 * (name.encode_wide().count() + 1));
    let size = attribute(object.class(py), c"__basicsize__")?;
    Ok(conversion::ssize(size.borrow())?.unsigned_abs() + name)
}
