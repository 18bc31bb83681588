//! Windows that overlap.

use ironmap::{ErrorKind, Mmap, MmapOptions};
use proptest::prelude::*;

use crate::{cases, file_with, pattern};

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn windows_are_those_of_a_slice(
        len in 0..3000usize, size in 1..200usize, overlap in 0..199usize,
    ) {
        let overlap = overlap % size;
        let bytes = pattern(len);
        let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
        let mut windows = map.windows(.., size, overlap).unwrap();
        let (mut at, mut repeated) = (0, 0);
        while let Some(window) = windows.next_window().unwrap() {
            let window = window.to_vec();
            let end = bytes.len().min(at + size);
            assert_eq!(window, bytes[at..end]);
            assert_eq!((windows.position(), windows.repeated()), (at, repeated));
            (at, repeated) = (end - overlap.min(end - at), overlap.min(end - at));
            if end == bytes.len() {
                break;
            }
        }
        assert_eq!(windows.next_window().unwrap(), None);
        assert!(at + overlap >= bytes.len());
    }
}

#[test]
fn windows_that_overlap_too_much_are_refused() {
    let map = Mmap::anonymous(100).unwrap();
    for (size, overlap) in [(0, 0), (10, 10), (10, 11)] {
        let error = map.windows(.., size, overlap).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = format!("windows of {size} bytes cannot overlap by {overlap}");
        assert_eq!(error.to_string(), text);
    }
    assert!(map.windows(..101, 10, 0).unwrap_err().is_out_of_bounds());
    let mut whole = map.windows(.., usize::MAX, usize::MAX - 1).unwrap();
    assert_eq!(whole.next_window().unwrap().unwrap().len(), 100);
    assert_eq!(whole.next_window().unwrap(), None);
}

#[cfg(unix)]
#[test]
fn windows_damage_is_an_error_that_can_be_repeated() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let map = Mmap::map(&file).unwrap();
    file.set_len(page as u64).unwrap();
    let mut windows = map.windows(.., page, 10).unwrap();
    assert_eq!(windows.next_window().unwrap().unwrap(), &pattern(page)[..]);
    for _ in 0..2 {
        let fault = windows.next_window().unwrap_err().fault().unwrap();
        assert_eq!(fault.at, page);
    }
}
