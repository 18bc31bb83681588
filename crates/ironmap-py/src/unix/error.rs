//! What an `OSError` is made of.

/// `(errno, strerror)`.
pub(crate) fn arguments(errno: i32, text: &str) -> (i32, String) {
    (errno, text.to_owned())
}
