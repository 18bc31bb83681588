//! The ints from 0 to 255 and the `bytes` of one byte, ready to be given out.
//!
//! The interpreter keeps them, too, but behind a call that costs more than the
//! rest of `m[i]`.
//!
//! # Safety
//!
//! * E3: the tables are filled at import, before any map is made, with a
//!   reference of their own to each object, which they keep for good. There is
//!   one interpreter: another's import is refused.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyInt};

use crate::output::Output;

type Table = [AtomicPtr<ffi::PyObject>; 256];

static INTS: Table = [const { AtomicPtr::new(ptr::null_mut()) }; 256];
static BYTES: Table = [const { AtomicPtr::new(ptr::null_mut()) }; 256];

/// At import.
pub(crate) fn keep(py: Python<'_>) {
    for byte in u8::MIN..=u8::MAX {
        let place = usize::from(byte);
        INTS[place].store(PyInt::new(py, byte).into_ptr(), Ordering::Relaxed);
        BYTES[place].store(PyBytes::new(py, &[byte]).into_ptr(), Ordering::Relaxed);
    }
}

/// One of them.
pub(crate) struct Ready(&'static AtomicPtr<ffi::PyObject>);

/// A byte as an int.
#[inline]
pub(crate) fn int(byte: u8) -> Ready {
    Ready(&INTS[usize::from(byte)])
}

/// A byte as a `bytes`.
#[inline]
pub(crate) fn bytes(byte: u8) -> Ready {
    Ready(&BYTES[usize::from(byte)])
}

impl Ready {
    /// A reference to it.
    #[inline]
    pub(crate) fn bind(self, py: Python<'_>) -> Bound<'_, PyAny> {
        // SAFETY: E3: an object that lives for good; the call takes a reference.
        unsafe { Bound::from_borrowed_ptr(py, self.0.load(Ordering::Relaxed)) }
    }
}

impl Output for Ready {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        // SAFETY: E3: an object that lives for good; E2: attached.
        unsafe { ffi::Py_NewRef(self.0.load(Ordering::Relaxed)) }
    }
}
