//! Results of Rust functions as values of the C interface.
//!
//! # Safety
//!
//! Calls of the interpreter's C interface that make objects. The token proves E2 (attached).
//!
//! * C2: a new `bytes` is not shared until the function that makes it returns.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice::from_raw_parts_mut;

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{int, int_of_size, tuple};
use crate::interpreter::{Owned, Python, SharedRef, owned};

/// A result, as the C interface takes it.
pub(crate) trait Output {
    type Raw: Copy;
    const FAILED: Self::Raw;
    fn into_raw(self, py: Python<'_>) -> Self::Raw;
}

macro_rules! object_output {
    ($type:ty, |$value:ident| $make:expr) => {
        impl Output for $type {
            type Raw = *mut ffi::PyObject;
            const FAILED: Self::Raw = ptr::null_mut();
            #[inline]
            fn into_raw(self, _py: Python<'_>) -> Self::Raw {
                let $value = self;
                // SAFETY: E2: attached.
                unsafe { $make }
            }
        }
    };
}

object_output!(usize, |value| ffi::PyLong_FromSize_t(value));
object_output!(u64, |value| ffi::PyLong_FromUnsignedLongLong(value));
impl Output for bool {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, py: Python<'_>) -> Self::Raw {
        Owned::bool(py, self).into_ptr()
    }
}

/// A new reference.
impl Output for NonNull<ffi::PyObject> {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        self.as_ptr()
    }
}

impl Output for Owned<'_> {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        self.into_ptr()
    }
}

impl Output for () {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, py: Python<'_>) -> Self::Raw {
        Owned::none(py).into_ptr()
    }
}

/// An offset, or -1 for `None`.
impl Output for Option<usize> {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        let offset = self.map_or(-1, |offset| offset as isize);
        // SAFETY: E2: attached.
        unsafe { ffi::PyLong_FromSsize_t(offset) }
    }
}

/// A pair of numbers, or None.
impl Output for Option<(usize, usize)> {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    fn into_raw(self, py: Python<'_>) -> Self::Raw {
        let Some((first, second)) = self else {
            return ().into_raw(py);
        };
        let number = |number| int_of_size(py, number as u64);
        let pair = number(first).and_then(|first| tuple(py, [first, number(second)?]));
        pair.map_or(Self::FAILED, Owned::into_ptr)
    }
}

/// The next item of an iterator; NULL without an error at the end.
pub(crate) struct Next<T>(pub(crate) Option<T>);

impl<T: Output<Raw = *mut ffi::PyObject>> Output for Next<T> {
    type Raw = *mut ffi::PyObject;
    const FAILED: Self::Raw = ptr::null_mut();
    fn into_raw(self, py: Python<'_>) -> Self::Raw {
        self.0.map_or(Self::FAILED, |item| item.into_raw(py))
    }
}

/// The result of slots that return a length.
pub(crate) struct Length(pub(crate) usize);

impl Output for Length {
    type Raw = ffi::Py_ssize_t;
    const FAILED: Self::Raw = -1;
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        self.0 as isize
    }
}

/// The result of slots that return 0.
pub(crate) struct Done;

impl Output for Done {
    type Raw = c_int;
    const FAILED: Self::Raw = -1;
    #[inline]
    fn into_raw(self, _py: Python<'_>) -> Self::Raw {
        0
    }
}

/// Makes a `bytes` of `len` bytes, which `fill` fills. Returns `None` if `fill` returns false.
#[inline]
pub(crate) fn new_bytes<'py>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> PyResult<bool>,
) -> PyResult<Option<Owned<'py>>> {
    // SAFETY: E2: attached; NULL asks for uninitialised contents.
    let object = unsafe { ffi::PyBytes_FromStringAndSize(ptr::null(), len as isize) };
    let object = owned(py, object)?;
    // SAFETY: E2: a live bytes object.
    let start = unsafe { ffi::PyBytes_AsString(object.as_ptr()) };
    // SAFETY: C2: it holds `len` bytes and is not shared yet (the empty one is shared, but has
    // no bytes).
    let place = unsafe { from_raw_parts_mut(start.cast::<MaybeUninit<u8>>(), len) };
    let filled = fill(place)?;
    Ok(filled.then_some(object))
}

/// Makes a `bytes` with a copy of `bytes`.
#[inline]
pub(crate) fn bytes_of<'py>(py: Python<'py>, bytes: &[u8]) -> PyResult<Owned<'py>> {
    let (start, len) = (bytes.as_ptr().cast(), bytes.len() as isize);
    // SAFETY: E2: attached; the slice has `len` bytes from `start`.
    owned(py, unsafe { ffi::PyBytes_FromStringAndSize(start, len) })
}

type Table = [SharedRef; 256];

/// The ints from 0 to 255 and the `bytes` of one byte. The interpreter caches them too, but
/// behind a call that costs more than the rest of `m[i]`.
static INTS: Table = [const { SharedRef::empty() }; 256];
static BYTES: Table = [const { SharedRef::empty() }; 256];

/// Called at import.
pub(crate) fn init_cached(py: Python<'_>) -> PyResult<()> {
    for byte in u8::MIN..=u8::MAX {
        let at = usize::from(byte);
        let int = int(py, byte.into())?;
        if !INTS[at].share(int) || !BYTES[at].share(bytes_of(py, &[byte])?) {
            let text = c"this interpreter does not share its small ints and one-byte bytes \
                with the one that imported ironmap first";
            return Err(Raised::import_error(py, text));
        }
    }
    Ok(())
}

/// Returns a byte as an int.
#[inline]
pub(crate) fn cached_int(py: Python<'_>, byte: u8) -> Owned<'_> {
    INTS[usize::from(byte)].get(py).to_owned()
}

/// Returns a byte as a `bytes`.
#[inline]
pub(crate) fn cached_bytes(py: Python<'_>, byte: u8) -> Owned<'_> {
    BYTES[usize::from(byte)].get(py).to_owned()
}
