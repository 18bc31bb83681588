//! What `ironmap.open` asks of an open file beside its map.

use std::ffi::c_int;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

/// What the core says of maps, too.
#[pyfunction]
#[pyo3(name = "_reserve_space", signature = (_fileno, _start, _length, /))]
fn reserve_space(_fileno: c_int, _start: u64, _length: u64) -> PyResult<()> {
    Err(PyOSError::new_err(
        "this system has no reservation of disk space",
    ))
}

/// Not by `add_function`, which would show it to `import *`.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.setattr("_reserve_space", wrap_pyfunction!(reserve_space, module)?)
}
