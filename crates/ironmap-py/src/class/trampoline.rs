//! Trampolines: the C functions of the class, which call Rust functions.
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
use std::ffi::{c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3_ffi as ffi;

use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Borrowed, Owned, Python, SavedException, capi};
use crate::methods::{
    atomics, buffer, constructor, file, find, iterators, lifecycle, lines, memory, offsets,
    readline, refresh, sequence,
};
use crate::object::MapObject;
use crate::platform;
use crate::results::output::Output;

type Object = *mut ffi::PyObject;

/// Runs the function of a trampoline.
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
pub(crate) unsafe fn dealloc_object<'a>(
    slf: *mut ffi::PyObject,
    drop_fields: impl FnOnce(Python<'a>),
) {
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

/// Calls a function: in the object's critical section if the last argument says so, as it does for
/// each call that moves the position. Two threads that read at once read different bytes.
macro_rules! section {
    ($py:ident, $object:ident, $call:expr) => {
        $call
    };
    ($py:ident, $object:ident, $call:expr, in_critical_section) => {
        $crate::interpreter::in_critical_section($object.as_any($py), || $call)
    };
}

/// Defines a method without arguments, or a slot that takes only the object.
macro_rules! unary {
    ($name:ident($($unused:ty)?) -> $raw:ty, $function:path $(, $section:ident)?) => {
        pub(super) unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject $(, _: $unused)?
        ) -> $raw {
            let function = |py| {
                // SAFETY: M1.
                let object = unsafe { $crate::object::MapObject::from_ptr(slf) };
                $crate::class::trampoline::section!(py, object, $function(py, object) $(, $section)?)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_function(function) }
        }
    };
}

/// Defines a method or slot with one argument.
macro_rules! binary {
    ($name:ident, $function:path $(, $section:ident)?) => {
        pub(super) unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            argument: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            let function = |py| {
                // SAFETY: M1.
                let object = unsafe { $crate::object::MapObject::from_ptr(slf) };
                // SAFETY: M1.
                let argument = unsafe { $crate::interpreter::Borrowed::from_ptr(py, argument) };
                $crate::class::trampoline::section!(py, object, $function(py, object, argument) $(, $section)?)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_function(function) }
        }
    };
}

/// Defines a method with positional arguments.
macro_rules! positional {
    ($name:ident, $function:path $(, $section:ident)?) => {
        pub(super) unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            args: *mut *mut ffi::PyObject,
            count: ffi::Py_ssize_t,
        ) -> *mut ffi::PyObject {
            let function = |py| {
                // SAFETY: M1.
                let object = unsafe { $crate::object::MapObject::from_ptr(slf) };
                // SAFETY: M1.
                let args = unsafe { $crate::args::Arguments::new(py, args, count as usize) };
                $crate::class::trampoline::section!(py, object, $function(py, object, &args) $(, $section)?)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_function(function) }
        }
    };
}

/// Defines a method with positional and keyword arguments.
macro_rules! keyword {
    ($name:ident, $function:path) => {
        pub(super) unsafe extern "C" fn $name(
            slf: *mut ffi::PyObject,
            args: *const *mut ffi::PyObject,
            count: ffi::Py_ssize_t,
            names: *mut ffi::PyObject,
        ) -> *mut ffi::PyObject {
            let function = |py| {
                // SAFETY: M1.
                let object = unsafe { $crate::object::MapObject::from_ptr(slf) };
                // SAFETY: M1.
                let args = unsafe { $crate::args::Arguments::new(py, args, count as usize) };
                // SAFETY: M1.
                let keywords = unsafe { $crate::args::Keywords::new(&args, names) };
                $function(py, object, &args, &keywords)
            };
            // SAFETY: M1.
            unsafe { $crate::class::trampoline::call_function(function) }
        }
    };
}

pub(crate) use section;
#[cfg(windows)]
pub(crate) use unary;
#[cfg(unix)]
pub(crate) use {binary, positional};

unary!(close(Object) -> Object, lifecycle::close);
unary!(refresh(Object) -> Object, refresh::refresh);
unary!(release(Object) -> Object, lifecycle::release);
unary!(enter(Object) -> Object, lifecycle::enter);
unary!(closed(*mut c_void) -> Object, lifecycle::closed);
unary!(faults(*mut c_void) -> Object, lifecycle::faults);
unary!(restore(Object) -> Object, lifecycle::restore);
unary!(repr() -> Object, lifecycle::repr);
unary!(tell(Object) -> Object, file::tell);
unary!(seekable(Object) -> Object, file::seekable);
unary!(read_byte(Object) -> Object, file::read_byte, in_critical_section);
unary!(readline(Object) -> Object, readline::readline, in_critical_section);
unary!(readable(Object) -> Object, file::readable);
unary!(writable(Object) -> Object, file::writable);
unary!(isatty(Object) -> Object, file::isatty);
unary!(fileno(Object) -> Object, platform::descriptor::fileno);
unary!(size(Object) -> Object, memory::size);
unary!(bytes(Object) -> Object, sequence::bytes);
unary!(length() -> ffi::Py_ssize_t, sequence::length);

binary!(write, file::write, in_critical_section);
binary!(write_byte, file::write_byte, in_critical_section);
binary!(readinto, file::readinto, in_critical_section);
binary!(writelines, file::writelines, in_critical_section);
binary!(protect, memory::protect);
binary!(subscript, sequence::subscript);
binary!(load_u16, atomics::load::<u16>);
binary!(load_u32, atomics::load::<u32>);
binary!(load_u64, atomics::load::<u64>);

