//! Cached objects: the ints from 0 to 255 and the `bytes` of one byte.
//!
//! The interpreter caches them too, but behind a call that costs more than the rest of `m[i]`.
//!
//! # Safety
//!
//! * E3: the tables are filled at import, before any map is made, and their objects are
//!   never freed.
#![allow(unsafe_code)]

use std::ptr;

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::{Owned, Python, StaticRef, objects};
use crate::results::output::{Output, bytes_of};

type Table = [StaticRef; 256];

static INTS: Table = [const { StaticRef::empty() }; 256];
static BYTES: Table = [const { StaticRef::empty() }; 256];

/// Called at import.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    for byte in u8::MIN..=u8::MAX {
        INTS[usize::from(byte)].set(objects::int(py, byte.into())?);
        BYTES[usize::from(byte)].set(bytes_of(py, &[byte])?);
    }
    Ok(())
}

/// A cached object.
pub(crate) struct CachedObject(&'static StaticRef);

/// Returns a byte as an int.
#[inline]
pub(crate) fn int(byte: u8) -> CachedObject {
    CachedObject(&INTS[usize::from(byte)])
}

/// Returns a byte as a `bytes`.
#[inline]
pub(crate) fn bytes(byte: u8) -> CachedObject {
    CachedObject(&BYTES[usize::from(byte)])
}

impl CachedObject {
    /// Returns a reference to the object.
    #[inline]
    pub(crate) fn bind(self, py: Python<'_>) -> Owned<'_> {
        self.0.get(py).to_owned()
    }
}

impl Output for CachedObject {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        // SAFETY: E3: an object that is never freed; E2: attached.
        unsafe { ffi::Py_NewRef(self.0.as_ptr()) }
    }
}
