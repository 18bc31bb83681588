//! The token of attached threads, and detaching.
//!
//! # Safety
//!
//! * E2: a thread that has a [`Python`] is attached for its lifetime. The token cannot be sent
//!   to another thread, so detached code has none.
#![allow(unsafe_code)]

use std::marker::PhantomData;

use pyo3_ffi as ffi;

use crate::interpreter::capi;

/// Proof that the thread is attached for `'py`.
#[derive(Clone, Copy)]
pub(crate) struct Python<'py>(PhantomData<(&'py (), *const ())>);

impl<'py> Python<'py> {
    /// # Safety
    ///
    /// The thread is attached for `'py`.
    #[inline(always)]
    pub(crate) unsafe fn assume_attached() -> Python<'py> {
        Python(PhantomData)
    }

    /// Runs `f` without the GIL, so that other threads can run meanwhile.
    pub(crate) fn detach<R: Send>(self, f: impl FnOnce() -> R + Send) -> R {
        // SAFETY: E2, by the token.
        let _attach = Reattach(unsafe { ffi::PyEval_SaveThread() });
        f()
    }
}

struct Reattach(*mut ffi::PyThreadState);

impl Drop for Reattach {
    fn drop(&mut self) {
        // SAFETY: E2: the result of `PyEval_SaveThread`, used once.
        unsafe { capi::PyEval_RestoreThread(self.0) };
    }
}

/// Returns the interpreter's version: (3, 13) for 3.13.
#[inline]
pub(crate) fn version() -> (u8, u8) {
    // SAFETY: E2: a constant of the interpreter.
    let hex = unsafe { ffi::Py_Version };
    ((hex >> 24) as u8, (hex >> 16) as u8)
}
