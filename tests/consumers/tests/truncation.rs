//! A file is cut under the slice that a crate has of it, against the promise: the crate sees
//! zeros, the process survives, and `check` reports it.
#![cfg(unix)]

use ironmap::{FaultReason, Mmap};

#[test]
fn truncation_under_a_slice_is_zeros_and_a_report() {
    let file = tempfile::tempfile().unwrap();
    let page = Mmap::page_size();
    file.set_len(4 * page as u64).unwrap();
    // SAFETY: not given, to show what happens then.
    let stable = unsafe { Mmap::map(&file).unwrap().assume_stable() };
    let bytes = bytes::Bytes::copy_from_slice(&stable[..page]);
    stable.check(..).unwrap();
    file.set_len(page as u64).unwrap();
    assert_eq!(stable[3 * page], 0);
    stable.check(..page).unwrap();
    let fault = stable.check(..).unwrap_err().fault().unwrap();
    assert_eq!((fault.at, fault.reason), (page, FaultReason::FileTooShort));
    assert_eq!(bytes, stable[..page]);
}
