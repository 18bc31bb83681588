//! Exceptions: the classes and texts of the stdlib module.
//!
//! Only the interpreter's C functions are used. Without memory they raise `MemoryError`, of
//! which the interpreter keeps instances.
//!
//! # Safety
//!
//! Calls of the interpreter's error functions. The `Python` token of each function proves
//! that the thread is attached (E2).
#![allow(unsafe_code)]

use std::ffi::CStr;

use ironmap::{Error, ErrorKind, Fault};
use pyo3_ffi as ffi;

use crate::errors::message::Message;
use crate::errors::{NOT_READABLE, NOT_RESIZABLE, NOT_WRITABLE, PyResult, Raised, UNTRACKED};
use crate::interpreter::objects::{attribute, call, int_of_size, set_attribute, tuple};
use crate::interpreter::{Borrowed, Owned, PerInterpreter, Python, SavedException, capi, owned};
use crate::platform;

/// Defines functions that raise an exception of one class with a constant text.
macro_rules! raise {
    ($($name:ident => $class:ident),* $(,)?) => {
        $(
            // Unused on Windows: not_implemented.
            #[cfg_attr(windows, allow(dead_code))]
            #[cold]
            pub(crate) fn $name(py: Python<'_>, text: &CStr) -> Raised {
                // SAFETY: E1: the interpreter fills this static before any module is imported.
                let class = unsafe { ffi::$class };
                // SAFETY: E2; class and text are valid for the call.
                unsafe { capi::PyErr_SetString(class, text.as_ptr()) };
                Raised::already_set(py)
            }
        )*
    };
}

/// Defines functions that raise an exception of one class with a message.
macro_rules! raise_message {
    ($($name:ident => $class:ident),* $(,)?) => {
        $(
            #[cold]
            pub(crate) fn $name(message: Message<'_>) -> Raised {
                // SAFETY: E1: the interpreter fills this static before any module is imported.
                let class = unsafe { ffi::$class };
                match message.into_str() {
                    Ok(text) => Raised::of_class(class, text.borrow()),
                    Err(raised) => raised,
                }
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
        not_implemented => PyExc_NotImplementedError,
        runtime_error => PyExc_RuntimeError,
        import_error => PyExc_ImportError,
    }

    raise_message! {
        value_error_with => PyExc_ValueError,
        index_error_with => PyExc_IndexError,
        overflow_error_with => PyExc_OverflowError,
        runtime_error_with => PyExc_RuntimeError,
        type_error_with => PyExc_TypeError,
        system_error_with => PyExc_SystemError,
        os_error_without_number => PyExc_OSError,
    }

    /// Raises an exception of a class. `value` is the instance or its argument. The context is
    /// the exception that is being handled, as with every `raise`.
    fn of_class(class: *mut ffi::PyObject, value: Borrowed<'_, '_>) -> Raised {
        // SAFETY: E2; a live class.
        unsafe { capi::PyErr_SetObject(class, value.as_ptr()) };
        Raised::already_set(value.py())
    }

    /// Raises the instance that a call of an exception class has made.
    #[cold]
    pub(crate) fn instance(made: PyResult<Owned<'_>>) -> Raised {
        let error = match made {
            Ok(error) => error,
            Err(raised) => return raised,
        };
        // SAFETY: E2.
        if unsafe { ffi::PyExceptionInstance_Check(error.as_ptr()) } == 0 {
            let text = c"exceptions must derive from BaseException";
            return Raised::type_error(error.borrow().py(), text);
        }
        // SAFETY: E2: a live object has a class.
        let class = unsafe { ffi::Py_TYPE(error.as_ptr()) };
        Raised::of_class(class.cast(), error.borrow())
    }

    #[cold]
    pub(crate) fn closed(py: Python<'_>) -> Raised {
        Raised::value_error(py, c"mmap closed or invalid")
    }

    /// Raises `io.UnsupportedOperation`.
    #[cold]
    pub(crate) fn unsupported(py: Python<'_>, text: &CStr) -> Raised {
        let class = match PerInterpreter::UnsupportedClass.get(py) {
            Ok(class) => class,
            Err(raised) => return raised,
        };
        // SAFETY: E2; class and text are valid for the call.
        unsafe { capi::PyErr_SetString(class.as_ptr(), text.as_ptr()) };
        Raised::already_set(py)
    }

    /// Raises the `OSError` of a system error number. Python chooses the subclass.
    #[cold]
    pub(crate) fn os_error(py: Python<'_>, code: i32) -> Raised {
        Raised::instance(platform::os_error::make(os_error_class(py), code))
    }

    /// Raises the same with a text of ours.
    #[cold]
    pub(crate) fn os_error_with(code: i32, message: Message<'_>) -> Raised {
        let class = os_error_class(message.py());
        Raised::instance(platform::os_error::make_with(class, code, message))
    }

    /// Adds a note to the exception if a number is not a multiple of what the system needs. The
    /// text of the exception stays the stdlib module's.
    #[cold]
    pub(crate) fn note_multiple(
        self,
        py: Python<'_>,
        (name, number): (&str, i64),
        (unit_name, unit): (&str, usize),
    ) -> Raised {
        if number % unit as i64 != 0 {
            let saved = SavedException::new(py);
            let need = format_args!("{name} must be a multiple of {unit_name} ({unit})");
            let note = Message::new(py, need).and(format_args!(", not {number}"));
            let added = saved.value().map_or(Ok(()), |error| add_note(error, note));
            added.unwrap_or_else(|raised| raised.clear(py));
        }
        self
    }

    /// Raises the stdlib module's error for an empty file.
    #[cold]
    pub(crate) fn empty_file(py: Python<'_>) -> Raised {
        Raised::value_error(py, c"cannot mmap an empty file")
    }

    /// Raises an error of the core, with the stdlib module's text where it has one.
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
            ErrorKind::SharedAnonymousGrowth => {
                Raised::value_error(py, c"mmap: can't expand a shared anonymous mapping")
            }
            ErrorKind::FixedAddress => Raised::value_error(
                py,
                c"mmap can't map at a fixed address: flags has MAP_FIXED.",
            ),
            ErrorKind::OutOfMemory => Raised::no_memory(py),
            ErrorKind::FaultGuard => Raised::runtime_error_with(Message::new(py, error)),
            _ => match (error.fault(), error.raw_os_error()) {
                (Some(fault), _) => Raised::fault(Owned::none(py).borrow(), fault),
                (None, Some(code)) => Raised::os_error(py, code),
                (None, None) => Raised::os_error_without_number(Message::new(py, error)),
            },
        }
    }

    /// Raises `FaultError(errno, text)` with its attributes. `path` is a `str`, or None.
    #[cold]
    pub(crate) fn fault(path: Borrowed<'_, '_>, fault: Fault) -> Raised {
        Raised::instance(fault_error(path, fault))
    }

    /// Passes the exception to `sys.unraisablehook`, where it cannot be raised.
    #[cold]
    pub(crate) fn fault_unraisable(py: Python<'_>, fault: Fault) {
        let _saved = SavedException::new(py);
        match PerInterpreter::FaultClass.get(py) {
            Ok(class) => {
                Raised::fault(Owned::none(py).borrow(), fault).write_unraisable(class.borrow());
            }
            Err(raised) => raised.clear(py),
        }
    }
}

