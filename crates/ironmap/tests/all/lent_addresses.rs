//! Lent addresses: zeros after the map has left them.
//!
//! # Safety
//!
//! All addresses belong to a live map.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use ironmap::raw::MmapExt;
use ironmap::{Access, FaultReason, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

fn load(address: *mut u8, at: usize) -> u8 {
    unsafe { address.wrapping_add(at).read_volatile() }
}

fn store(address: *mut u8, at: usize, byte: u8) {
    unsafe { address.wrapping_add(at).write_volatile(byte) }
}

#[test]
fn retire_lent_map_is_zeros_and_closes_file() {
    let file = file_with(&pattern(10_000));
    let mut map = writable(&file);
    let address = map.lend_address();
    assert_eq!(load(address, 5), 5);
    map.retire();
    #[cfg(target_os = "linux")]
    assert_eq!(crate::sys::other_descriptors_of(&file), []);
    assert!(!map.reserved().is_empty());
    assert_eq!(map.reserved().first_use(), None);
    assert_eq!(load(address, 9_999), 0);
    store(address, 9_999, 7);
    assert_eq!(load(address, 9_999), 7);
    assert_eq!(contents(&file), pattern(10_000));
}

#[test]
fn retire_without_lent_address_unmaps() {
    let mut map = writable(&file_with(&pattern(10_000)));
    let _ = map.as_ptr();
    map.retire();
    assert!(map.is_empty() && map.reserved().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn first_use_reports_page() {
    let page = Mmap::page_size();
    let mut map = writable(&file_with(&pattern(9 * page)));
    let address = map.lend_address();
    map.retire();
    let reserved = map.reserved();
    load(address, 3 * page + 5);
    store(address, 7 * page, 1);
    let fault = reserved.first_use().unwrap();
    assert_eq!((fault.at, fault.file_size), (3 * page, None));
    assert_eq!(fault.reason, FaultReason::Unmapped);
    assert_eq!(fault.raw_os_error(), libc::EIO);
    assert_eq!(reserved.first_use(), None);
    load(address, 7 * page);
    assert_eq!(reserved.first_use().unwrap().at, 7 * page);
}

#[test]
fn resize_shorter_lent_addresses_are_zeros() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(9 * page));
    let mut map = writable(&file);
    let address = map.lend_address();
    map.resize(2 * page + 1).unwrap();
    assert_eq!(load(address, page), pattern(page + 1)[page]);
    assert_eq!(
        [load(address, 3 * page), load(address, 9 * page - 1)],
        [0, 0]
    );
    store(address, 8 * page, 1);
    map.resize(9 * page).unwrap();
    assert_eq!(map.to_vec(3 * page..).unwrap(), vec![0; 6 * page]);
    assert!(!map.reserved().is_empty());
}

#[cfg(target_os = "linux")]
#[test]
fn resize_failure_reserves_nothing() {
    use crate::sys::{memfd, seal};

    let page = Mmap::page_size();
    let file = memfd(&pattern(9 * page));
    let mut map = writable(&file);
    // This leaves room to grow in place.
    map.resize(page).unwrap();
    seal(&file, libc::F_SEAL_GROW);
    let address = map.lend_address();
    map.resize(5 * page).unwrap_err();
    assert_eq!(map.reserved().is_empty(), map.as_ptr() == address);
}

/// Grows a map until it moves. Returns the old address and length.
fn moved(map: &mut Mmap) -> (*mut u8, usize) {
    let (address, old) = (map.lend_address(), map.len());
    while map.as_ptr() == address {
        map.resize(4 * map.len()).unwrap();
    }
    (address, old)
}

#[test]
fn resize_moved_lent_addresses_are_zeros() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(3 * page));
    let options = MmapOptions::new().access(Access::Copy).len(3 * page);
    let memory = options.anonymous().unwrap();
    for mut map in [writable(&file), memory] {
        map.write_at(0, &pattern(3 * page)).unwrap();
        let (old, len) = moved(&mut map);
        assert_eq!(map.to_vec(..len).unwrap(), pattern(3 * page));
        assert_eq!([load(old, 1), load(old, len - 1)], [0, 0]);
        store(old, 1, 99);
        assert_eq!(map.byte(1).unwrap(), 1);
        #[cfg(target_os = "linux")]
        assert_eq!(map.reserved().first_use().unwrap().at, 0);
    }
}

#[test]
fn retire_damaged_map_is_zeros() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = writable(&file);
    let address = map.lend_address();
    file.set_len(page as u64).unwrap();
    assert_eq!(load(address, 2 * page), 0);
    assert_eq!(map.damage().unwrap().at, page);
    map.retire();
    assert_eq!([load(address, 0), load(address, 3 * page)], [0, 0]);
}
