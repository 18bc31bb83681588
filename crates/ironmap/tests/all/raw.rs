//! Unsafe methods: slices and pointers.
//!
//! # Safety
//!
//! The files belong to the test alone, so they are neither changed nor truncated; the pointers
//! are into live vectors or the map itself.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use ironmap::raw::MmapExt;
use std::mem::MaybeUninit;

use ironmap::Mmap;

use crate::{contents, file_with, pattern, writable};

#[test]
fn as_slice_is_the_map() {
    let file = file_with(b"abc");
    let mut map = writable(&file);
    assert_eq!(unsafe { map.as_slice() }, b"abc");
    let slice = unsafe { map.as_mut_slice() };
    slice[1] = b'B';
    assert_eq!(contents(&file), b"aBc");
    assert_eq!(map.as_ptr(), map.as_mut_ptr().cast_const());
}

#[test]
fn as_slice_empty_map_is_empty() {
    let mut map = Mmap::anonymous(0).unwrap();
    assert_eq!(unsafe { map.as_slice() }, b"");
    assert_eq!(unsafe { map.as_mut_slice() }, b"");
}

#[test]
fn read_to_ptr_own_memory_is_copied_first() {
    let mut map = writable(&file_with(b"abcdef"));
    let mut into = [b'.'; 4];
    unsafe { map.read_to_ptr(3, into.as_mut_ptr(), 3) }.unwrap();
    assert_eq!(&into, b"def.");
    let own = map.as_mut_ptr().wrapping_add(1);
    unsafe { map.read_to_ptr(0, own, 5) }.unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"aabcde");
    let error = unsafe { map.read_to_ptr(4, into.as_mut_ptr(), 3) }.unwrap_err();
    assert!(error.is_out_of_bounds());
    assert_eq!(&into, b"def.");
}

#[cfg(unix)]
#[test]
fn read_to_ptr_unreadable_is_refused() {
    use ironmap::raw::MmapOptionsExt;
    use ironmap::{ErrorKind, MmapOptions};

    let options = MmapOptions::new().raw_protection(libc::PROT_NONE);
    let map = options.map(file_with(b"secret")).unwrap();
    let mut into = [b'.'; 2];
    let error = unsafe { map.read_to_ptr(0, into.as_mut_ptr(), 2) }.unwrap_err();
    assert_eq!((error.kind(), &into), (ErrorKind::NotReadable, b".."));
    let error = unsafe { map.with_slice::<()>(|_| panic!("not readable")) }.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotReadable);
    let found = map.with_ptr_until::<()>(b's', 0..6, |_, _| panic!("not readable"));
    assert_eq!(found, None);
}

#[test]
fn with_ptr_out_of_bounds_is_refused() {
    let map = writable(&file_with(b"abcdef"));
    let copy = |start: *const u8| unsafe { std::slice::from_raw_parts(start, 3) }.to_vec();
    assert_eq!(map.with_ptr(2, 3, copy).unwrap(), b"cde");
    let refused = map.with_ptr(4, 3, |_| panic!("not there"));
    assert!(refused.unwrap_err().is_out_of_bounds());
}

#[test]
fn write_from_ptr_foreign_memory_is_copied() {
    let mut map = Mmap::anonymous(10).unwrap();
    let bytes = *b"hello";
    unsafe { map.write_from_ptr(2, bytes.as_ptr(), 5) }.unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"\0\0hello\0\0\0");
    unsafe { map.write_strided_from_ptr(9, -2, bytes.as_ptr(), 5) }.unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"\0ohllloe\0h");
}

#[test]
fn write_from_ptr_out_of_bounds_is_refused() {
    let mut map = Mmap::anonymous(10).unwrap();
    let bytes = *b"hello";
    let error = unsafe { map.write_from_ptr(6, bytes.as_ptr(), 5) }.unwrap_err();
    assert!(error.is_out_of_bounds());
    let error = unsafe { map.write_strided_from_ptr(0, 3, bytes.as_ptr(), 5) }.unwrap_err();
    assert!(error.is_out_of_bounds());
    assert_eq!(map.to_vec(..).unwrap(), [0; 10]);
}

#[test]
fn write_from_ptr_own_memory_is_copied_first() {
    let bytes = pattern(100);
    for (from, to) in [(0, 10), (10, 0), (50, 50)] {
        let mut map = writable(&file_with(&bytes));
        let source = map.as_ptr().wrapping_add(from);
        unsafe { map.write_from_ptr(to, source, 50) }.unwrap();
        assert_eq!(map.to_vec(to..to + 50).unwrap(), bytes[from..from + 50]);
    }
}

