//! Converting Python arguments to Rust values, with the rules and error texts of the stdlib
//! module. A conversion can run user code, which can close or resize the map: convert first,
//! use the map after.
//!
//! # Safety
//!
//! Calls of the interpreter's C interface. The tokens and borrowed references that the
//! functions take prove E2 (attached, live objects).
#![allow(unsafe_code)]

use std::ffi::{c_int, c_long};
use std::{ptr, slice};

use pyo3_ffi as ffi;

use crate::args::{Argument, Arguments};
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::is_true;
use crate::interpreter::{Borrowed, Owned, Python, capi, owned};

/// Returns `value`, unless it is a -1 that means an error.
#[inline]
fn unless_error<T: PartialEq + From<i8>>(py: Python<'_>, value: T) -> PyResult<T> {
    if value != T::from(-1) {
        return Ok(value);
    }
    // SAFETY: E2: attached.
    if unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Ok(value);
    }
    Err(Raised::already_set(py))
}

#[inline]
fn is_exact_int(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    unsafe { ffi::PyLong_CheckExact(object.as_ptr()) != 0 }
}

/// Returns the object's `__index__`.
fn as_int<'py>(object: Argument<'_, 'py>) -> PyResult<Owned<'py>> {
    // SAFETY: E2: a live object.
    let int = unsafe { capi::PyNumber_Index(object.as_ptr()) };
    owned(object.py(), int)
}

/// Converts an argument of type `Py_ssize_t`.
#[inline(always)]
pub(crate) fn ssize(object: Argument<'_, '_>) -> PyResult<isize> {
    match is_exact_int(object) {
        true => int_as_ssize(object),
        false => index_as_ssize(object),
    }
}

#[inline(always)]
fn int_as_ssize(int: Argument<'_, '_>) -> PyResult<isize> {
    // SAFETY: E2: a live int.
    unless_error(int.py(), unsafe { capi::PyLong_AsSsize_t(int.as_ptr()) })
}

#[inline(never)]
fn index_as_ssize(object: Argument<'_, '_>) -> PyResult<isize> {
    int_as_ssize(as_int(object)?.borrow())
}

/// Converts an unsigned argument of 64 bits.
pub(crate) fn unsigned(object: Argument<'_, '_>) -> PyResult<u64> {
    let int = as_int(object)?;
    // SAFETY: E2: a live int.
    let value = unsafe { capi::PyLong_AsUnsignedLongLong(int.as_ptr()) };
    // SAFETY: E2: attached.
    if value == u64::MAX && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Raised::already_set(object.py()));
    }
    Ok(value)
}

/// Converts an argument of 64 bits, signed or unsigned. Returns `None` for one that has more.
pub(crate) fn int_of_64_bits(object: Argument<'_, '_>) -> PyResult<Option<i128>> {
    let (py, int) = (object.py(), as_int(object)?);
    let mut overflow = 0;
    // SAFETY: E2: a live int and a place for the flag.
    let value = unsafe { capi::PyLong_AsLongLongAndOverflow(int.as_ptr(), &raw mut overflow) };
    match overflow {
        0 => Ok(Some(value.into())),
        1 => match unsigned(int.borrow()) {
            Ok(value) => Ok(Some(value.into())),
            Err(raised) => {
                // The caller raises another error.
                raised.clear(py);
                Ok(None)
            }
        },
        _ => Ok(None),
    }
}

/// Converts True or False, and no other object.
pub(crate) fn boolean(object: Argument<'_, '_>, name: &str) -> PyResult<bool> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyBool_Check(object.as_ptr()) } != 0 {
        return is_true(object);
    }
    let text = Message::new(object.py(), format_args!("{name} must be a bool, not "));
    Err(Raised::type_error_with(text.and_class_or_none(object)))
}

/// Converts like [`ssize`]. Returns `None` for None and for an omitted argument.
pub(crate) fn optional_ssize(object: Option<Argument<'_, '_>>) -> PyResult<Option<isize>> {
    match object {
        Some(object) if !object.is_none() => ssize(object).map(Some),
        _ => Ok(None),
    }
}

/// Converts `(start=0, length=None)`; `first` is the index of `start`.
pub(crate) fn start_and_length(
    args: &Arguments<'_, '_>,
    first: usize,
) -> PyResult<(isize, Option<isize>)> {
    let start = match args.get(first) {
        Some(start) => ssize(start)?,
        None => 0,
    };
    Ok((start, optional_ssize(args.get(first + 1))?))
}

/// Converts an index. Too large a number is an `IndexError`.
#[inline]
pub(crate) fn index(object: Argument<'_, '_>) -> PyResult<isize> {
    if let Some(index) = small_int(object) {
        return Ok(index);
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_IndexError })
}

/// Converts the value of an item assignment: any object with `__index__`.
#[inline]
pub(crate) fn item_value(object: Argument<'_, '_>) -> PyResult<isize> {
    if let Some(value) = small_int(object) {
        return Ok(value);
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_TypeError })
}

/// Converts the object's `__index__`. Too large a number raises `class`, one of the
/// interpreter's, or is clipped if `class` is NULL.
fn number(object: Argument<'_, '_>, class: *mut ffi::PyObject) -> PyResult<isize> {
    // SAFETY: E2: a live object, and a class.
    let number = unsafe { capi::PyNumber_AsSsize_t(object.as_ptr(), class) };
    unless_error(object.py(), number)
}

/// Converts the object's `__index__`, clipped to an `isize`.
pub(crate) fn clipped(object: Argument<'_, '_>) -> PyResult<isize> {
    number(object, ptr::null_mut())
}

