//! What an `OSError` is made of.

use std::io;

use ironmap::Fault;

use crate::errors::PyResult;
use crate::errors::message::Message;
use crate::interpreter::objects::{call, int, tuple};
use crate::interpreter::{Borrowed, Owned};

/// `class(errno, strerror, filename, winerror, filename2)`. The interpreter puts the `errno` that
/// `winerror` stands for in the place of the first.
pub(crate) fn make<'py>(class: Borrowed<'_, 'py>, winerror: i32) -> PyResult<Owned<'py>> {
    // std has the system's words.
    let text = Message::new(class.py(), io::Error::from_raw_os_error(winerror));
    make_with(class, winerror, text.without_number())
}

/// The same in other words than the system's.
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

/// As the stdlib module says it, from Python 3.13 on: in the system's words alone.
pub(crate) fn make_fault<'py>(class: Borrowed<'_, 'py>, fault: Fault) -> PyResult<Owned<'py>> {
    make(class, fault.raw_os_error())
}
