//! The end of the interpreter. From then on other threads do not return: each sleeps where it
//! asked for the GIL, and keeps its guards.

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{call, imported, is_true, tuple};
use crate::interpreter::{Python, StaticRef};

/// `sys.is_finalizing`, taken at import.
static IS_FINALIZING: StaticRef = StaticRef::empty();

/// Called at import.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    IS_FINALIZING.set(imported(py, c"sys", c"is_finalizing")?);
    Ok(())
}

/// Raises if the interpreter finalizes: a wait for another thread would not end.
#[cold]
pub(crate) fn check_not_finalizing(py: Python<'_>) -> PyResult<()> {
    let begun = call(IS_FINALIZING.get(py), tuple(py, [])?.borrow())?;
    if is_true(begun.borrow())? {
        let text = c"a thread that the interpreter has ended uses the map";
        return Err(Raised::runtime_error(py, text));
    }
    Ok(())
}
