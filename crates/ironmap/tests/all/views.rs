//! Numbers, atomics and memory that holds still.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with, pattern, writable};

#[test]
fn numbers_at_every_offset() {
    let bytes = pattern(300);
    let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
    for at in 0..300 - 8 {
        let eight: [u8; 8] = bytes[at..at + 8].try_into().unwrap();
        assert_eq!(map.read_array(at).unwrap(), eight);
        assert_eq!(map.read_u64_le(at).unwrap(), u64::from_le_bytes(eight));
        assert_eq!(map.read_u64_be(at).unwrap(), u64::from_be_bytes(eight));
        let four: [u8; 4] = eight[..4].try_into().unwrap();
        assert_eq!(map.read_u32_le(at).unwrap(), u32::from_le_bytes(four));
        assert_eq!(map.read_u32_be(at).unwrap(), u32::from_be_bytes(four));
        let two: [u8; 2] = eight[..2].try_into().unwrap();
        assert_eq!(map.read_u16_le(at).unwrap(), u16::from_le_bytes(two));
        assert_eq!(map.read_u16_be(at).unwrap(), u16::from_be_bytes(two));
    }
    assert_eq!(map.read_u16_le(298).unwrap(), u16::from_le_bytes([47, 48]));
    assert!(map.read_u16_le(299).unwrap_err().is_out_of_bounds());
    assert!(map.read_u64_be(293).unwrap_err().is_out_of_bounds());
    assert!(map.read_array::<0>(301).unwrap_err().is_out_of_bounds());
}

#[test]
fn atomics_are_the_file() {
    let file = file_with(&pattern(4096));
    let mut map = writable(&file);
    let words = map.as_atomic_u64(8..24).unwrap();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0].load(Relaxed).to_ne_bytes(), pattern(4096)[8..16]);
    words[1].store(u64::MAX, Release);
    assert_eq!(
        map.as_atomic_u32(16..20).unwrap()[0].fetch_add(2, SeqCst),
        u32::MAX
    );
    map.as_atomic_u8(..).unwrap()[4095].store(9, Release);
    assert_eq!(contents(&file)[16..24], [1, 0, 0, 0, 255, 255, 255, 255]);
    assert_eq!(contents(&file)[4095], 9);
}

#[test]
fn atomics_cross_threads_and_maps() {
    let file = file_with(&[0; 4096]);
    let (mut here, mut there) = (writable(&file), writable(&file));
    std::thread::scope(|scope| {
        let thread = scope.spawn(move || {
            let bytes = there.as_atomic_u8(..).unwrap();
            while bytes[0].load(Acquire) == 0 {
                std::thread::yield_now();
            }
            bytes[1].load(Relaxed)
        });
        let bytes = here.as_atomic_u8(..).unwrap();
        bytes[1].store(42, Relaxed);
        bytes[0].store(1, Release);
        assert_eq!(thread.join().unwrap(), 42);
    });
}

#[test]
fn atomics_need_whole_numbers_and_a_map_to_write_to() {
    let mut map = Mmap::anonymous(4096).unwrap();
    let error = map.as_atomic_u64(4..12).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let says = "range 4..12 is not one of whole, aligned numbers of 8 bytes";
    assert_eq!(error.to_string(), says);
    assert!(map.as_atomic_u64(0..12).is_err());
    assert!(map.as_atomic_u32(4..12).is_ok());
    assert_eq!(map.as_atomic_u64(8..8).unwrap().len(), 0);
    assert!(map.as_atomic_u8(..4097).unwrap_err().is_out_of_bounds());
    let mut map = Mmap::open("Cargo.toml").unwrap();
    assert_eq!(
        map.as_atomic_u8(..).unwrap_err().kind(),
        ErrorKind::NotWritable
    );
    let mut empty = Mmap::anonymous(0).unwrap();
    assert!(empty.as_atomic_u8(..).unwrap().is_empty());
}

#[test]
fn only_what_holds_still_is_lent() {
    let file = file_with(b"changes");
    let with = |access| MmapOptions::new().access(access);
    for access in [Access::Read, Access::Write, Access::Copy] {
        assert!(with(access).map(&file).unwrap().still_slice().is_none());
    }
    assert!(
        Mmap::anonymous(10).unwrap().still_slice().is_none(),
        "children see it"
    );
    let mut map = with(Access::Copy).len(10).anonymous().unwrap();
    map.write_at(5, b"hello").unwrap();
    assert_eq!(map.still_slice().unwrap(), b"\0\0\0\0\0hello");
}

#[cfg(target_os = "linux")]
#[test]
fn sealed_memory_is_lent() {
    use crate::sys::{memfd, seal};

    let file = memfd(b"sealed");
    let early = MmapOptions::new().access(Access::Copy).map(&file).unwrap();
    for seals in [libc::F_SEAL_SHRINK, libc::F_SEAL_WRITE] {
        let map = MmapOptions::new().map(&file).unwrap();
        assert!(map.still_slice().is_none());
        drop(map);
        seal(&file, seals);
    }
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(map.still_slice().unwrap(), b"sealed");
    assert!(
        early.still_slice().is_none(),
        "it may have lost pages before"
    );
    let options = MmapOptions::new().track_file(false);
    assert!(
        options.map(&file).unwrap().still_slice().is_none(),
        "nobody to ask"
    );
}

#[cfg(unix)]
#[test]
fn atomics_of_lost_pages_tell_afterwards() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = writable(&file);
    file.set_len(page as u64).unwrap();
    let bytes = map.as_atomic_u8(..).unwrap();
    assert_eq!(bytes[2 * page + 1].load(Relaxed), 0);
    assert_eq!(map.damage().unwrap().at, page);
    assert!(map.still_slice().is_none());
}
