//! The text of an exception, with names from the user.
//!
//! # Safety
//!
//! E2: attached, by the token; the objects are live.
#![allow(unsafe_code)]

use std::cmp::max;
use std::fmt::{self, Display, Write};
use std::slice;

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::attribute;
use crate::interpreter::{Borrowed, Owned, Python, capi, owned};

/// Few texts are longer, so most are allocated once.
const USUAL: usize = 128;

/// A builder of a text. The first failure (no memory) is raised by [`Message::into_str`].
pub(crate) struct Message<'py> {
    py: Python<'py>,
    /// UTF-8, but names can contain lone surrogates.
    bytes: Vec<u8>,
    failed: Option<Raised>,
}

impl<'py> Message<'py> {
    pub(crate) fn py(&self) -> Python<'py> {
        self.py
    }

    pub(crate) fn new(py: Python<'py>, text: impl Display) -> Message<'py> {
        let empty = Message {
            py,
            bytes: Vec::new(),
            failed: None,
        };
        empty.and(text)
    }

    pub(crate) fn and(mut self, text: impl Display) -> Message<'py> {
        if write!(self, "{text}").is_err() {
            self.fail_by(Raised::no_memory);
        }
        self
    }

    /// Appends the name of an object's class as the interpreter's errors show it: with its
    /// module if it is an extension class.
    pub(crate) fn and_class_of(mut self, object: Borrowed<'_, 'py>) -> Message<'py> {
        // SAFETY: E2: a live object has a class.
        let class = unsafe { ffi::Py_TYPE(object.as_ptr()) };
        // SAFETY: E2: a live class.
        let flags = unsafe { ffi::PyType_GetFlags(class) };
        if flags & ffi::Py_TPFLAGS_IMMUTABLETYPE != 0 {
            // SAFETY: E2: as long as the object.
            let class = unsafe { Borrowed::from_ptr(self.py, class.cast()) };
            self = self.and_module_of(class);
        }
        self.and_bare_class_of(object)
    }

    /// Appends the name of an object's class without its module.
    pub(crate) fn and_bare_class_of(self, object: Borrowed<'_, 'py>) -> Message<'py> {
        // SAFETY: E2: a live object has a class.
        let class = unsafe { ffi::Py_TYPE(object.as_ptr()) };
        // SAFETY: E2: a live class.
        let name = owned(self.py, unsafe { capi::PyType_GetName(class) });
        self.and_result(name)
    }

    /// Appends `None` or the name of the class, as the io module's errors do.
    pub(crate) fn and_class_or_none(self, object: Borrowed<'_, 'py>) -> Message<'py> {
        match object.is_none() {
            true => self.and("None"),
            false => self.and_class_of(object),
        }
    }

    fn and_module_of(mut self, class: Borrowed<'_, 'py>) -> Message<'py> {
        let before = self.bytes.len();
        self = self.and_result(attribute(class, c"__module__"));
        if self.bytes[before..] == *b"builtins" {
            self.bytes.truncate(before);
            return self;
        }
        self.and('.')
    }

    fn and_result(mut self, name: PyResult<Owned<'py>>) -> Message<'py> {
        match name {
            Ok(name) => self.and_name(name.borrow()),
            Err(raised) => {
                self.fail_by(|_| raised);
                self
            }
        }
    }

    /// Appends a `str`.
    pub(crate) fn and_name(mut self, name: Borrowed<'_, 'py>) -> Message<'py> {
        let (utf8, surrogates) = (c"utf-8".as_ptr(), SURROGATES.as_ptr());
        // SAFETY: E2: a live object; another type than str is an error.
        let bytes = unsafe { capi::PyUnicode_AsEncodedString(name.as_ptr(), utf8, surrogates) };
        let bytes = match owned(self.py, bytes) {
            Ok(bytes) => bytes,
            Err(raised) => {
                self.fail_by(|_| raised);
                return self;
            }
        };
        // SAFETY: E2: a live bytes object.
        let start = unsafe { ffi::PyBytes_AsString(bytes.as_ptr()) };
        // SAFETY: as above.
        let len = unsafe { ffi::PyBytes_Size(bytes.as_ptr()) };
        // SAFETY: E2: the object has `len` bytes, which never change.
        let part = unsafe { slice::from_raw_parts(start.cast::<u8>(), len as usize) };
        if self.push(part).is_err() {
            self.fail_by(Raised::no_memory);
        }
        self
    }

    /// Removes the number that std appends to the system's text.
    pub(crate) fn without_number(mut self) -> Message<'py> {
        let mark = b" (os error ";
        let number = self.bytes.windows(mark.len()).rposition(|end| end == mark);
        self.bytes.truncate(number.unwrap_or(self.bytes.len()));
        // The interpreter strips the texts of Windows in the same way.
        let ends = |byte: &u8| cfg!(windows) && (*byte <= b' ' || *byte == b'.');
        let kept = self.bytes.iter().rposition(|byte| !ends(byte));
        self.bytes.truncate(kept.map_or(0, |last| last + 1));
        self
    }

    /// Keeps the first failure.
    fn fail_by(&mut self, raise: impl FnOnce(Python<'py>) -> Raised) {
        if self.failed.is_none() {
            self.failed = Some(raise(self.py));
        }
    }

    fn push(&mut self, part: &[u8]) -> fmt::Result {
        let expected = if self.bytes.is_empty() { USUAL } else { 0 };
        let more = max(part.len(), expected);
        self.bytes.try_reserve(more).map_err(|_| fmt::Error)?;
        self.bytes.extend_from_slice(part);
        Ok(())
    }

    /// Returns the text as a `str`.
    pub(crate) fn into_str(self) -> PyResult<Owned<'py>> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        let (start, len) = (self.bytes.as_ptr().cast(), self.bytes.len() as isize);
        // SAFETY: E2: `len` bytes from `start`.
        let text = unsafe { capi::PyUnicode_DecodeUTF8(start, len, SURROGATES.as_ptr()) };
        owned(self.py, text)
    }
}

/// The error handler that lets lone surrogates through.
const SURROGATES: &std::ffi::CStr = c"surrogatepass";

impl Write for Message<'_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.push(part.as_bytes())
    }
}
