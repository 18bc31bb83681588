//! Python arguments to Rust values and back, in the stdlib module's rules and
//! words. Any of these conversions can run user code, which can close or
//! resize the map: convert first, look at the map after.
//!
//! # Safety
//!
//! Calls into the interpreter's C interface. E2 (attached, valid objects) is
//! proved by the tokens and borrowed references that the functions take.
#![allow(unsafe_code)]

mod keywords;
mod slice;

use std::ffi::{c_int, c_long};
use std::mem::MaybeUninit;
use std::slice::from_raw_parts_mut;

use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyString, PyTuple};

use crate::error::{Fallible, OrRaise, Raised};
pub(crate) use slice::Slice;

pub(crate) type Argument<'a, 'py> = Borrowed<'a, 'py, PyAny>;

/// A positional argument list as the interpreter passes it.
pub(crate) struct Arguments<'a, 'py> {
    first: *const *mut ffi::PyObject,
    count: usize,
    py: Python<'py>,
    lifetime: std::marker::PhantomData<&'a ()>,
}

impl<'a, 'py> Arguments<'a, 'py> {
    /// # Safety
    ///
    /// `first` points to `count` objects that live for `'a`.
    #[inline]
    pub(crate) unsafe fn new(
        py: Python<'py>,
        first: *const *mut ffi::PyObject,
        count: usize,
    ) -> Self {
        Arguments {
            first,
            count,
            py,
            lifetime: std::marker::PhantomData,
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Argument<'a, 'py>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: C1: index < count, by the promise given to `new`.
        let place = unsafe { self.first.add(index) };
        // SAFETY: C1.
        let object = unsafe { *place };
        // SAFETY: C1: the objects live for 'a.
        Some(unsafe { Borrowed::from_ptr(self.py, object) })
    }

    /// The count's `TypeError`, worded as Argument Clinic does.
    #[inline]
    pub(crate) fn expect(&self, name: &str, least: usize, most: usize) -> Fallible<()> {
        if (least..=most).contains(&self.count) {
            return Ok(());
        }
        Err(self.wrong_count(name, least, most))
    }

    /// The same for a function that takes keywords too.
    pub(crate) fn expect_positional(&self, name: &str, most: usize) -> Fallible<()> {
        if self.count <= most {
            return Ok(());
        }
        let text = format!(
            "{name}() takes at most {most} positional arguments ({} given)",
            self.count
        );
        Err(Raised::new(self.py, PyTypeError::new_err(text)))
    }

    #[cold]
    fn wrong_count(&self, name: &str, least: usize, most: usize) -> Raised {
        let (bound, limit) = match (self.count < least, least == most) {
            (_, true) => ("", least),
            (true, false) => ("at least ", least),
            (false, false) => ("at most ", most),
        };
        let plural = if limit == 1 { "" } else { "s" };
        let text = format!(
            "{name} expected {bound}{limit} argument{plural}, got {}",
            self.count
        );
        Raised::new(self.py, PyTypeError::new_err(text))
    }
}

/// The keyword arguments of a call, behind its positional ones.
pub(crate) struct Keywords<'a, 'py> {
    names: Option<Borrowed<'a, 'py, PyTuple>>,
    values: Arguments<'a, 'py>,
}

impl<'a, 'py> Keywords<'a, 'py> {
    /// # Safety
    ///
    /// `names` is NULL or a tuple of strings that lives for `'a`, with as many
    /// values behind the positional arguments.
    pub(crate) unsafe fn new(
        positional: &Arguments<'a, 'py>,
        names: *mut ffi::PyObject,
    ) -> Keywords<'a, 'py> {
        let py = positional.py;
        // SAFETY: the caller's promise.
        let names = unsafe { Borrowed::from_ptr_or_opt(py, names) };
        // SAFETY: the interpreter passes a tuple, or NULL.
        let names = names.map(|names| unsafe { names.cast_unchecked::<PyTuple>() });
        let count = names.map_or(0, |names| names.len());
        // SAFETY: C1: the values follow the positional arguments.
        let first = unsafe { positional.first.add(positional.count) };
        // SAFETY: C1: one value for each name.
        let values = unsafe { Arguments::new(py, first, count) };
        Keywords { names, values }
    }

