//! Copying from a map to a `bytes`. An exception of Windows abandons the frames of the access,
//! so the interpreter itself must not make it.

use ironmap::Mmap;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python};
use crate::results::output::new_bytes;

/// Makes a `bytes` with a copy of `count` bytes of a map. The allocation of a `bytes` starts no
/// garbage collection, so it runs no user code. This is the only call of the interpreter under
/// a borrow of the map (O1).
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
