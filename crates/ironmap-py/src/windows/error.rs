//! What an `OSError` is made of.

use ironmap::Fault;

use crate::error::system_text;

/// `(errno, strerror, filename, winerror, filename2)`. The interpreter puts the
/// `errno` that `winerror` stands for in the place of the first.
pub(crate) fn arguments(
    winerror: i32,
    text: &str,
) -> (i32, String, Option<String>, i32, Option<String>) {
    // As the interpreter shows the system's sentences.
    let text = text.trim_end_matches(|end: char| end <= ' ' || end == '.');
    (0, text.to_owned(), None, winerror, None)
}

/// As the stdlib module says it, from Python 3.13 on: in the system's words alone.
pub(crate) fn fault_text(fault: Fault) -> String {
    system_text(fault.raw_os_error())
}
