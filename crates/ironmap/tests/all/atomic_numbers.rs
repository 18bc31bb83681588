//! Numbers that are loaded, stored and changed by one access.
//!
//! # Safety
//!
//! The tests make no references into maps.

#![allow(unsafe_code)]

use std::fmt::Debug;
use std::sync::Barrier;

use ironmap::raw::{AtomicExt, AtomicNumber};
use ironmap::{Access, ErrorKind, Mmap, MmapOptions, Result};

use crate::{contents, file_with, pattern, writable};

fn store<N: AtomicNumber>(map: &Mmap, at: usize, number: N) -> Result<()> {
    // SAFETY: the paragraph above.
    unsafe { map.store(at, number) }
}

fn fetch_add<N: AtomicNumber>(map: &Mmap, at: usize, number: N) -> Result<N> {
    // SAFETY: the paragraph above.
    unsafe { map.fetch_add(at, number) }
}

fn compare_exchange<N: AtomicNumber>(map: &Mmap, at: usize, expected: N, new: N) -> Result<N> {
    // SAFETY: the paragraph above.
    unsafe { map.compare_exchange(at, expected, new) }
}

/// Does each operation on a number whose bytes in a file were `before`.
fn each<N>(from_bytes: impl Fn(&[u8]) -> N, one: N, highest: N)
where
    N: AtomicNumber + PartialEq + Debug + From<u8>,
{
    let size = size_of::<N>();
    let bytes = pattern(4000);
    let file = file_with(&bytes);
    let map = writable(&file);
    for at in (0..64).step_by(size) {
        let before = from_bytes(&bytes[at..at + size]);
        assert_eq!(map.load::<N>(at).unwrap(), before);
        // Another number is expected.
        assert_eq!(compare_exchange(&map, at, highest, one).unwrap(), before);
        assert_eq!(map.load::<N>(at).unwrap(), before);
        assert_eq!(compare_exchange(&map, at, before, highest).unwrap(), before);
        assert_eq!(fetch_add(&map, at, one).unwrap(), highest);
        assert_eq!(fetch_add(&map, at, one).unwrap(), N::from(0));
        assert_eq!(map.load::<N>(at).unwrap(), one);
        store(&map, at, highest).unwrap();
        assert_eq!(map.load::<N>(at).unwrap(), highest);
    }
    assert_eq!(contents(&file)[..64], [255; 64]);
    assert_eq!(contents(&file)[64..], bytes[64..]);
}

#[test]
fn numbers_agree_with_bytes_and_wrap() {
    each(
        |bytes| u16::from_ne_bytes(bytes.try_into().unwrap()),
        1,
        u16::MAX,
    );
    each(
        |bytes| u32::from_ne_bytes(bytes.try_into().unwrap()),
        1,
        u32::MAX,
    );
    each(
        |bytes| u64::from_ne_bytes(bytes.try_into().unwrap()),
        1,
        u64::MAX,
    );
}

#[test]
fn unaligned_is_error_and_names_offset() {
    let map = Mmap::anonymous(4000).unwrap();
    let error = map.load::<u32>(6).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "offset 6 must be a multiple of 4");
    let kinds = [
        map.load::<u16>(1).unwrap_err().kind(),
        store(&map, 4, 0_u64).unwrap_err().kind(),
        fetch_add(&map, 2, 0_u32).unwrap_err().kind(),
        compare_exchange(&map, 2, 0_u32, 1).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::InvalidInput; 4]);
    assert_eq!(map.to_vec(..).unwrap(), [0; 4000]);
}

#[test]
fn alignment_is_that_in_file() {
    let file = file_with(&pattern(4000));
    let map = MmapOptions::new().file_offset(3).map(&file).unwrap();
    let expected = u32::from_ne_bytes(pattern(4000)[8..12].try_into().unwrap());
    assert_eq!(map.load::<u32>(5).unwrap(), expected);
    assert_eq!(
        map.load::<u32>(4).unwrap_err().to_string(),
        "offset 4 is byte 7 of the file, which must be a multiple of 4"
    );
}

