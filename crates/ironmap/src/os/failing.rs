//! Assertions about system calls that fail.

use crate::error::Result;

#[track_caller]
pub(super) fn fails_with<T>(result: Result<T>, code: i32, says: &str) {
    fails_with_one_of(result, &[code], says);
}

/// Asserts the same for a call that fails with one of several numbers.
#[track_caller]
pub(super) fn fails_with_one_of<T>(result: Result<T>, codes: &[i32], says: &str) {
    let error = result.err().expect("the call should fail");
    let code = error.raw_os_error().expect("a call has failed");
    assert!(codes.contains(&code), "{error}");
    assert!(error.to_string().starts_with(says), "{error}");
}
