//! The end of the interpreter. From then on other threads do not return: each sleeps where it
//! asked for the GIL, and keeps its lock guards.

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{call, is_true, tuple};
use crate::interpreter::{PerInterpreter, Python};

/// Raises if the interpreter finalizes: a wait for another thread would not end.
#[cold]
pub(crate) fn check_not_finalizing(py: Python<'_>) -> PyResult<()> {
    let begun = call(
        PerInterpreter::IsFinalizing.get(py)?.borrow(),
        tuple(py, [])?.borrow(),
    )?;
    if is_true(begun.borrow())? {
        let text = c"a thread that the interpreter has ended uses the map";
        return Err(Raised::runtime_error(py, text));
    }
    Ok(())
}
