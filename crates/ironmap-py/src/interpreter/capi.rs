//! The C functions of the interpreter that can run Python code or wait for the GIL.
//!
//! When it finalizes, an interpreter older than 3.14 ends every other thread that asks for the
//! GIL by `pthread_exit`. Where that unwinds the stack, it must not reach our frames: they own
//! values, some of which need the GIL to be dropped, and a function that C calls or that
//! catches panics would end the process. So the frame that called the interpreter stops the
//! unwinding: the thread sleeps there for ever, as it does in 3.14.
//!
//! # Safety
//!
//! * E2: the thread is attached, and the arguments are live for the call, by the promise of
//!   each caller.
//! * E4: each function is declared twice in this library, here as one that unwinds. The
//!   prefix of its name here, which LLVM removes, keeps the two apart: otherwise LLVM could
//!   trust the other declaration and remove the landing place.
#![allow(non_snake_case)]
#![allow(unsafe_code)]

use std::ffi::{c_char, c_int, c_long, c_longlong, c_ulonglong, c_void};
use std::mem;

#[cfg(not(feature = "abi3"))]
use pyo3_ffi::PyCriticalSection;
use pyo3_ffi::{
    Py_buffer, Py_ssize_t, PyCapsule_Destructor, PyInterpreterState, PyObject, PyThreadState,
    PyTypeObject,
};

/// Stops an unwinding that comes out of the interpreter.
struct Hang;

impl Drop for Hang {
    #[cold]
    fn drop(&mut self) {
        loop {
            #[cfg(unix)]
            // SAFETY: pause touches no memory.
            unsafe {
                libc::pause()
            };
            #[cfg(not(unix))]
            std::thread::park();
        }
    }
}

/// Runs a call of the interpreter. If it unwinds, the thread sleeps for ever.
#[inline(always)]
pub(crate) fn guarded<R>(call: impl FnOnce() -> R) -> R {
    let hang = Hang;
    let returned = call();
    mem::forget(hang);
    returned
}

#[cfg(not(any(windows, target_vendor = "apple")))]
unsafe extern "C-unwind" {
    /// Must be called inside [`guarded`].
    #[link_name = "\u{1}PyArg_ParseTupleAndKeywords"]
    pub(crate) fn PyArg_ParseTupleAndKeywords(
        arguments: *mut PyObject,
        keywords: *mut PyObject,
        format: *const c_char,
        names: *mut *mut c_char,
        ...
    ) -> c_int;
}
#[cfg(any(windows, target_vendor = "apple"))]
pub(crate) use pyo3_ffi::PyArg_ParseTupleAndKeywords;

#[cfg(windows)]
pub(crate) use pyo3_ffi::PyUnicode_AsWideCharString;