#[test]
fn out_of_bounds_is_error() {
    let map = Mmap::anonymous(13).unwrap();
    assert!(map.load::<u32>(8).is_ok());
    for at in [12, 13, 16, usize::MAX - 3, usize::MAX] {
        assert!(map.load::<u32>(at).unwrap_err().is_out_of_bounds());
        assert!(store(&map, at, 0_u32).unwrap_err().is_out_of_bounds());
        assert!(fetch_add(&map, at, 0_u32).unwrap_err().is_out_of_bounds());
        let error = compare_exchange(&map, at, 0_u32, 1).unwrap_err();
        assert!(error.is_out_of_bounds());
    }
    let empty = Mmap::anonymous(0).unwrap();
    assert!(empty.load::<u16>(0).unwrap_err().is_out_of_bounds());
}

#[test]
fn read_only_map_is_loaded_from_and_not_stored_to() {
    let file = file_with(&[7; 4000]);
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(map.load::<u64>(8).unwrap(), 0x0707_0707_0707_0707);
    let kinds = [
        store(&map, 8, 0_u32).unwrap_err().kind(),
        fetch_add(&map, 8, 1_u32).unwrap_err().kind(),
        compare_exchange(&map, 8, 0_u32, 1).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::NotWritable; 3]);
    assert_eq!(contents(&file), [7; 4000]);
}

#[test]
fn private_map_keeps_file() {
    let file = file_with(&[0; 4000]);
    let options = MmapOptions::new().access(Access::Copy);
    let map = options.map(&file).unwrap();
    fetch_add(&map, 8, 5_u32).unwrap();
    assert_eq!(map.load::<u32>(8).unwrap(), 5);
    assert_eq!(contents(&file), [0; 4000]);
}

#[test]
fn threads_with_maps_of_their_own_lose_no_addition() {
    const THREADS: u32 = 2;
    const EACH: u32 = if cfg!(miri) { 10 } else { 1_000_000 };
    let file = file_with(&[0; 4000]);
    let start = Barrier::new(THREADS as usize);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            let map = writable(&file);
            let start = &start;
            scope.spawn(move || {
                start.wait();
                for _ in 0..EACH {
                    fetch_add(&map, 8, 1_u32).unwrap();
                }
            });
        }
    });
    assert_eq!(writable(&file).load::<u32>(8).unwrap(), THREADS * EACH);
}

#[test]
fn threads_with_one_map_lose_no_addition() {
    const THREADS: u32 = 2;
    const EACH: u32 = if cfg!(miri) { 10 } else { 1_000_000 };
    let map = Mmap::anonymous(4000).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    fetch_add(&map, 8, 1_u32).unwrap();
                }
            });
        }
    });
    assert_eq!(map.load::<u32>(8).unwrap(), THREADS * EACH);
}

/// Each operation on a page that the file has lost is an error, and no zeros reach the file.
#[cfg(unix)]
#[test]
fn damage_is_error() {
    type Operation = fn(&Mmap, usize) -> Result<()>;
    let operations: [Operation; 4] = [
        |map, at| map.load::<u32>(at).map(drop),
        |map, at| store(map, at, 1_u32),
        |map, at| fetch_add(map, at, 1_u32).map(drop),
        |map, at| compare_exchange(map, at, 0_u32, 1).map(drop),
    ];
    let page = Mmap::page_size();
    for operation in operations {
        let file = file_with(&pattern(2 * page));
        let mut map = writable(&file);
        file.set_len(page as u64).unwrap();
        assert!(operation(&map, 0).is_ok());
        let error = operation(&map, page + 8).unwrap_err();
        assert_eq!(error.fault().unwrap().at, page + 8);
        file.set_len(2 * page as u64).unwrap();
        map.restore().unwrap();
        operation(&map, page + 8).unwrap();
    }
}