#[test]
fn write_strided_from_ptr_own_memory_is_copied_first() {
    let bytes = pattern(100);
    for (from, start, step) in [(0, 0, 2), (0, 99, -2), (40, 10, 1), (0, 5, 0)] {
        let mut map = writable(&file_with(&bytes));
        let source = map.as_ptr().wrapping_add(from);
        unsafe { map.write_strided_from_ptr(start, step, source, 50) }.unwrap();
        let mut model = bytes.clone();
        for i in 0..50 {
            model[start.wrapping_add_signed(step * i as isize)] = bytes[from + i];
        }
        assert_eq!(
            map.to_vec(..).unwrap(),
            model,
            "from {from} to {start} by {step}"
        );
    }
}

#[test]
fn read_strided_every_step_agrees() {
    let bytes = pattern(100);
    let map = writable(&file_with(&bytes));
    for (start, step, count) in [
        (0, 1, 100),
        (99, -1, 100),
        (3, 7, 14),
        (99, -33, 4),
        (5, 0, 9),
        (1000, 5, 0),
        (50, -1, 1),
    ] {
        let mut into = vec![MaybeUninit::uninit(); count];
        map.read_strided(start, step, &mut into).unwrap();
        let read: Vec<u8> = into
            .iter()
            .map(|byte| unsafe { byte.assume_init() })
            .collect();
        let expected: Vec<u8> = (0..count)
            .map(|i| bytes[start.wrapping_add_signed(step * i as isize)])
            .collect();
        assert_eq!(read, expected, "{count} from {start} by {step}");
    }
    let mut into = [MaybeUninit::uninit(); 2];
    assert!(
        map.read_strided(99, 1, &mut into)
            .unwrap_err()
            .is_out_of_bounds()
    );
    assert!(
        map.read_strided(0, -1, &mut into)
            .unwrap_err()
            .is_out_of_bounds()
    );
}

/// Returns the indexes of `count` steps of `step` from `start`, if all are in `len` bytes.
fn places(start: usize, step: isize, count: usize, len: usize) -> Option<Vec<usize>> {
    let place = |i| start.checked_add_signed(step * i as isize);
    (0..count)
        .map(|i| place(i).filter(|&place| place < len))
        .collect()
}

#[test]
fn read_and_write_strided_around_page_edge_agree() {
    let page = Mmap::page_size();
    let mut model = pattern(2 * page);
    let mut map = writable(&file_with(&model));
    let starts = (0..33).chain(page - 33..page + 33);
    let starts = starts.chain(2 * page - 33..2 * page);
    let steps = [0, 1, -1, 2, -2, 3, -7, 16, -64, 100, page as isize];
    let counts = [1, 2, 3, 15, 16, 17, 32, 33, 63, 64, 65];
    for (start, step) in starts.flat_map(|start| steps.map(|step| (start, step))) {
        for count in counts {
            let Some(places) = places(start, step, count, 2 * page) else {
                continue;
            };
            let mut into = vec![MaybeUninit::uninit(); count];
            map.read_strided(start, step, &mut into).unwrap();
            let read = into.iter().map(|byte| unsafe { byte.assume_init() });
            assert!(read.eq(places.iter().map(|&place| model[place])));
            let bytes: Vec<u8> = (0..count).map(|i| (start + i * 3) as u8).collect();
            map.write_strided(start, step, &bytes).unwrap();
            places
                .iter()
                .zip(&bytes)
                .for_each(|(&place, &byte)| model[place] = byte);
            let what = || format!("{count} at {start} by {step}");
            assert!(map.to_vec(..).unwrap() == model, "{}", what());
        }
    }
}

#[test]
fn read_uninit_at_fills() {
    let map = writable(&file_with(b"abcdef"));
    let mut into = [MaybeUninit::uninit(); 3];
    map.read_uninit_at(2, &mut into).unwrap();
    assert_eq!(into.map(|byte| unsafe { byte.assume_init() }), *b"cde");
    assert!(
        map.read_uninit_at(4, &mut into)
            .unwrap_err()
            .is_out_of_bounds()
    );
}

#[test]
fn zero_length_stride_is_always_in_bounds() {
    let mut map = Mmap::anonymous(10).unwrap();
    map.write_strided(usize::MAX, 1, b"").unwrap();
    map.write_strided(usize::MAX, isize::MIN, b"").unwrap();
    map.read_strided(usize::MAX, 1, &mut []).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0; 10]);
}