positional!(exit, lifecycle::exit);
positional!(seek, file::seek, in_critical_section);
positional!(read, file::read, in_critical_section);
positional!(find_, find::find::<find::Forwards>);
positional!(rfind, find::find::<find::Backwards>);
positional!(move_, memory::move_);
positional!(unlock, memory::unlock);
positional!(readlines, file::readlines, in_critical_section);
positional!(truncate, file::truncate);
positional!(index, find::index::<find::Forwards>);
positional!(rindex, find::index::<find::Backwards>);
positional!(startswith, find::startswith);
positional!(endswith, find::endswith);
positional!(store_u16, atomics::store::<u16>);
positional!(store_u32, atomics::store::<u32>);
positional!(store_u64, atomics::store::<u64>);
positional!(fetch_add_u32, atomics::fetch_add::<u32>);
positional!(fetch_add_u64, atomics::fetch_add::<u64>);
positional!(compare_exchange_u32, atomics::compare_exchange::<u32>);
positional!(compare_exchange_u64, atomics::compare_exchange::<u64>);

keyword!(flush, memory::flush);
keyword!(count, find::count);
keyword!(find_any, find::find_any);
keyword!(lock, memory::lock);
keyword!(populate, memory::populate);
keyword!(find_all, iterators::find_all);
keyword!(line_offsets, offsets::line_offsets);
keyword!(lines, lines::lines);
keyword!(resident, memory::resident);
keyword!(resize, memory::resize);

pub(super) unsafe extern "C" fn item(slf: Object, index: ffi::Py_ssize_t) -> Object {
    let function = |py| {
        // SAFETY: M1.
        let object = unsafe { MapObject::from_ptr(slf) };
        sequence::item(py, object, index)
    };
    // SAFETY: M1.
    unsafe { call_function(function) }
}

pub(super) unsafe extern "C" fn assign_item(
    slf: Object,
    index: ffi::Py_ssize_t,
    value: Object,
) -> c_int {
    let function = |py| {
        // SAFETY: M1.
        let object = unsafe { MapObject::from_ptr(slf) };
        // SAFETY: M1: NULL, for a deletion, or a live object.
        let value = unsafe { Borrowed::from_ptr_or_opt(py, value) };
        sequence::assign_item(py, object, index, value)
    };
    // SAFETY: M1.
    unsafe { call_function(function) }
}

pub(super) unsafe extern "C" fn assign_subscript(slf: Object, key: Object, value: Object) -> c_int {
    let function = |py| {
        // SAFETY: M1.
        let object = unsafe { MapObject::from_ptr(slf) };
        // SAFETY: M1.
        let key = unsafe { Borrowed::from_ptr(py, key) };
        // SAFETY: M1: NULL, for a deletion, or a live object.
        let value = unsafe { Borrowed::from_ptr_or_opt(py, value) };
        sequence::assign_subscript(py, object, key, value)
    };
    // SAFETY: M1.
    unsafe { call_function(function) }
}

pub(super) unsafe extern "C" fn get_buffer(
    slf: Object,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    let function = |py| {
        // SAFETY: M1.
        let object = unsafe { MapObject::from_ptr(slf) };
        // SAFETY: M1: the interpreter passes a place for a buffer.
        unsafe { buffer::get_buffer(py, object, view, flags) }
    };
    // SAFETY: M1.
    unsafe { call_function(function) }
}

pub(super) unsafe extern "C" fn release_buffer(slf: Object, _view: *mut ffi::Py_buffer) {
    // SAFETY: M1.
    let object = unsafe { MapObject::from_ptr(slf) };
    // SAFETY: M1.
    object.drop_export(unsafe { Python::assume_attached() });
}

pub(super) unsafe extern "C" fn tp_new(
    class: *mut ffi::PyTypeObject,
    args: Object,
    kwargs: Object,
) -> Object {
    // SAFETY: M1, N1.
    let function = |py| unsafe { constructor::new(py, class, args, kwargs) };
    // SAFETY: M1.
    unsafe { call_function(function) }
}

/// Visits the class too: an instance of a heap type owns a reference to it.
pub(super) unsafe extern "C" fn traverse(
    slf: Object,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: M1.
    let class = unsafe { ffi::Py_TYPE(slf) };
    // SAFETY: M1.
    let [first, second] = unsafe { MapObject::from_ptr(slf) }.referents();
    for referent in [class.cast(), first, second] {
        if referent.is_null() {
            continue;
        }
        // SAFETY: M1: the collector's own function and argument.
        let stop = unsafe { visit(referent, arg) };
        if stop != 0 {
            return stop;
        }
    }
    0
}

pub(super) unsafe extern "C" fn clear(slf: Object) -> c_int {
    // SAFETY: M1.
    let object = unsafe { MapObject::from_ptr(slf) };
    // SAFETY: M1.
    object.clear_referents(unsafe { Python::assume_attached() });
    0
}

pub(super) unsafe extern "C" fn dealloc(slf: Object) {
    // SAFETY: M1: instances of a class with Py_TPFLAGS_HAVE_GC are tracked.
    unsafe { ffi::PyObject_GC_UnTrack(slf.cast()) };
    // SAFETY: M1: the class has its weak references in `weakrefs`.
    unsafe { capi::PyObject_ClearWeakRefs(slf) };
    // SAFETY: M1: the object has no references.
    let end = |py| unsafe { MapObject::dealloc(py, slf) };
    // SAFETY: M1.
    unsafe { dealloc_object(slf, end) };
}
