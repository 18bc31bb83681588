//! What an `OSError` is made of.
//!
//! # Safety
//!
//! E2: attached, by the token. `strerror_r` writes no more than it is told that there is
//! room for, and ends it with a zero.
#![allow(unsafe_code)]

use ironmap::Fault;

use crate::errors::PyResult;
use crate::errors::message::Message;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{Borrowed, Owned, capi, owned};

/// `class(errno, strerror)`.
pub(crate) fn make<'py>(class: Borrowed<'_, 'py>, errno: i32) -> PyResult<Owned<'py>> {
    let mut text = [0; 256];
    // SAFETY: as many bytes as it is told.
    unsafe { libc::strerror_r(errno, text.as_mut_ptr(), text.len()) };
    let errors = c"surrogateescape".as_ptr();
    // SAFETY: E2; two texts.
    let text = unsafe { capi::PyUnicode_DecodeLocale(text.as_ptr(), errors) };
    made_of(class, errno, owned(class.py(), text)?)
}

/// The same in other words than the system's.
pub(crate) fn make_with<'py>(
    class: Borrowed<'_, 'py>,
    errno: i32,
    message: Message<'py>,
) -> PyResult<Owned<'py>> {
    made_of(class, errno, message.into_str()?)
}

/// The stdlib module says nothing: the process is dead by then.
pub(crate) fn make_fault<'py>(class: Borrowed<'_, 'py>, fault: Fault) -> PyResult<Owned<'py>> {
    make_with(class, fault.raw_os_error(), Message::new(class.py(), fault))
}

fn made_of<'py>(class: Borrowed<'_, 'py>, errno: i32, text: Owned<'py>) -> PyResult<Owned<'py>> {
    let py = class.py();
    let arguments = tuple(py, [int(py, errno.into())?, text])?;
    call(class, arguments.borrow())
}