/// Returns the items of a tuple, or `None` for another object.
pub(crate) fn tuple_items<'a, 'py>(
    object: Argument<'a, 'py>,
) -> Option<impl Iterator<Item = Argument<'a, 'py>>> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyTuple_Check(object.as_ptr()) } == 0 {
        return None;
    }
    // SAFETY: E2: a live tuple.
    let len = unsafe { ffi::PyTuple_Size(object.as_ptr()) };
    Some((0..len).filter_map(move |place| {
        // SAFETY: E2: a live tuple with so many items.
        let item = unsafe { ffi::PyTuple_GetItem(object.as_ptr(), place) };
        // SAFETY: E2: it lives as long as the tuple, which never changes.
        unsafe { Borrowed::from_ptr_or_opt(object.py(), item) }
    }))
}

/// Returns the value of an exact int that fits, or `None` for another object.
#[inline]
pub(crate) fn small_int(object: Argument<'_, '_>) -> Option<isize> {
    if !is_exact_int(object) {
        return None;
    }
    // SAFETY: E2: a live int.
    let value = unsafe { capi::PyLong_AsSsize_t(object.as_ptr()) };
    match unless_error(object.py(), value) {
        Ok(value) => Some(value),
        Err(raised) => {
            // The caller raises another error.
            raised.clear(object.py());
            None
        }
    }
}

/// Adds the length to a negative index. An index out of range stays out of range: as an
/// unsigned number it is larger than any length.
#[inline]
pub(crate) fn wrapped(index: isize, len: usize) -> usize {
    let at = if index < 0 {
        index.wrapping_add(len as isize)
    } else {
        index
    };
    at as usize
}

#[inline]
pub(crate) fn is_index(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    is_exact_int(object) || unsafe { ffi::PyIndex_Check(object.as_ptr()) != 0 }
}

pub(crate) fn is_str(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    unsafe { ffi::PyUnicode_Check(object.as_ptr()) != 0 }
}

pub(crate) fn is_buffer(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    unsafe { ffi::PyObject_CheckBuffer(object.as_ptr()) != 0 }
}

#[inline]
pub(crate) fn is_slice(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    unsafe { ffi::PySlice_Check(object.as_ptr()) != 0 }
}

/// Converts `read`'s argument: an integer, or None for all.
pub(crate) fn read_count(object: Argument<'_, '_>) -> PyResult<Option<isize>> {
    let py = object.py();
    if let Some(count) = small_int(object) {
        return Ok(Some(count));
    }
    if object.is_none() {
        return Ok(None);
    }
    if !is_index(object) {
        let text = Message::new(py, "argument should be integer or None, not '");
        return Err(Raised::type_error_with(text.and_class_of(object).and("'")));
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_OverflowError }).map(Some)
}

/// Converts an argument of type C `int`.
pub(crate) fn c_int(object: Argument<'_, '_>) -> PyResult<c_int> {
    if is_exact_int(object) {
        return int_as_c_int(object);
    }
    int_as_c_int(as_int(object)?.borrow())
}

fn int_as_c_int(int: Argument<'_, '_>) -> PyResult<c_int> {
    let mut overflow = 0;
    // SAFETY: E2: a live int and a place for the flag.
    let value = unsafe { capi::PyLong_AsLongAndOverflow(int.as_ptr(), &raw mut overflow) };
    match c_int::try_from(value) {
        Ok(value) if overflow == 0 => Ok(value),
        _ => {
            let text = c"Python int too large to convert to C int";
            Err(Raised::overflow_error(int.py(), text))
        }
    }
}

/// Converts `write_byte`'s argument: 0 to 255.
#[inline]
pub(crate) fn byte(object: Argument<'_, '_>) -> PyResult<u8> {
    let py = object.py();
    // SAFETY: E2: a live object.
    let value: c_long = unless_error(py, unsafe { capi::PyLong_AsLong(object.as_ptr()) })?;
    match u8::try_from(value) {
        Ok(byte) => Ok(byte),
        Err(_) if value < 0 => Err(Raised::overflow_error(
            py,
            c"unsigned byte integer is less than minimum",
        )),
        Err(_) => Err(Raised::overflow_error(
            py,
            c"unsigned byte integer is greater than maximum",
        )),
    }
}

/// Returns the length of a `bytes`.
pub(crate) fn bytes_len(bytes: Argument<'_, '_>) -> usize {
    // SAFETY: E2: a live object; -1 for another type.
    unsafe { ffi::PyBytes_Size(bytes.as_ptr()) }.unsigned_abs()
}

/// Returns the bytes of a `bytes`, or `None` for another object.
pub(crate) fn bytes_in<'a>(object: Argument<'a, '_>) -> Option<&'a [u8]> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyBytes_Check(object.as_ptr()) } == 0 {
        return None;
    }
    // SAFETY: E2: a live bytes object.
    let start = unsafe { ffi::PyBytes_AsString(object.as_ptr()) };
    // SAFETY: E2: it has so many bytes, which never change, and lives for `'a`.
    Some(unsafe { slice::from_raw_parts(start.cast(), bytes_len(object)) })
}

/// Returns the byte of a `bytes` of length 1, or `None` for another object.
pub(crate) fn single_byte(object: Argument<'_, '_>) -> Option<u8> {
    match bytes_in(object)? {
        [byte] => Some(*byte),
        _ => None,
    }
}

/// Checks that length and offset are not negative.
pub(crate) fn length_and_offset(
    py: Python<'_>,
    length: isize,
    offset: i64,
) -> PyResult<(usize, u64)> {
    let Ok(length) = usize::try_from(length) else {
        let text = c"memory mapped length must be positive";
        return Err(Raised::overflow_error(py, text));
    };
    let Ok(offset) = u64::try_from(offset) else {
        let text = c"memory mapped offset must be positive";
        return Err(Raised::overflow_error(py, text));
    };
    Ok((length, offset))
}
