//! Maps that are promised not to change.
//!
//! # Safety
//!
//! Nothing changes the files, except where a test shows what a broken promise does.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::sync::Arc;
use std::thread;

use ironmap::{Mmap, StableMmap};

use crate::{file_with, pattern};

fn stable(bytes: &[u8]) -> StableMmap {
    unsafe { Mmap::map(file_with(bytes)).unwrap().assume_stable() }
}

#[test]
fn assume_stable_is_a_slice_that_can_be_kept() {
    fn kept(bytes: impl AsRef<[u8]> + Send + Sync + 'static) -> Arc<dyn AsRef<[u8]> + Send + Sync> {
        Arc::new(bytes)
    }
    let bytes = kept(stable(&pattern(5000)));
    let other = Arc::clone(&bytes);
    let read = thread::spawn(move || (*other).as_ref().to_vec());
    assert_eq!(read.join().unwrap(), pattern(5000));
    assert_eq!((*bytes).as_ref()[4999..], pattern(5000)[4999..]);
}

#[test]
fn assume_stable_moves_without_its_bytes() {
    let map = Mmap::map(file_with(b"text")).unwrap();
    let address = map.as_ptr();
    let boxed = Box::new(unsafe { map.assume_stable() });
    assert_eq!(
        (boxed.as_ptr(), boxed.get_ref().as_ptr()),
        (address, address)
    );
    assert_eq!(boxed.into_inner().to_vec(..).unwrap(), b"text");
}

#[test]
fn assume_stable_of_nothing_is_empty() {
    let empty = stable(b"");
    assert!(empty.is_empty());
    empty.check(..).unwrap();
    assert!(empty.check(..1).unwrap_err().is_out_of_bounds());
}

#[cfg(unix)]
#[test]
fn assume_stable_broken_promise_is_zeros_and_an_error() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let bytes = unsafe { Mmap::map(&file).unwrap().assume_stable() };
    assert_eq!(bytes[..], pattern(4 * page));
    bytes.check(..).unwrap();
    file.set_len(page as u64).unwrap();
    assert_eq!(bytes[page..], vec![0; 3 * page]);
    bytes.check(..page).unwrap();
    let fault = bytes.check(10..).unwrap_err().fault().unwrap();
    assert_eq!((fault.at, fault.file_size), (page, Some(page as u64)));

    file.set_len(4 * page as u64).unwrap();
    let mut map = bytes.into_inner();
    map.restore().unwrap();
    unsafe { map.assume_stable() }.check(..).unwrap();
}