fn fault_error<'py>(path: Borrowed<'_, 'py>, fault: Fault) -> PyResult<Owned<'py>> {
    let py = path.py();
    let error =
        platform::os_error::make_fault(PerInterpreter::FaultClass.get(py)?.borrow(), fault)?;
    let offset = int_of_size(py, fault.at as u64)?;
    set_attribute(error.borrow(), c"offset", offset.borrow())?;
    let file_size = match fault.file_size {
        Some(size) => int_of_size(py, size)?,
        None => Owned::none(py),
    };
    set_attribute(error.borrow(), c"file_size", file_size.borrow())?;
    // The text would show None.
    if !path.is_none() {
        set_attribute(error.borrow(), c"filename", path)?;
    }
    Ok(error)
}

fn add_note(error: Borrowed<'_, '_>, note: Message<'_>) -> PyResult<()> {
    let py = error.py();
    let note = tuple(py, [note.into_str()?])?;
    call(attribute(error, c"add_note")?.borrow(), note.borrow()).map(drop)
}

/// Returns the class `OSError`.
pub(crate) fn os_error_class(py: Python<'_>) -> Borrowed<'static, '_> {
    // SAFETY: E1: the interpreter fills this static before any module is imported.
    let class = unsafe { ffi::PyExc_OSError };
    // SAFETY: E1: it is never freed.
    unsafe { Borrowed::from_ptr(py, class) }
}

/// Makes the class `ironmap.FaultError`.
pub(crate) fn make_fault_class(py: Python<'_>) -> PyResult<Owned<'_>> {
    let (name, doc) = (c"ironmap.FaultError".as_ptr(), FAULT_DOC.as_ptr());
    let base = os_error_class(py).as_ptr();
    let members = std::ptr::null_mut();
    // SAFETY: E2; two texts and a live class.
    let class = unsafe { capi::PyErr_NewExceptionWithDoc(name, doc, base, members) };
    owned(py, class)
}

const FAULT_DOC: &CStr = c"\
The system could not provide a page for an operation.

errno: EIO if the file is shorter than the map, or a page could not be read;
    ENOSPC if its file system is full. On Windows it is derived from winerror, the
    system's error number.
filename: str or None, the file's path, if the system or the map knows it.
offset: int, the first byte of the map that is not available.
file_size: int or None, the size of the file now; None if the map keeps no
    descriptor.";
