//! How a failure becomes the exception that the stdlib module would raise.
//!
//! # Safety
//!
//! Calls into the interpreter's error functions. All of them need the thread
//! to be attached; the `Python` token that every function takes proves it.
#![allow(unsafe_code)]

use std::ffi::CStr;
use std::io;

use ironmap::{Error, ErrorKind, Fault, Mmap};
use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::system;

/// Proof that the interpreter's error indicator is set. Whoever gets one
/// returns it up to the shim, which returns NULL or -1 to the interpreter.
#[derive(Debug)]
#[must_use]
pub(crate) struct Raised(());

pub(crate) type Fallible<T> = Result<T, Raised>;

macro_rules! raise {
    ($($name:ident => $class:ident),* $(,)?) => {
        $(
            #[cold]
            pub(crate) fn $name(py: Python<'_>, text: &CStr) -> Raised {
                // SAFETY: E1: the interpreter fills this static before any module is imported.
                let class = unsafe { ffi::$class };
                Raised::set(py, class, text)
            }
        )*
    };
}

impl Raised {
    raise! {
        value_error => PyExc_ValueError,
        index_error => PyExc_IndexError,
        type_error => PyExc_TypeError,
        buffer_error => PyExc_BufferError,
        overflow_error => PyExc_OverflowError,
    }

    fn set(_py: Python<'_>, class: *mut ffi::PyObject, text: &CStr) -> Raised {
        // SAFETY: E2: attached (the token); class and text are valid for the call.
        unsafe { ffi::PyErr_SetString(class, text.as_ptr()) };
        Raised(())
    }

    /// After a call into the interpreter that failed and set the indicator.
    #[cold]
    pub(crate) fn by_interpreter(_py: Python<'_>) -> Raised {
        Raised(())
    }

    /// An error that came out of Python code, as it is.
    #[cold]
    pub(crate) fn from_py(py: Python<'_>, error: PyErr) -> Raised {
        error.restore(py);
        Raised(())
    }

    /// The exception itself, for code that PyO3 calls.
    pub(crate) fn into_error(self, py: Python<'_>) -> PyErr {
        PyErr::fetch(py)
    }

    /// An error of our own making. Its context is the exception that is being
    /// handled, as with every `raise`.
    #[cold]
    pub(crate) fn new(py: Python<'_>, error: PyErr) -> Raised {
        Raised::from_value(error.into_value(py).bind(py))
    }

    fn from_value(error: &Bound<'_, PyAny>) -> Raised {
        // SAFETY: E2: attached; a class and an instance of it.
        unsafe { ffi::PyErr_SetObject(error.get_type().as_ptr(), error.as_ptr()) };
        Raised(())
    }

    #[cold]
    pub(crate) fn closed(py: Python<'_>) -> Raised {
        Raised::value_error(py, c"mmap closed or invalid")
    }

    #[cold]
    pub(crate) fn no_memory(_py: Python<'_>) -> Raised {
        // SAFETY: E2: attached (the token).
        unsafe { ffi::PyErr_NoMemory() };
        Raised(())
    }

    /// `io.UnsupportedOperation`, for those who try another way then.
    #[cold]
    pub(crate) fn unsupported(py: Python<'_>, text: &str) -> Raised {
        let made = py
            .import("io")
            .and_then(|io| io.getattr("UnsupportedOperation"))
            .and_then(|class| class.call1((text,)));
        match made {
            Ok(error) => Raised::new(py, PyErr::from_value(error)),
            Err(error) => Raised::from_py(py, error),
        }
    }

    /// The `OSError` of a number of the system, which Python turns into the
    /// subclass that belongs to it.
    #[cold]
    pub(crate) fn os_error(py: Python<'_>, code: i32) -> Raised {
        let text = system_text(code);
        Raised::new(
            py,
            PyOSError::new_err(system::error::arguments(code, &text)),
        )
    }

    /// To the stdlib module an empty file is an error, whatever was wanted of it.
    #[cold]
    pub(crate) fn empty_file(py: Python<'_>) -> Raised {
        Raised::value_error(py, c"cannot mmap an empty file")
    }

    /// The core's errors, in the stdlib module's words.
    #[cold]
    pub(crate) fn from_core(py: Python<'_>, error: Error) -> Raised {
        match error.kind() {
            ErrorKind::EmptyFile => Raised::empty_file(py),
            ErrorKind::OffsetPastEnd if error.file_size() == Some(0) => Raised::empty_file(py),
            ErrorKind::OffsetPastEnd => {
                Raised::value_error(py, c"mmap offset is greater than file size")
            }
            ErrorKind::LengthPastEnd => {
                Raised::value_error(py, c"mmap length is greater than file size")
            }
            ErrorKind::TooLarge => Raised::value_error(py, c"mmap length is too large"),
            ErrorKind::NotReadable => Raised::type_error(py, NOT_READABLE),
            ErrorKind::NotWritable => Raised::type_error(py, NOT_WRITABLE),
            ErrorKind::NotResizable => Raised::type_error(py, NOT_RESIZABLE),
            ErrorKind::Untracked => Raised::value_error(py, UNTRACKED),
            ErrorKind::SharedAnonymousGrowth => Raised::value_error(
                py,
                c"mmap: can't expand a shared anonymous mapping on Linux",
            ),
            ErrorKind::FixedAddress => Raised::value_error(
                py,
                c"mmap can't map at a fixed address: flags has MAP_FIXED.",
            ),
            ErrorKind::OutOfMemory => Raised::no_memory(py),
            ErrorKind::FaultGuard => Raised::new(py, PyRuntimeError::new_err(error.to_string())),
            _ => match (error.fault(), error.raw_os_error()) {
                (Some(fault), _) => Raised::fault(py, fault),
                (None, Some(code)) => Raised::os_error(py, code),
                (None, None) => Raised::new(py, PyOSError::new_err(error.to_string())),
            },
        }
    }