    /// The value of the one keyword that `function` knows.
    pub(crate) fn only(
        &self,
        function: &str,
        keyword: &str,
    ) -> Fallible<Option<Argument<'a, 'py>>> {
        let Some(names) = self.names else {
            return Ok(None);
        };
        let py = self.values.py;
        for name in names.iter() {
            if !name.eq(keyword).or_raise(py)? {
                return Err(unexpected(py, function, &name));
            }
        }
        Ok(self.values.get(0))
    }
}

#[cold]
fn unexpected(py: Python<'_>, function: &str, name: &Bound<'_, PyAny>) -> Raised {
    // A name can be one that has no UTF-8, so Python puts it in.
    let text = format!("{function}() got an unexpected keyword argument '{{}}'");
    let text = PyString::new(py, &text);
    match text.call_method1("format", (name,)) {
        Ok(text) => Raised::new(py, PyTypeError::new_err(text.unbind())),
        Err(error) => Raised::from_py(py, error),
    }
}

/// An object from a call that returns NULL on failure.
#[inline]
pub(crate) fn owned<'py>(
    py: Python<'py>,
    object: *mut ffi::PyObject,
) -> Fallible<Bound<'py, PyAny>> {
    if object.is_null() {
        return Err(Raised::by_interpreter(py));
    }
    // SAFETY: E2: a new reference, not NULL.
    Ok(unsafe { Bound::from_owned_ptr(py, object) })
}

/// `value`, unless it is the -1 that stands for an error.
#[inline]
fn unless_error<T: PartialEq + From<i8>>(py: Python<'_>, value: T) -> Fallible<T> {
    if value != T::from(-1) {
        return Ok(value);
    }
    // SAFETY: E2: attached.
    if unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Ok(value);
    }
    Err(Raised::by_interpreter(py))
}

#[inline]
fn is_exact_int(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    unsafe { ffi::PyLong_CheckExact(object.as_ptr()) != 0 }
}

/// The object's `__index__`.
fn as_int<'py>(object: Argument<'_, 'py>) -> Fallible<Bound<'py, PyAny>> {
    // SAFETY: E2: a live object.
    let int = unsafe { ffi::PyNumber_Index(object.as_ptr()) };
    owned(object.py(), int)
}

/// An argument of type `Py_ssize_t`.
#[inline]
pub(crate) fn ssize(object: Argument<'_, '_>) -> Fallible<isize> {
    let py = object.py();
    if is_exact_int(object) {
        // SAFETY: E2: a live int.
        return unless_error(py, unsafe { ffi::PyLong_AsSsize_t(object.as_ptr()) });
    }
    let int = as_int(object)?;
    // SAFETY: E2: a live int.
    unless_error(py, unsafe { ffi::PyLong_AsSsize_t(int.as_ptr()) })
}

/// As [`ssize`], with None for an argument left out.
pub(crate) fn optional_ssize(object: Option<Argument<'_, '_>>) -> Fallible<Option<isize>> {
    match object {
        Some(object) if !object.is_none() => ssize(object).map(Some),
        _ => Ok(None),
    }
}

/// `(start=0, length=None)`, from the argument of that number on.
pub(crate) fn start_and_length(
    args: &Arguments<'_, '_>,
    first: usize,
) -> Fallible<(isize, Option<isize>)> {
    let start = match args.get(first) {
        Some(start) => ssize(start)?,
        None => 0,
    };
    Ok((start, optional_ssize(args.get(first + 1))?))
}

/// An index: too large a number is an `IndexError`.
#[inline]
pub(crate) fn index(object: Argument<'_, '_>) -> Fallible<isize> {
    if let Some(index) = small_int(object) {
        return Ok(index);
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_IndexError })
}

/// The value of an item assignment: anything with `__index__`.
#[inline]
pub(crate) fn item_value(object: Argument<'_, '_>) -> Fallible<isize> {
    if let Some(value) = small_int(object) {
        return Ok(value);
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_TypeError })
}

/// The object's `__index__`; too large a number is an error of `class`, which is one of
/// the interpreter's.
fn number(object: Argument<'_, '_>, class: *mut ffi::PyObject) -> Fallible<isize> {
    // SAFETY: E2: a live object, and a class.
    let number = unsafe { ffi::PyNumber_AsSsize_t(object.as_ptr(), class) };
    unless_error(object.py(), number)
}

