//! Making an `OSError`.
//!
//! # Safety
//!
//! E2: attached, by the token. `strerror_r` writes at most as many bytes as its length
//! argument, and ends the text with a zero.
#![allow(unsafe_code)]

use ironmap::Fault;

use crate::errors::PyResult;
use crate::errors::message::Message;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{Borrowed, Owned, capi, owned};

/// Makes `class(errno, strerror)`.
pub(crate) fn make<'py>(class: Borrowed<'_, 'py>, errno: i32) -> PyResult<Owned<'py>> {
    let mut text = [0; 256];
    // SAFETY: the length is that of the array.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr(), text.len()) };
    let errors = c"surrogateescape".as_ptr();
    // SAFETY: E2; two texts.
    let text = unsafe { capi::PyUnicode_DecodeLocale(text.as_ptr(), errors) };
    made_of(class, errno, owned(class.py(), text)?)
}

/// Makes the same with a text of ours.
pub(crate) fn make_with<'py>(
    class: Borrowed<'_, 'py>,
    errno: i32,
    message: Message<'py>,
) -> PyResult<Owned<'py>> {
    made_of(class, errno, message.into_str()?)
}

/// Makes a fault error with the core's text. The stdlib module has none: its process dies.
pub(crate) fn make_fault<'py>(class: Borrowed<'_, 'py>, fault: Fault) -> PyResult<Owned<'py>> {
    make_with(class, fault.raw_os_error(), Message::new(class.py(), fault))
}

fn made_of<'py>(class: Borrowed<'_, 'py>, errno: i32, text: Owned<'py>) -> PyResult<Owned<'py>> {
    let py = class.py();
    let arguments = tuple(py, [int(py, errno.into())?, text])?;
    call(class, arguments.borrow())
}
