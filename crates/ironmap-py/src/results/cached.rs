//! The ints from 0 to 255 and the `bytes` of one byte, ready to be given out.
//!
//! The interpreter keeps them, too, but behind a call that costs more than the
//! rest of `m[i]`.
//!
//! # Safety
//!
//! * E3: the tables are filled at import, before any map is made, and their objects live
//!   for good.
#![allow(unsafe_code)]

use std::ptr;

use pyo3_ffi as ffi;

use crate::errors::Fallible;
use crate::interpreter::{KeptForGood, Owned, Python, objects};
use crate::results::output::{Output, bytes_of};

type Table = [KeptForGood; 256];

static INTS: Table = [const { KeptForGood::none() }; 256];
static BYTES: Table = [const { KeptForGood::none() }; 256];

/// At import.
pub(crate) fn keep(py: Python<'_>) -> Fallible<()> {
    for byte in u8::MIN..=u8::MAX {
        INTS[usize::from(byte)].keep(objects::int(py, byte.into())?);
        BYTES[usize::from(byte)].keep(bytes_of(py, &[byte])?);
    }
    Ok(())
}

/// One of them.
pub(crate) struct Ready(&'static KeptForGood);

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
    pub(crate) fn bind(self, py: Python<'_>) -> Owned<'_> {
        self.0.get(py).to_owned()
    }
}

impl Output for Ready {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        // SAFETY: E3: an object that lives for good; E2: attached.
        unsafe { ffi::Py_NewRef(self.0.as_ptr()) }
    }
}
