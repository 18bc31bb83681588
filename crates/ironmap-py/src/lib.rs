//! The extension module `ironmap._ironmap`: Python's face of the `ironmap`
//! crate. Argument rules, exceptions, the buffer protocol and the states that
//! only Python has (closed, exported) live here; files, memory and searching
//! live in the crate below.
//!
//! | file | what it holds |
//! |---|---|
//! | `class`, `docs`, `shim` | the class: tables, docstrings, the way in from C |
//! | `object`, `gate`, `turn` | the object behind a map, who may touch it when, and for how long |
//! | `new`, `by_path`, `mode` | how a map is made, and for what use |
//! | `life`, `file_face`, `stream`, `bytes_face`, `search`, `bytes_search`, `iterate`, `memory`, `pages` | what the methods do |
//! | `convert`, `buffer`, `bulk`, `piece`, `ready`, `output`, `error` | arguments, bytes, results, exceptions |
//! | `fault_guard` | what the module says and tells of faults |
//! | `constants` | the module's numbers |
//! | `system`: `unix/` or `windows/` | what only one of the two has, and what each does its own way |

#[cfg(not(any(unix, windows)))]
compile_error!("the Python module is for Unix (Linux, macOS or a BSD) and for Windows");

mod buffer;
mod bulk;
mod by_path;
mod bytes_face;
mod bytes_search;
mod class;
mod constants;
mod convert;
mod docs;
mod error;
mod fault_guard;
mod file_face;
mod gate;
mod iterate;
mod life;
mod memory;
mod mode;
mod new;
mod object;
mod output;
mod pages;
mod piece;
mod ready;
mod search;
mod shim;
mod stream;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;
mod turn;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;

// The objects count on the GIL for their own bookkeeping.
#[pymodule(gil_used = true)]
fn _ironmap(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    system::forks::watch()?;
    new::keep_interpreter_facts(py)?;
    bulk::keep_choice(py);
    ready::keep(py);
    iterate::make_classes(py);
    module.add("mmap", class::map_class(py))?;
    // Not by `add_function`, which would show them to `import *`.
    module.setattr("_map_file", wrap_pyfunction!(by_path::map_file, module)?)?;
    module.setattr(
        "_map_past_end",
        wrap_pyfunction!(by_path::map_past_end, module)?,
    )?;
    module.setattr(
        "_absent_map",
        wrap_pyfunction!(by_path::absent_map, module)?,
    )?;
    fault_guard::add(module)?;
    system::files::add(module)?;
    module.add("error", py.get_type::<PyOSError>())?;
    module.add("FaultError", error::fault_class(py))?;
    constants::add(module)
}
