//! What an `OSError` is made of.

use ironmap::Fault;

/// `(errno, strerror)`.
pub(crate) fn arguments(errno: i32, text: &str) -> (i32, String) {
    (errno, text.to_owned())
}

/// The stdlib module says nothing: the process is dead by then.
pub(crate) fn fault_text(fault: Fault) -> String {
    fault.to_string()
}
