//! Python objects: creating, calling, attributes.
//!
//! # Safety
//!
//! E2: attached, by the token; the objects are live.
#![allow(unsafe_code)]

use std::ffi::{CStr, OsString};
use std::ptr;

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::{Borrowed, Owned, Python, capi, done, owned};

pub(crate) fn int(py: Python<'_>, number: i64) -> PyResult<Owned<'_>> {
    // SAFETY: E2.
    owned(py, unsafe { ffi::PyLong_FromLongLong(number) })
}

pub(crate) fn int_of_size(py: Python<'_>, number: u64) -> PyResult<Owned<'_>> {
    // SAFETY: E2.
    owned(py, unsafe { ffi::PyLong_FromUnsignedLongLong(number) })
}

pub(crate) fn float(py: Python<'_>, number: f64) -> PyResult<Owned<'_>> {
    // SAFETY: E2.
    owned(py, unsafe { ffi::PyFloat_FromDouble(number) })
}

pub(crate) fn str_of<'py>(py: Python<'py>, text: &str) -> PyResult<Owned<'py>> {
    let (start, len) = (text.as_ptr().cast(), text.len() as isize);
    // SAFETY: E2; `len` bytes from `start`.
    owned(py, unsafe { ffi::PyUnicode_FromStringAndSize(start, len) })
}

/// Returns a path as a `str`, or None.
pub(crate) fn path_object(py: Python<'_>, path: Option<OsString>) -> PyResult<Owned<'_>> {
    let Some(path) = path else {
        return Ok(Owned::none(py));
    };
    let bytes = path.as_encoded_bytes();
    let (start, len) = (bytes.as_ptr().cast(), bytes.len() as isize);
    // SAFETY: E2; `len` bytes.
    owned(py, unsafe {
        capi::PyUnicode_DecodeFSDefaultAndSize(start, len)
    })
}

/// Returns an interned `str`.
pub(crate) fn interned<'py>(py: Python<'py>, text: &CStr) -> PyResult<Owned<'py>> {
    // SAFETY: E2; a text.
    owned(py, unsafe {
        ffi::PyUnicode_InternFromString(text.as_ptr())
    })
}

pub(crate) fn tuple<'py, const N: usize>(
    py: Python<'py>,
    items: [Owned<'py>; N],
) -> PyResult<Owned<'py>> {
    // SAFETY: E2.
    let tuple = owned(py, unsafe { capi::PyTuple_New(N as isize) })?;
    for (place, item) in items.into_iter().enumerate() {
        let (tuple, place) = (tuple.as_ptr(), place as isize);
        // SAFETY: E2: a new tuple with this place, which takes the reference.
        done(py, unsafe {
            ffi::PyTuple_SetItem(tuple, place, item.into_ptr())
        })?;
    }
    Ok(tuple)
}

pub(crate) fn empty_list(py: Python<'_>) -> PyResult<Owned<'_>> {
    // SAFETY: E2.
    owned(py, unsafe { capi::PyList_New(0) })
}

pub(crate) fn append(list: Borrowed<'_, '_>, item: Borrowed<'_, '_>) -> PyResult<()> {
    // SAFETY: E2; another type than list is an error.
    let appended = unsafe { capi::PyList_Append(list.as_ptr(), item.as_ptr()) };
    done(list.py(), appended)
}

/// Calls `callable(*arguments)`.
pub(crate) fn call<'py>(
    callable: Borrowed<'_, 'py>,
    arguments: Borrowed<'_, '_>,
) -> PyResult<Owned<'py>> {
    let (function, arguments) = (callable.as_ptr(), arguments.as_ptr());
    // SAFETY: E2; another type than tuple is an error.
    let returned = unsafe { capi::PyObject_Call(function, arguments, ptr::null_mut()) };
    owned(callable.py(), returned)
}

pub(crate) fn attribute<'py>(object: Borrowed<'_, 'py>, name: &CStr) -> PyResult<Owned<'py>> {
    // Interned: the interpreter's attribute cache would never free another name.
    let name = interned(object.py(), name)?;
    // SAFETY: E2.
    let value = unsafe { capi::PyObject_GetAttr(object.as_ptr(), name.as_ptr()) };
    owned(object.py(), value)
}

pub(crate) fn set_attribute(
    object: Borrowed<'_, '_>,
    name: &CStr,
    value: Borrowed<'_, '_>,
) -> PyResult<()> {
    let name = interned(object.py(), name)?;
    let (at, name, value) = (object.as_ptr(), name.as_ptr(), value.as_ptr());
    // SAFETY: E2.
    let set = unsafe { capi::PyObject_SetAttr(at, name, value) };
    done(object.py(), set)
}

/// Does `from module import name`.
pub(crate) fn imported<'py>(py: Python<'py>, module: &CStr, name: &CStr) -> PyResult<Owned<'py>> {
    // SAFETY: E2; a text.
    let module = owned(py, unsafe { capi::PyImport_ImportModule(module.as_ptr()) })?;
    attribute(module.borrow(), name)
}

pub(crate) fn is_true(object: Borrowed<'_, '_>) -> PyResult<bool> {
    // SAFETY: E2.
    match unsafe { capi::PyObject_IsTrue(object.as_ptr()) } {
        -1 => Err(Raised::already_set(object.py())),
        truth => Ok(truth != 0),
    }
}

/// An iterator over an iterable, which can run user code.
pub(crate) struct Items<'py>(Owned<'py>);

impl<'py> Items<'py> {
    pub(crate) fn of(iterable: Borrowed<'_, 'py>) -> PyResult<Items<'py>> {
        // SAFETY: E2.
        let iterator = unsafe { capi::PyObject_GetIter(iterable.as_ptr()) };
        owned(iterable.py(), iterator).map(Items)
    }

    pub(crate) fn next(&self) -> PyResult<Option<Owned<'py>>> {
        let py = self.0.borrow().py();
        // SAFETY: E2: an iterator.
        let item = unsafe { capi::PyIter_Next(self.0.as_ptr()) };
        // SAFETY: E2.
        if item.is_null() && unsafe { ffi::PyErr_Occurred() }.is_null() {
            return Ok(None);
        }
        owned(py, item).map(Some)
    }
}
