//! A `bytes` from a map. An access that runs into an exception is left where it is,
//! so none of the interpreter's own code may be in it.

use ironmap::Mmap;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python};
use crate::results::output::new_bytes;

/// A `bytes` with a copy of `count` bytes of a map. To allocate one runs no code of the
/// user's: no collection starts with it. So this is the one call of the interpreter
/// under a borrow of the map (O1).
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