/// The value of an exact int that fits; None for all that needs a longer look.
#[inline]
pub(crate) fn small_int(object: Argument<'_, '_>) -> Option<isize> {
    if !is_exact_int(object) {
        return None;
    }
    // SAFETY: E2: a live int.
    let value = unsafe { ffi::PyLong_AsSsize_t(object.as_ptr()) };
    // SAFETY: E2: attached.
    if value == -1 && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        // Not the error that the caller wants.
        // SAFETY: E2: attached.
        unsafe { ffi::PyErr_Clear() };
        return None;
    }
    Some(value)
}

#[inline]
pub(crate) fn is_index(object: Argument<'_, '_>) -> bool {
    // SAFETY: E2: a live object.
    is_exact_int(object) || unsafe { ffi::PyIndex_Check(object.as_ptr()) != 0 }
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

/// The name of an object's class as the interpreter's own errors show it: with
/// its module, if it is written in C and no builtin.
pub(crate) fn class_name(object: Argument<'_, '_>) -> PyResult<String> {
    let class = object.get_type();
    // SAFETY: E2: a live class.
    let flags = unsafe { ffi::PyType_GetFlags(class.as_type_ptr()) };
    let (module, name) = (class.module()?, class.name()?);
    if flags & ffi::Py_TPFLAGS_IMMUTABLETYPE == 0 || module == "builtins" {
        return Ok(name.to_string());
    }
    Ok(format!("{module}.{name}"))
}

/// `read`'s argument: an integer, or None for all.
pub(crate) fn read_count(object: Argument<'_, '_>) -> Fallible<Option<isize>> {
    let py = object.py();
    if object.is_none() {
        return Ok(None);
    }
    if !is_index(object) {
        let class = class_name(object).or_raise(py)?;
        let text = format!("argument should be integer or None, not '{class}'");
        return Err(Raised::new(py, PyTypeError::new_err(text)));
    }
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    number(object, unsafe { ffi::PyExc_OverflowError }).map(Some)
}

/// An argument of type C `int`.
pub(crate) fn c_int(object: Argument<'_, '_>) -> Fallible<c_int> {
    let py = object.py();
    let int = as_int(object)?;
    let mut overflow = 0;
    // SAFETY: E2: a live int and a place for the flag.
    let value = unsafe { ffi::PyLong_AsLongAndOverflow(int.as_ptr(), &raw mut overflow) };
    match c_int::try_from(value) {
        Ok(value) if overflow == 0 => Ok(value),
        _ => Err(Raised::new(
            py,
            PyOverflowError::new_err("Python int too large to convert to C int"),
        )),
    }
}

/// `write_byte`'s argument: 0 to 255.
#[inline]
pub(crate) fn byte(object: Argument<'_, '_>) -> Fallible<u8> {
    let py = object.py();
    // SAFETY: E2: a live object.
    let value: c_long = unless_error(py, unsafe { ffi::PyLong_AsLong(object.as_ptr()) })?;
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

/// A new `bytes` of `len` bytes, filled by `fill` before anyone sees it; None
/// if `fill` says that it could not.
#[inline]
pub(crate) fn new_bytes<'py>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> Fallible<bool>,
) -> Fallible<Option<Bound<'py, PyAny>>> {
    // SAFETY: E2: attached; NULL asks for uninitialised contents.
    let object = unsafe { ffi::PyBytes_FromStringAndSize(std::ptr::null(), len as isize) };
    let object = owned(py, object)?;
    // SAFETY: E2: a live bytes object.
    let start = unsafe { ffi::PyBytes_AsString(object.as_ptr()) };
    // SAFETY: C2: it holds `len` bytes, and nobody else has it yet (the empty
    // one is shared, but there is nothing in it).
    let place = unsafe { from_raw_parts_mut(start.cast::<MaybeUninit<u8>>(), len) };
    let filled = fill(place)?;
    Ok(filled.then_some(object))
}

/// A `bytes` with a copy of these.
#[inline]
pub(crate) fn bytes_of<'py>(py: Python<'py>, bytes: &[u8]) -> Fallible<Bound<'py, PyAny>> {
    let (start, len) = (bytes.as_ptr().cast(), bytes.len() as isize);
    // SAFETY: E2: attached; the slice has `len` bytes from `start`.
    owned(py, unsafe { ffi::PyBytes_FromStringAndSize(start, len) })
}

/// The byte of a `bytes` of length 1; None for anything else.
pub(crate) fn single_byte(object: Argument<'_, '_>) -> Option<u8> {
    match object.cast::<PyBytes>().ok()?.as_bytes() {
        &[byte] => Some(byte),
        _ => None,
    }
}
