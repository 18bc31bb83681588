//! Copying from a map to a `bytes`. An exception of Windows abandons the frames of the access,
//! so the interpreter itself must not make it.

use std::ops::Range;

use ironmap::Mmap;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python};
use crate::results::output::new_bytes;

/// Makes a `bytes` with a copy of `count` bytes of a map. The allocation of a `bytes` starts no
/// garbage collection, so it runs no user code. Only the functions of this file call the
/// interpreter under a borrow of the map (O1).
pub(crate) fn bytes_at<'py>(
    py: Python<'py>,
    map: &Mmap,
    at: usize,
    count: usize,
) -> ironmap::Result<PyResult<Owned<'py>>> {
    let mut copied = Ok(());
    let made = new_bytes(py, count, |place| {
        copied = map.read_uninit_at(at, place);
        Ok(copied.is_ok())
    });
    copied?;
    Ok(made.map(|bytes| bytes.expect("bytes that were copied")))
}

/// Makes a `bytes` of the line at the start of a range, and returns it with its end, if the line is
/// no longer than some 100 KiB, has a newline and is not damaged.
pub(crate) fn line_at<'py>(
    py: Python<'py>,
    map: &Mmap,
    rest: Range<usize>,
    keep_end: bool,
) -> Option<(PyResult<Owned<'py>>, usize)> {
    let at = rest.start;
    let len = map.with_ptr_until(b'\n', rest, |_start, len| len)?;
    let line = bytes_at(py, map, at, len - usize::from(!keep_end)).ok()?;
    Some((line, at + len))
}
