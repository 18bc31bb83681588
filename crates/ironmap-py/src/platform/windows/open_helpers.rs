//! System calls on descriptors, for `ironmap.open`.

use crate::args::Arguments;
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;

/// Raises the core's error for reservations.
pub(crate) fn reserve_space(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [_fileno, _start, _length] = args.all("_reserve_space")?;
    let text = "this system has no reservation of disk space";
    Err(Raised::os_error_without_number(Message::new(py, text)))
}
