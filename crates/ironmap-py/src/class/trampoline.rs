//! Trampolines: C functions that call Rust functions.
//!
//! Each macro defines an `extern "C"` function that takes raw arguments, calls a safe function,
//! and returns an object, or NULL with the error indicator set. A panic becomes an exception.
//!
//! # Safety
//!
//! * M1: the interpreter calls a slot or method of our class attached, with an instance of the
//!   class (checked for methods), and with as many arguments as it says, live for the call.
#![allow(unsafe_code)]

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Owned, Python, SavedException};
use crate::object::MapObject;
use crate::results::output::Output;

/// Runs a function on the object behind `slf`.
///
/// # Safety
///
/// M1.
#[inline(always)]
pub(crate) unsafe fn call_method<'a, O: Output>(
    slf: *mut ffi::PyObject,
    f: impl FnOnce(Python<'a>, &'a MapObject) -> PyResult<O>,
) -> O::Raw {
    // SAFETY: M1.
    let object = unsafe { MapObject::from_ptr(slf) };
    // SAFETY: M1.
    unsafe { call_function(|py| f(py, object)) }
}

/// Runs a function without an object.
///
/// # Safety
///
/// M1.
#[inline(always)]
pub(crate) unsafe fn call_function<'a, O: Output>(
    f: impl FnOnce(Python<'a>) -> PyResult<O>,
) -> O::Raw {
    // SAFETY: M1.
    let py = unsafe { Python::assume_attached() };
    match catch_unwind(AssertUnwindSafe(|| f(py))) {
        Ok(Ok(output)) => output.into_raw(py),
        Ok(Err(_raised)) => O::FAILED,
        Err(panic) => {
            let _raised = raise_panic(py, &*panic);
            O::FAILED
        }
    }
}

/// Drops the fields of an object by `drop_fields`, and frees it, for `tp_dealloc`. A panic goes
/// to `sys.unraisablehook`.
///
/// # Safety
///
/// M1; the object has no references, and the collector does not track it.
pub(crate) unsafe fn dealloc<'a>(slf: *mut ffi::PyObject, drop_fields: impl FnOnce(Python<'a>)) {
    // SAFETY: M1.
    let py = unsafe { Python::assume_attached() };
    // SAFETY: M1.
    let kind = unsafe { ffi::Py_TYPE(slf) };
    // SAFETY: M1: an instance of a heap type owns a reference to its class.
    let class = unsafe { Owned::from_ptr(py, kind.cast()) };
    let ended = catch_unwind(AssertUnwindSafe(|| drop_fields(py)));
    if let (Err(panic), Some(class)) = (ended, &class) {
        let _saved = SavedException::new(py);
        raise_panic(py, &*panic).write_unraisable(class.borrow());
    }
    // SAFETY: M1: every class has a `tp_free`.
    let free = unsafe { ffi::PyType_GetSlot(kind, ffi::Py_tp_free) };
    // SAFETY: T1: that slot is a `freefunc`.
    let free = unsafe { std::mem::transmute::<*mut c_void, ffi::freefunc>(free) };
    // SAFETY: M1: allocated by the same class.
    unsafe { free(slf.cast()) };
}

/// Raises `SystemError` for a panic, as the interpreter does for its own errors.
#[cold]
fn raise_panic(py: Python<'_>, panic: &(dyn Any + Send)) -> Raised {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("of a kind without words");
    Raised::system_error_with(Message::new(py, format_args!("a panic in ironmap: {text}")))
}

/// Defines a method without arguments, or a slot that takes only the object.
macro_rules! unary {
    ($name:ident($($unused:ty)?) -> $raw:ty, $function:path) => {
        unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject $(, _: $unused)?
        ) -> $raw {
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_method(slf, |py, object| $function(py, object)) }
        }
    };
}

/// Defines a method or slot with one argument.
macro_rules! binary {
    ($name:ident, $function:path) => {
        unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            argument: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            let function = |py, object| {
                // SAFETY: M1.
                let argument = unsafe { $crate::interpreter::Borrowed::from_ptr(py, argument) };
                $function(py, object, argument)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_method(slf, function) }
        }
    };
}

/// Defines a method with positional arguments.
macro_rules! positional {
    ($name:ident, $function:path) => {
        unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            args: *mut *mut ffi::PyObject,
            count: ffi::Py_ssize_t,
        ) -> *mut ffi::PyObject {
            let function = |py, object| {
                // SAFETY: M1.
                let args = unsafe { $crate::args::Arguments::new(py, args, count as usize) };
                $function(py, object, &args)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_method(slf, function) }
        }
    };
}

/// Defines a method with positional and keyword arguments.
macro_rules! keyword {
    ($name:ident, $function:path) => {
        unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            count: ffi::Py_ssize_t,
            names: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            let function = |py, object| {
                // SAFETY: M1.
                let args = unsafe { $crate::args::Arguments::new(py, args, count as usize) };
                // SAFETY: M1.
                let keywords = unsafe { $crate::args::Keywords::new(&args, names) };
                $function(py, object, &args, &keywords)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_method(slf, function) }
        }
    };
}

pub(crate) use {binary, keyword, positional, unary};
