//! Python arguments to Rust values and back, in the stdlib module's rules and
//! words. Any of these conversions can run user code, which can close or
//! resize the map: convert first, look at the map after.
//!
//! # Safety
//!
//! Calls into the interpreter's C interface. E2 (attached, valid objects) is
//! proved by the tokens and borrowed references that the functions take.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_long};
use std::fmt;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice::from_raw_parts_mut;

use pyo3_ffi as ffi;

pub(crate) use super::keywords::Keywords;
pub(crate) use super::slice::Slice;
use crate::errors::message::Message;
use crate::errors::{Fallible, Raised};
use crate::interpreter::capi;
use crate::interpreter::objects::is_true;
use crate::interpreter::python::Python;
pub(crate) use crate::interpreter::raised::owned;
use crate::interpreter::reference::{Borrowed, Owned};

pub(crate) type Argument<'a, 'py> = Borrowed<'a, 'py>;

/// A positional argument list as the interpreter passes it.
pub(crate) struct Arguments<'a, 'py> {
    pub(super) first: *const *mut ffi::PyObject,
    pub(super) count: usize,
    pub(super) py: Python<'py>,
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

    /// Exactly so many, each of them.
    pub(crate) fn all<const N: usize>(&self, name: &str) -> Fallible<[Argument<'a, 'py>; N]> {
        self.expect(name, N, N)?;
        let all = std::array::from_fn(|place| self.get(place));
        match all.iter().all(Option::is_some) {
            true => Ok(all.map(|argument| argument.expect("as many as were counted"))),
            false => Err(self.wrong_count(name, N, N)),
        }
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
        Err(self.type_error(format_args!(
            "{name}() takes at most {most} positional arguments ({} given)",
            self.count
        )))
    }

    #[cold]
    fn wrong_count(&self, name: &str, least: usize, most: usize) -> Raised {
        let (bound, limit) = match (self.count < least, least == most) {
            (_, true) => ("", least),
            (true, false) => ("at least ", least),
            (false, false) => ("at most ", most),
        };
        let plural = if limit == 1 { "" } else { "s" };
        self.type_error(format_args!(
            "{name} expected {bound}{limit} argument{plural}, got {}",
            self.count
        ))
    }

    pub(super) fn type_error(&self, text: fmt::Arguments<'_>) -> Raised {
        Raised::type_error_with(Message::new(self.py, text))
    }
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
fn as_int<'py>(object: Argument<'_, 'py>) -> Fallible<Owned<'py>> {
    // SAFETY: E2: a live object.
    let int = unsafe { capi::PyNumber_Index(object.as_ptr()) };
    owned(object.py(), int)
}

/// An argument of type `Py_ssize_t`.
#[inline(always)]
pub(crate) fn ssize(object: Argument<'_, '_>) -> Fallible<isize> {
    match is_exact_int(object) {
        true => int_as_ssize(object),
        false => index_as_ssize(object),
    }
}

#[inline(always)]
fn int_as_ssize(int: Argument<'_, '_>) -> Fallible<isize> {
    // SAFETY: E2: a live int.
    unless_error(int.py(), unsafe { capi::PyLong_AsSsize_t(int.as_ptr()) })
}

#[inline(never)]
fn index_as_ssize(object: Argument<'_, '_>) -> Fallible<isize> {
    int_as_ssize(as_int(object)?.borrow())
}

/// An argument of 64 bits that is not negative.
pub(crate) fn unsigned(object: Argument<'_, '_>) -> Fallible<u64> {
    let int = as_int(object)?;
    // SAFETY: E2: a live int.
    let value = unsafe { capi::PyLong_AsUnsignedLongLong(int.as_ptr()) };
    // SAFETY: E2: attached.
    if value == u64::MAX && !unsafe { ffi::PyErr_Occurred() }.is_null() {
        return Err(Raised::by_interpreter(object.py()));
    }
    Ok(value)
}

/// True or False, and nothing else.
pub(crate) fn boolean(object: Argument<'_, '_>, name: &str) -> Fallible<bool> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyBool_Check(object.as_ptr()) } != 0 {
        return is_true(object);
    }
    let text = Message::new(object.py(), format_args!("{name} must be a bool, not "));
    Err(Raised::type_error_with(text.and_class_or_none(object)))
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
/// the interpreter's, or the largest there is if it is NULL.
fn number(object: Argument<'_, '_>, class: *mut ffi::PyObject) -> Fallible<isize> {
    // SAFETY: E2: a live object, and a class.
    let number = unsafe { capi::PyNumber_AsSsize_t(object.as_ptr(), class) };
    unless_error(object.py(), number)
}

/// The object's `__index__`; too large a number is the largest there is.
pub(crate) fn clipped(object: Argument<'_, '_>) -> Fallible<isize> {
    number(object, ptr::null_mut())
}

/// The items of a tuple; None for anything else.
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

/// The value of an exact int that fits; None for all that needs a longer look.
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
            // Not the error that the caller wants.
            raised.forget(object.py());
            None
        }
    }
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

/// `read`'s argument: an integer, or None for all.
pub(crate) fn read_count(object: Argument<'_, '_>) -> Fallible<Option<isize>> {
    let py = object.py();
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

/// An argument of type C `int`.
pub(crate) fn c_int(object: Argument<'_, '_>) -> Fallible<c_int> {
    if is_exact_int(object) {
        return int_as_c_int(object);
    }
    int_as_c_int(as_int(object)?.borrow())
}

fn int_as_c_int(int: Argument<'_, '_>) -> Fallible<c_int> {
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

/// `write_byte`'s argument: 0 to 255.
#[inline]
pub(crate) fn byte(object: Argument<'_, '_>) -> Fallible<u8> {
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

/// A new `bytes` of `len` bytes, filled by `fill` before anyone sees it; None
/// if `fill` says that it could not.
#[inline]
pub(crate) fn new_bytes<'py>(
    py: Python<'py>,
    len: usize,
    fill: impl FnOnce(&mut [MaybeUninit<u8>]) -> Fallible<bool>,
) -> Fallible<Option<Owned<'py>>> {
    // SAFETY: E2: attached; NULL asks for uninitialised contents.
    let object = unsafe { ffi::PyBytes_FromStringAndSize(ptr::null(), len as isize) };
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
pub(crate) fn bytes_of<'py>(py: Python<'py>, bytes: &[u8]) -> Fallible<Owned<'py>> {
    let (start, len) = (bytes.as_ptr().cast(), bytes.len() as isize);
    // SAFETY: E2: attached; the slice has `len` bytes from `start`.
    owned(py, unsafe { ffi::PyBytes_FromStringAndSize(start, len) })
}

/// How long a `bytes` is.
pub(crate) fn bytes_len(bytes: Argument<'_, '_>) -> usize {
    // SAFETY: E2: a live object; -1 for what is no bytes.
    unsafe { ffi::PyBytes_Size(bytes.as_ptr()) }.unsigned_abs()
}

/// The byte of a `bytes` of length 1; None for anything else.
pub(crate) fn single_byte(object: Argument<'_, '_>) -> Option<u8> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyBytes_Check(object.as_ptr()) } == 0 {
        return None;
    }
    // SAFETY: E2: a live bytes object.
    if unsafe { ffi::PyBytes_Size(object.as_ptr()) } != 1 {
        return None;
    }
    // SAFETY: as above.
    let start = unsafe { ffi::PyBytes_AsString(object.as_ptr()) };
    // SAFETY: it has one byte, which nobody changes.
    Some(unsafe { *start.cast::<u8>() })
}
