//! The argument `progress=`.
//!
//! # Safety
//!
//! A call into the interpreter's C interface: E2.
#![allow(unsafe_code)]

use ironmap::jobs::Progress;
use pyo3_ffi as ffi;

use crate::args::Argument;
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;
use crate::interpreter::objects::{call, int_of_size, tuple};

/// The callable given as `progress=`, if any.
#[derive(Clone, Copy)]
pub(crate) struct Callback<'a, 'py>(pub(crate) Option<Argument<'a, 'py>>);

impl<'a, 'py> Callback<'a, 'py> {
    pub(crate) const NONE: Callback<'static, 'static> = Callback(None);

    /// Takes a callable, or `None`.
    pub(crate) fn new(argument: Option<Argument<'a, 'py>>) -> PyResult<Callback<'a, 'py>> {
        let Some(argument) = argument.filter(|argument| !argument.is_none()) else {
            return Ok(Callback(None));
        };
        // SAFETY: E2.
        if unsafe { ffi::PyCallable_Check(argument.as_ptr()) } == 0 {
            let text = "progress must be a callable or None, not ";
            let text = Message::new(argument.py(), text).and_class_of(argument);
            return Err(Raised::type_error_with(text));
        }
        Ok(Callback(Some(argument)))
    }

    /// Calls it with the number of bytes that are done and of all bytes. This is the user's
    /// code: nothing of a map is held.
    pub(crate) fn report(self, py: Python<'_>, progress: Progress) -> PyResult<()> {
        let Some(callable) = self.0 else {
            return Ok(());
        };
        // So that callers can divide by it.
        if progress.total == 0 {
            return Ok(());
        }
        let numbers = [progress.done, progress.total];
        let [done, total] = numbers.map(|number| int_of_size(py, number as u64));
        call(callable, tuple(py, [done?, total?])?.borrow()).map(drop)
    }
}
