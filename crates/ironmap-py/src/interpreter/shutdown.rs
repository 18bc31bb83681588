//! The interpreter's end, from which on other threads do not come back: each sleeps where
//! it has asked for the GIL, and keeps what it has.

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{call, imported, is_true, tuple};
use crate::interpreter::{Python, StaticRef};

/// `sys.is_finalizing`, as it was at import.
static IS_FINALIZING: StaticRef = StaticRef::empty();

/// At import.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    IS_FINALIZING.set(imported(py, c"sys", c"is_finalizing")?);
    Ok(())
}

/// Before a wait for another thread goes on: an error if that thread will never be done.
#[cold]
pub(crate) fn check_not_finalizing(py: Python<'_>) -> PyResult<()> {
    let begun = call(IS_FINALIZING.get(py), tuple(py, [])?.borrow())?;
    if is_true(begun.borrow())? {
        let text = c"a thread that the interpreter has ended uses the map";
        return Err(Raised::runtime_error(py, text));
    }
    Ok(())
}
