//! Atomics in maps, and atomic loads of maps that may be read-only.
//!
//! # Safety
//!
//! While a test has atomics of some bytes, it accesses these bytes in no other way but as atomics.

#![allow(unsafe_code)]

use std::ops::RangeBounds;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

use ironmap::{Access, ErrorKind, Mmap, MmapOptions, Result};

use crate::{contents, file_with, pattern, writable};

pub(crate) fn u8(map: &mut Mmap, range: impl RangeBounds<usize>) -> Result<&[AtomicU8]> {
    // SAFETY: the paragraph above.
    unsafe { map.as_atomic_u8(range) }
}

fn u32(map: &mut Mmap, range: impl RangeBounds<usize>) -> Result<&[AtomicU32]> {
    // SAFETY: the paragraph above.
    unsafe { map.as_atomic_u32(range) }
}

fn u64(map: &mut Mmap, range: impl RangeBounds<usize>) -> Result<&[AtomicU64]> {
    // SAFETY: the paragraph above.
    unsafe { map.as_atomic_u64(range) }
}

#[test]
fn as_atomic_stores_reach_file() {
    let file = file_with(&pattern(4000));
    let mut map = writable(&file);
    let words = u64(&mut map, 8..24).unwrap();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0].load(Relaxed).to_ne_bytes(), pattern(4000)[8..16]);
    words[1].store(u64::MAX, Release);
    assert_eq!(
        u32(&mut map, 16..20).unwrap()[0].fetch_add(2, SeqCst),
        u32::MAX
    );
    u8(&mut map, ..).unwrap()[3999].store(9, Release);
    assert_eq!(contents(&file)[16..20], 1_u32.to_ne_bytes());
    assert_eq!(contents(&file)[20..24], [255; 4]);
    assert_eq!(contents(&file)[3999], 9);
}

#[test]
fn as_atomic_synchronises_two_maps() {
    let file = file_with(&[0; 4000]);
    let (mut here, mut there) = (writable(&file), writable(&file));
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            let bytes = u8(&mut there, ..).unwrap();
            while bytes[0].load(Acquire) == 0 {
                std::thread::yield_now();
            }
            bytes[1].load(Relaxed)
        });
        let bytes = u8(&mut here, ..).unwrap();
        bytes[1].store(42, Relaxed);
        bytes[0].store(1, Release);
        assert_eq!(thread.join().unwrap(), 42);
    });
}

#[test]
fn as_atomic_unaligned_or_read_only_is_error() {
    let mut map = Mmap::anonymous(4000).unwrap();
    let error = u64(&mut map, 4..12).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let says = "range 4..12 does not hold whole, aligned numbers of 8 bytes";
    assert_eq!(error.to_string(), says);
    assert!(u64(&mut map, 0..12).is_err());
    assert!(u32(&mut map, 4..12).is_ok());
    // An empty range is always aligned.
    assert_eq!(u64(&mut map, 9..9).unwrap().len(), 0);
    let mut empty = Mmap::anonymous(0).unwrap();
    assert_eq!(u64(&mut empty, ..).unwrap().len(), 0);
    assert_eq!(u32(&mut empty, ..).unwrap().len(), 0);
    assert!(u8(&mut map, ..4001).unwrap_err().is_out_of_bounds());
    let mut map = Mmap::open("Cargo.toml").unwrap();
    assert_eq!(u8(&mut map, ..).unwrap_err().kind(), ErrorKind::NotWritable);
    let mut empty = Mmap::anonymous(0).unwrap();
    assert!(u8(&mut empty, ..).unwrap().is_empty());
}

#[cfg(unix)]
#[test]
fn as_atomic_damage_is_recorded() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = writable(&file);
    file.set_len(page as u64).unwrap();
    let bytes = u8(&mut map, ..).unwrap();
    assert_eq!(bytes[2 * page + 1].load(Relaxed), 0);
    assert_eq!(map.damage().unwrap().at, page);
    assert!(map.try_as_slice().is_none());
}

#[test]
fn as_atomic_unaligned_offset_counts_alignment_in_file() {
    let file = file_with(&pattern(4 * Mmap::page_size()));
    let mut map = MmapOptions::new()
        .file_offset(100)
        .access(Access::Write)
        .map(&file)
        .unwrap();
    assert_eq!(u32(&mut map, ..8).unwrap().len(), 2);
    let error = u64(&mut map, ..8).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(u64(&mut map, 4..12).unwrap().len(), 1);
}

#[test]
fn load_read_only_map_sees_stores_of_another() {
    let file = file_with(&pattern(4000));
    let reading = Mmap::map(&file).unwrap();
    assert_eq!(reading.load_u8(3999).unwrap(), pattern(4000)[3999]);
    assert_eq!(
        reading.load_u32(4).unwrap().to_ne_bytes(),
        pattern(4000)[4..8]
    );
    let mut map = writable(&file);
    u32(&mut map, 4..8).unwrap()[0].store(7, Release);
    assert_eq!(reading.load_u32(4).unwrap(), 7);
    #[cfg(target_pointer_width = "64")]
    assert_eq!(
        reading.load_u64(8).unwrap().to_ne_bytes(),
        pattern(4000)[8..16]
    );
}

#[test]
fn load_unaligned_or_past_end_is_error() {
    let map = Mmap::anonymous(4002).unwrap();
    assert_eq!(map.load_u32(0).unwrap(), 0);
    let error = map.load_u32(2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "offset 2 must be a multiple of 4");
    assert!(map.load_u32(4000).unwrap_err().is_out_of_bounds());
    assert!(map.load_u8(4002).unwrap_err().is_out_of_bounds());
    assert!(map.load_u32(usize::MAX - 3).unwrap_err().is_out_of_bounds());
}

#[test]
fn load_unaligned_offset_counts_alignment_in_file() {
    let file = file_with(&pattern(400));
    let map = MmapOptions::new().file_offset(101).map(&file).unwrap();
    assert_eq!(
        map.load_u32(3).unwrap().to_ne_bytes(),
        pattern(400)[104..108]
    );
    assert_eq!(map.load_u32(4).unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[cfg(unix)]
#[test]
fn load_lost_page_is_fault() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(2 * page));
    let map = Mmap::map(&file).unwrap();
    file.set_len(page as u64).unwrap();
    assert_eq!(
        map.load_u32(page + 4).unwrap_err().fault().unwrap().at,
        page + 4
    );
    map.load_u32(page - 4).unwrap();
}
