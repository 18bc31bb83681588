//! Making an `OSError`.

use std::io;

use ironmap::Fault;

use crate::errors::PyResult;
use crate::errors::message::Message;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{Borrowed, Owned};

/// Makes `class(errno, strerror, filename, winerror, filename2)`. The interpreter replaces the
/// first argument by the `errno` of `winerror`.
pub(crate) fn make<'py>(class: Borrowed<'_, 'py>, winerror: i32) -> PyResult<Owned<'py>> {
    // std has the system's text.
    let text = Message::new(class.py(), io::Error::from_raw_os_error(winerror));
    make_with(class, winerror, text.without_number())
}

/// Makes the same with a text of ours.
pub(crate) fn make_with<'py>(
    class: Borrowed<'_, 'py>,
    winerror: i32,
    message: Message<'py>,
) -> PyResult<Owned<'py>> {
    let py = class.py();
    let items = [
        int(py, 0)?,
        message.into_str()?,
        Owned::none(py),
        int(py, winerror.into())?,
        Owned::none(py),
    ];
    call(class, tuple(py, items)?.borrow())
}

/// Makes a fault error with the system's text alone, as the stdlib module does from 3.13 on.
pub(crate) fn make_fault<'py>(class: Borrowed<'_, 'py>, fault: Fault) -> PyResult<Owned<'py>> {
    make(class, fault.raw_os_error())
}
