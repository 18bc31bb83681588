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

use class::iterator::make_class;
use errors::{PyResult, Raised};
use interpreter::objects::{imported, int, interned, str_of};
use interpreter::{Owned, PerInterpreter, Python, per_interpreter};
use ironmap::Mmap;
use ironmap::jobs::EachMatch;
use ironmap::raw::Matches;
use methods::iterators::MatchIterator;
use methods::lines::LineIterator;
use methods::matching_lines::MatchingLineIterator;
use module::Module;
use object::access_mode::AccessMode;
use results::{huge_pages, output};

/// Initialises the module.
fn init(module: &Module<'_>) -> PyResult<()> {
    let py = module.py();
    ironmap_state::forks::watch().map_err(|code| Raised::os_error(py, code))?;
    output::init_cached(py)?;
    per_interpreter::init(py, make_per_interpreter)?;
    #[cfg(unix)]
    platform::new_map::init(py)?;
    huge_pages::init();
    module.add("mmap", PerInterpreter::MapClass.get(py)?.borrow())?;
    module.add("error", errors::os_error_class(py))?;
    module.add("FaultError", PerInterpreter::FaultClass.get(py)?.borrow())?;
    module.add_hidden(
        "PreparedNeedles",
        PerInterpreter::NeedlesClass.get(py)?.borrow(),
    )?;
    let version = str_of(py, env!("CARGO_PKG_VERSION"))?;
    module.add_hidden("__version__", version.borrow())?;
    add_constants(module)
}

/// Makes an object that each interpreter has of its own.
fn make_per_interpreter(py: Python<'_>, object: PerInterpreter) -> PyResult<Owned<'_>> {
    match object {
        PerInterpreter::MapClass => class::make(py),
        PerInterpreter::MatchIteratorClass => make_class::<MatchIterator<Matches>>(py),
        PerInterpreter::LineIteratorClass => make_class::<LineIterator>(py),
        PerInterpreter::MatchingLineIteratorClass => make_class::<MatchingLineIterator>(py),
        PerInterpreter::EachMatchIteratorClass => make_class::<MatchIterator<EachMatch>>(py),
        PerInterpreter::NeedlesClass => class::needles::make_class(py),
        PerInterpreter::FaultClass => errors::make_fault_class(py),
        PerInterpreter::UnsupportedClass => imported(py, c"io", c"UnsupportedOperation"),
        PerInterpreter::Audit => imported(py, c"sys", c"audit"),
        PerInterpreter::NewMapEvent => interned(py, c"mmap.__new__"),
        PerInterpreter::IsFinalizing => imported(py, c"sys", c"is_finalizing"),
        #[cfg(windows)]
        PerInterpreter::Handle => imported(py, c"msvcrt", c"get_osfhandle"),
        #[cfg(windows)]
        PerInterpreter::Seek => imported(py, c"os", c"lseek"),
    }
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
