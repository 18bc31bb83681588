//! The extension module `ironmap._ironmap`: Python's face of the `ironmap`
//! crate. Argument rules, exceptions, the buffer protocol and the states that
//! only Python has (closed, exported) live here; files, memory and searching
//! live in the crate below.
//!
//! | file | what it holds |
//! |---|---|
//! | `module`, `class`, `docs`, `shim` | the module and the class: tables, docstrings, the way in from C |
//! | `interpreter`, `python`, `reference`, `raised`, `objects`, `message` | the way out to C: the interpreter's functions, references, what is raised |
//! | `object`, `turn`, `ending` | the object behind a map, the wait for it, and for how long it is kept (the lock is the crate `ironmap-state`) |
//! | `new`, `by_path`, `mode` | how a map is made, and for what use |
//! | `life`, `file_face`, `stream`, `bytes_face`, `search`, `bytes_search`, `iterate`, `iterator`, `memory`, `pages` | what the methods do |
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
mod ending;
mod error;
mod fault_guard;
mod file_face;
mod interpreter;
mod iterate;
mod iterator;
mod life;
mod memory;
mod message;
mod mode;
mod module;
mod new;
mod object;
mod objects;
mod output;
mod pages;
mod piece;
mod python;
mod raised;
mod ready;
mod reference;
mod search;
mod shim;
mod stream;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows/mod.rs")]
mod system;
mod turn;

use error::{Fallible, Raised};
use module::Module;

/// What the module has besides its two functions.
fn fill(module: &Module<'_>) -> Fallible<()> {
    let py = module.py();
    ironmap_state::forks::watch().map_err(|code| Raised::os_error(py, code))?;
    error::keep_classes(py)?;
    class::keep(py)?;
    iterate::keep_classes(py)?;
    new::keep_interpreter_facts(py)?;
    ending::keep(py)?;
    bulk::keep_choice();
    ready::keep(py)?;
    module.add("mmap", class::MAP_CLASS.get(py))?;
    module.add("error", error::os_error_class(py))?;
    module.add("FaultError", error::FAULT_CLASS.get(py))?;
    constants::add(module)
}
