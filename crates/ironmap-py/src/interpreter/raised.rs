//! Raised exceptions.
//!
//! # Safety
//!
//! E2: attached, by the token; the objects are live.
#![allow(unsafe_code)]

use std::ptr;

use pyo3_ffi as ffi;

use crate::interpreter::{Borrowed, Owned, Python, capi};

/// Proof that the interpreter's error indicator is set. It is returned up to the trampoline,
/// which returns NULL or -1 to the interpreter.
#[derive(Debug)]
#[must_use]
pub(crate) struct Raised(());

pub(crate) type PyResult<T> = Result<T, Raised>;

impl Raised {
    /// Returns the proof after a call of the interpreter that has failed and set the indicator.
    #[cold]
    pub(crate) fn already_set(_py: Python<'_>) -> Raised {
        Raised(())
    }

    /// Raises `MemoryError`. The interpreter keeps instances, so nothing is allocated.
    #[cold]
    pub(crate) fn no_memory(_py: Python<'_>) -> Raised {
        // SAFETY: E2.
        unsafe { capi::PyErr_NoMemory() };
        Raised(())
    }

    /// Passes the exception to `sys.unraisablehook`, where it cannot be raised.
    #[cold]
    pub(crate) fn write_unraisable(self, about: Borrowed<'_, '_>) {
        // SAFETY: E2.
        unsafe { capi::PyErr_WriteUnraisable(about.as_ptr()) };
    }

    /// Does the same, but clears a `MemoryError`: the hook would need memory too.
    #[cold]
    pub(crate) fn write_unraisable_if_it_can(self, about: Borrowed<'_, '_>) {
        // SAFETY: E1: the interpreter fills this static before any module is imported.
        let class = unsafe { ffi::PyExc_MemoryError };
        // SAFETY: E2; a live class.
        match unsafe { capi::PyErr_ExceptionMatches(class) } {
            0 => self.write_unraisable(about),
            _ => self.clear(about.py()),
        }
    }

    /// Drops the exception.
    #[cold]
    pub(crate) fn clear(self, _py: Python<'_>) {
        // SAFETY: E2.
        unsafe { capi::PyErr_Clear() };
    }
}

/// Checks the result of a call that returns a new reference, or NULL on failure.
#[inline]
pub(crate) fn owned(py: Python<'_>, object: *mut ffi::PyObject) -> PyResult<Owned<'_>> {
    // SAFETY: E2: a new reference, or NULL.
    unsafe { Owned::from_ptr(py, object) }.ok_or_else(|| Raised::already_set(py))
}

/// Checks the result of a call that returns 0, or -1 on failure.
#[inline]
pub(crate) fn done(py: Python<'_>, returned: i32) -> PyResult<()> {
    match returned {
        0 => Ok(()),
        _ => Err(Raised::already_set(py)),
    }
}

/// Runs the handlers of pending signals, which can raise.
pub(crate) fn check_signals(py: Python<'_>) -> PyResult<()> {
    // SAFETY: E2.
    done(py, unsafe { capi::PyErr_CheckSignals() })
}

/// Saves the raised exception, if any, until this is dropped.
pub(crate) struct SavedException<'py> {
    raised: [*mut ffi::PyObject; 3],
    py: Python<'py>,
}

impl<'py> SavedException<'py> {
    pub(crate) fn new(py: Python<'py>) -> SavedException<'py> {
        let mut raised = [ptr::null_mut(); 3];
        let [class, value, traceback] = &mut raised;
        // 3.11 does not have its successor.
        #[allow(deprecated)]
        // SAFETY: E2; there is room for three references.
        unsafe {
            ffi::PyErr_Fetch(class, value, traceback)
        };
        SavedException { raised, py }
    }

    /// Returns the exception, if it was raised as an instance.
    pub(crate) fn value(&self) -> Option<Borrowed<'_, 'py>> {
        // SAFETY: E2: the reference from `PyErr_Fetch`, or NULL.
        unsafe { Borrowed::from_ptr_or_opt(self.py, self.raised[1]) }
    }
}

impl Drop for SavedException<'_> {
    fn drop(&mut self) {
        let [class, value, traceback] = self.raised;
        // SAFETY: E2: the references from `PyErr_Fetch`, given back once.
        unsafe { capi::PyErr_Restore(class, value, traceback) };
    }
}