macro_rules! functions {
    ($($(#[$when:meta])? $name:ident($($argument:ident: $type:ty),*) $(-> $returned:ty)?;)*) => {
        /// Declarations for systems where `pthread_exit` unwinds.
        #[cfg(not(any(windows, target_vendor = "apple")))]
        mod unwinding {
            use super::*;
            unsafe extern "C-unwind" {
                $(
                    $(#[$when])?
                    #[link_name = concat!("\u{1}", stringify!($name))]
                    pub(super) fn $name($($argument: $type),*) $(-> $returned)?;
                )*
            }
        }
        #[cfg(any(windows, target_vendor = "apple"))]
        use pyo3_ffi as unwinding;

        $(
            /// Calls the interpreter's function of this name.
            ///
            /// # Safety
            ///
            /// E2.
            $(#[$when])?
            #[cfg_attr(windows, allow(dead_code))]
            #[inline(always)]
            pub(crate) unsafe fn $name($($argument: $type),*) $(-> $returned)? {
                // SAFETY: E2, the caller's promise; E4.
                guarded(|| unsafe { unwinding::$name($($argument),*) })
            }
        )*
    };
}

functions! {
    #[cfg(not(feature = "abi3"))]
    PyCriticalSection_Begin(section: *mut PyCriticalSection, object: *mut PyObject);
    #[cfg(not(feature = "abi3"))]
    PyCriticalSection_End(section: *mut PyCriticalSection);
    Py_DecRef(object: *mut PyObject);
    PyBuffer_FillInfo(
        view: *mut Py_buffer, owner: *mut PyObject, start: *mut c_void,
        len: Py_ssize_t, readonly: c_int, flags: c_int
    ) -> c_int;
    PyBuffer_Release(view: *mut Py_buffer);
    PyCapsule_New(
        pointer: *mut c_void, name: *const c_char, destructor: Option<PyCapsule_Destructor>
    ) -> *mut PyObject;
    PyErr_CheckSignals() -> c_int;
    PyErr_Clear();
    PyErr_ExceptionMatches(class: *mut PyObject) -> c_int;
    PyErr_NewExceptionWithDoc(
        name: *const c_char, doc: *const c_char, base: *mut PyObject, members: *mut PyObject
    ) -> *mut PyObject;
    PyErr_NoMemory() -> *mut PyObject;
    PyErr_Restore(class: *mut PyObject, value: *mut PyObject, traceback: *mut PyObject);
    PyErr_SetObject(class: *mut PyObject, value: *mut PyObject);
    PyErr_SetString(class: *mut PyObject, text: *const c_char);
    PyErr_WriteUnraisable(object: *mut PyObject);
    PyEval_RestoreThread(state: *mut PyThreadState);
    PyImport_ImportModule(name: *const c_char) -> *mut PyObject;
    PyInterpreterState_GetDict(interpreter: *mut PyInterpreterState) -> *mut PyObject;
    PyIter_Next(iterator: *mut PyObject) -> *mut PyObject;
    PyList_Append(list: *mut PyObject, item: *mut PyObject) -> c_int;
    PyList_New(len: Py_ssize_t) -> *mut PyObject;
    PyLong_AsLong(number: *mut PyObject) -> c_long;
    PyLong_AsLongAndOverflow(number: *mut PyObject, overflow: *mut c_int) -> c_long;
    PyLong_AsLongLongAndOverflow(number: *mut PyObject, overflow: *mut c_int) -> c_longlong;
    PyLong_AsSsize_t(number: *mut PyObject) -> Py_ssize_t;
    PyLong_AsUnsignedLongLong(number: *mut PyObject) -> c_ulonglong;
    PyNumber_AsSsize_t(number: *mut PyObject, class: *mut PyObject) -> Py_ssize_t;
    PyNumber_Index(number: *mut PyObject) -> *mut PyObject;
    PyObject_Call(
        callable: *mut PyObject, arguments: *mut PyObject, keywords: *mut PyObject
    ) -> *mut PyObject;
    PyObject_ClearWeakRefs(object: *mut PyObject);
    PyObject_GetAttr(object: *mut PyObject, name: *mut PyObject) -> *mut PyObject;
    PyObject_GetBuffer(object: *mut PyObject, view: *mut Py_buffer, flags: c_int) -> c_int;
    PyObject_GetItem(object: *mut PyObject, key: *mut PyObject) -> *mut PyObject;
    PyObject_GetIter(object: *mut PyObject) -> *mut PyObject;
    PyObject_IsTrue(object: *mut PyObject) -> c_int;
    PyObject_SetAttr(
        object: *mut PyObject, name: *mut PyObject, value: *mut PyObject
    ) -> c_int;
    PyObject_SetItem(
        object: *mut PyObject, key: *mut PyObject, value: *mut PyObject
    ) -> c_int;
    PySlice_New(
        start: *mut PyObject, stop: *mut PyObject, step: *mut PyObject
    ) -> *mut PyObject;
    PySlice_Unpack(
        slice: *mut PyObject, start: *mut Py_ssize_t, stop: *mut Py_ssize_t,
        step: *mut Py_ssize_t
    ) -> c_int;
    PyTuple_New(len: Py_ssize_t) -> *mut PyObject;
    PyType_FromSpec(spec: *mut pyo3_ffi::PyType_Spec) -> *mut PyObject;
    PyType_GenericAlloc(class: *mut PyTypeObject, items: Py_ssize_t) -> *mut PyObject;
    PyType_GetName(class: *mut PyTypeObject) -> *mut PyObject;
    PyUnicode_AsEncodedString(
        text: *mut PyObject, encoding: *const c_char, errors: *const c_char
    ) -> *mut PyObject;
    PyUnicode_AsUTF8AndSize(text: *mut PyObject, len: *mut Py_ssize_t) -> *const c_char;
    PyUnicode_DecodeFSDefaultAndSize(bytes: *const c_char, len: Py_ssize_t) -> *mut PyObject;
    PyUnicode_DecodeLocale(text: *const c_char, errors: *const c_char) -> *mut PyObject;
    PyUnicode_DecodeUTF8(
        bytes: *const c_char, len: Py_ssize_t, errors: *const c_char
    ) -> *mut PyObject;
}
