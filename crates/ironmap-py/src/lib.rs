//! The extension module `ironmap._ironmap`: Python bindings of the crate `ironmap`. They hold
//! the argument rules, exceptions, the buffer protocol and the states that only Python has
//! (closed, exported). The crate holds files, memory and searching.
//!
//! | folder | holds |
//! |---|---|
//! | `module`, `class` | the module and the class: tables, trampolines, docstrings |
//! | `methods` | the methods of the class and the functions of the module |
//! | `args`, `results` | from Python's objects to Rust's values, and back |
//! | `object` | the object behind a map: memory, lock, damage (the lock itself is the crate `ironmap-state`) |
//! | `errors` | from the core's errors to Python's exceptions |
//! | `interpreter` | the interpreter's C interface behind safe types |
//! | `platform` | code of one system: `unix` or `windows` |

#[cfg(not(any(unix, windows)))]
compile_error!("the Python module is for Unix (Linux, macOS or a BSD) and for Windows");

mod args;
mod class;
mod errors;
mod interpreter;
mod methods;
mod module;
mod object;
mod platform;
mod results;

use errors::{PyResult, Raised};
use interpreter::objects::int;
use interpreter::{audit, is_main_interpreter, shutdown};
use ironmap::Mmap;
use methods::iterators;
use module::Module;
use object::access_mode::AccessMode;
use results::{huge_pages, output};

/// Initialises the module.
fn init(module: &Module<'_>) -> PyResult<()> {
    let py = module.py();
    if !is_main_interpreter(py) {
        let text = c"ironmap works in the main interpreter only; subinterpreters have mmap";
        return Err(Raised::import_error(py, text));
    }
    ironmap_state::forks::watch().map_err(|code| Raised::os_error(py, code))?;
    errors::init_classes(py)?;
    class::init(py)?;
    iterators::init_classes(py)?;
    audit::init(py)?;
    platform::new_map::init(py)?;
    shutdown::init(py)?;
    huge_pages::init();
    output::init_cached(py)?;
    module.add("mmap", object::MAP_CLASS.get(py))?;
    module.add("error", errors::os_error_class(py))?;
    module.add("FaultError", errors::FAULT_CLASS.get(py))?;
    add_constants(module)
}

/// Adds the constants that the system has, with the system's values.
fn add_constants(module: &Module<'_>) -> PyResult<()> {
    for mode in AccessMode::ALL {
        add_number(module, mode.name(), mode.number().into())?;
    }
    for &(name, value) in platform::constants::GROUPS.into_iter().flatten() {
        add_number(module, name, value)?;
    }
    add_number(module, "PAGESIZE", Mmap::page_size() as i64)?;
    let granularity = Mmap::allocation_granularity() as i64;
    add_number(module, "ALLOCATIONGRANULARITY", granularity)
}

fn add_number(module: &Module<'_>, name: &str, number: i64) -> PyResult<()> {
    module.add(name, int(module.py(), number)?.borrow())
}