    /// `FaultError(errno, text)`, with what is known of the fault.
    #[cold]
    pub(crate) fn fault(py: Python<'_>, fault: Fault) -> Raised {
        let made = fault_class(py)
            .call1(system::error::arguments(
                fault.raw_os_error(),
                &system::error::fault_text(fault),
            ))
            .and_then(|error| {
                error.setattr("offset", fault.at)?;
                error.setattr("file_size", fault.file_size)?;
                Ok(error)
            });
        match made {
            Ok(error) => Raised::from_value(&error),
            Err(error) => Raised::from_py(py, error),
        }
    }

    /// Tells `sys.unraisablehook`, where nobody is left to raise to.
    #[cold]
    pub(crate) fn fault_unraisable(py: Python<'_>, fault: Fault) {
        let pending = PyErr::take(py);
        let Raised(()) = Raised::fault(py, fault);
        if let Some(error) = PyErr::take(py) {
            error.write_unraisable(py, Some(fault_class(py).as_any()));
        }
        if let Some(pending) = pending {
            pending.restore(py);
        }
    }
}

/// What the system says of a number.
pub(crate) fn system_text(code: i32) -> String {
    // std has it, and the number behind it.
    let mut text = io::Error::from_raw_os_error(code).to_string();
    text.truncate(text.rfind(" (os error").unwrap_or(text.len()));
    text
}

// What the core says, too, where the seam says it before other refusals.
pub(crate) const NOT_READABLE: &CStr = c"mmap can't read a map without PROT_READ.";
const NOT_WRITABLE: &CStr = c"mmap can't modify a readonly memory map.";
pub(crate) const NOT_RESIZABLE: &CStr =
    c"mmap can't resize a readonly or copy-on-write memory map.";
pub(crate) const UNTRACKED: &CStr = c"mmap can't resize with trackfd=False.";

/// Before anything else is said of a store.
#[inline]
pub(crate) fn check_writable(map: &Mmap) -> Result<(), Refusal> {
    if map.is_writable() {
        return Ok(());
    }
    Err(Refusal::Type(NOT_WRITABLE))
}

/// The class `ironmap.FaultError`.
pub(crate) fn fault_class(py: Python<'_>) -> &Bound<'_, PyType> {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let make = || {
        let base = py.get_type::<PyOSError>();
        PyErr::new_type(
            py,
            c"ironmap.FaultError",
            Some(FAULT_DOC),
            Some(&base),
            None,
        )
    };
    CLASS
        .get_or_init(py, || make().expect("the class ironmap.FaultError"))
        .bind(py)
}

const FAULT_DOC: &CStr = c"\
The system could not provide a page that an operation touched.

errno: EIO if the file is shorter than the map, or a page could not be read;
    ENOSPC if its file system is full. On Windows it is derived from winerror, the
    system's number for what happened.
offset: int, the first byte of the map that could not be had.
file_size: int or None, how long the file is now; None if the map keeps no
    descriptor.";

/// Why an operation on the map failed, before it is an exception.
///
/// To make an exception can run user code (it allocates, which can start a
/// garbage collection, which can call a `__del__` that closes the map). So
/// nothing of the map may be held then: code that borrows it or holds a pin
/// returns a refusal, and the exception is made when that is over.
#[derive(Debug)]
pub(crate) enum Refusal {
    Closed,
    Value(&'static CStr),
    Index(&'static CStr),
    Type(&'static CStr),
    // Of advice, which Windows takes none of.
    #[cfg_attr(windows, allow(dead_code))]
    Overflow(&'static CStr),
    Buffer(&'static CStr),
    Core(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        Refusal::Core(error)
    }
}

impl Refusal {
    pub(crate) fn fault(&self) -> Option<Fault> {
        match self {
            Refusal::Core(error) => error.fault(),
            _ => None,
        }
    }

    #[cold]
    pub(crate) fn raise(self, py: Python<'_>) -> Raised {
        match self {
            Refusal::Closed => Raised::closed(py),
            Refusal::Value(text) => Raised::value_error(py, text),
            Refusal::Index(text) => Raised::index_error(py, text),
            Refusal::Type(text) => Raised::type_error(py, text),
            Refusal::Overflow(text) => Raised::overflow_error(py, text),
            Refusal::Buffer(text) => Raised::buffer_error(py, text),
            Refusal::Core(error) => Raised::from_core(py, error),
        }
    }
}

pub(crate) trait OrRaise<T> {
    /// Makes the exception. Nothing of a map is held here.
    fn or_raise(self, py: Python<'_>) -> Fallible<T>;
}

impl<T> OrRaise<T> for Result<T, Refusal> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> Fallible<T> {
        self.map_err(|refusal| refusal.raise(py))
    }
}

impl<T> OrRaise<T> for Result<T, Error> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> Fallible<T> {
        self.map_err(|error| Raised::from_core(py, error))
    }
}

impl<T> OrRaise<T> for PyResult<T> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> Fallible<T> {
        self.map_err(|error| Raised::from_py(py, error))
    }
}
