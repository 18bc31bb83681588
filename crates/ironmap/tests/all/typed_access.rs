//! Numbers, atomics and safe slices.

use std::mem::size_of;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

use ironmap::{Access, ErrorKind, Mmap, MmapOptions};

#[cfg(target_os = "linux")]
use crate::raw_numbers::{Advised, Flagged};

use crate::{contents, file_with, pattern, writable};

/// Compares reads and writes of numbers at every offset with the bytes.
macro_rules! agree {
    ($($read:ident $write:ident $number:ident $from:ident;)*) => {
        $({
            const LEN: usize = size_of::<$number>();
            let bytes = pattern(300);
            let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
            let mut copy = Mmap::anonymous(300).unwrap();
            for at in 0..=300 - LEN {
                let number = $number::$from(bytes[at..at + LEN].try_into().unwrap());
                assert_eq!(map.$read(at).unwrap().to_bits(), number.to_bits());
                copy.$write(at, number).unwrap();
            }
            assert_eq!(copy.to_vec(..).unwrap(), bytes);
            assert!(map.$read(300 - LEN + 1).unwrap_err().is_out_of_bounds());
            let error = copy.$write(300 - LEN + 1, $number::default()).unwrap_err();
            assert!(error.is_out_of_bounds());
            assert_eq!(copy.to_vec(..).unwrap(), bytes);
        })*
    };
}

/// Gives integers a `to_bits`, as floats have.
trait Bits: Sized {
    fn to_bits(self) -> Self {
        self
    }
}

impl Bits for u16 {}
impl Bits for u32 {}
impl Bits for u64 {}
impl Bits for i16 {}
impl Bits for i32 {}
impl Bits for i64 {}

#[test]
fn read_and_write_numbers_every_offset_agree() {
    agree! {
        read_u16_le write_u16_le u16 from_le_bytes;
        read_u16_be write_u16_be u16 from_be_bytes;
        read_u32_le write_u32_le u32 from_le_bytes;
        read_u32_be write_u32_be u32 from_be_bytes;
        read_u64_le write_u64_le u64 from_le_bytes;
        read_u64_be write_u64_be u64 from_be_bytes;
        read_i16_le write_i16_le i16 from_le_bytes;
        read_i16_be write_i16_be i16 from_be_bytes;
        read_i32_le write_i32_le i32 from_le_bytes;
        read_i32_be write_i32_be i32 from_be_bytes;
        read_i64_le write_i64_le i64 from_le_bytes;
        read_i64_be write_i64_be i64 from_be_bytes;
        read_f32_le write_f32_le f32 from_le_bytes;
        read_f32_be write_f32_be f32 from_be_bytes;
        read_f64_le write_f64_le f64 from_le_bytes;
        read_f64_be write_f64_be f64 from_be_bytes;
    }
    let map = MmapOptions::new().map(file_with(&pattern(300))).unwrap();
    assert_eq!(map.read_array(298).unwrap(), [47, 48]);
    assert!(map.read_array::<0>(301).unwrap_err().is_out_of_bounds());
}

#[test]
fn as_atomic_stores_reach_file() {
    let file = file_with(&pattern(4000));
    let mut map = writable(&file);
    let words = map.as_atomic_u64(8..24).unwrap();
    assert_eq!(words.len(), 2);
    assert_eq!(words[0].load(Relaxed).to_ne_bytes(), pattern(4000)[8..16]);
    words[1].store(u64::MAX, Release);
    assert_eq!(
        map.as_atomic_u32(16..20).unwrap()[0].fetch_add(2, SeqCst),
        u32::MAX
    );
    map.as_atomic_u8(..).unwrap()[3999].store(9, Release);
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
fn as_atomic_unaligned_or_read_only_is_error() {
    let mut map = Mmap::anonymous(4000).unwrap();
    let error = map.as_atomic_u64(4..12).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let says = "range 4..12 does not hold whole, aligned numbers of 8 bytes";
    assert_eq!(error.to_string(), says);
    assert!(map.as_atomic_u64(0..12).is_err());
    assert!(map.as_atomic_u32(4..12).is_ok());
    // An empty range is always aligned.
    assert_eq!(map.as_atomic_u64(9..9).unwrap().len(), 0);
    let mut empty = Mmap::anonymous(0).unwrap();
    assert_eq!(empty.as_atomic_u64(..).unwrap().len(), 0);
    assert_eq!(empty.as_atomic_u32(..).unwrap().len(), 0);
    assert!(map.as_atomic_u8(..4001).unwrap_err().is_out_of_bounds());
    let mut map = Mmap::open("Cargo.toml").unwrap();
    assert_eq!(
        map.as_atomic_u8(..).unwrap_err().kind(),
        ErrorKind::NotWritable
    );
    let mut empty = Mmap::anonymous(0).unwrap();
    assert!(empty.as_atomic_u8(..).unwrap().is_empty());
}

#[test]
fn try_as_slice_shared_or_file_is_none() {
    let file = file_with(b"changes");
    let with = |access| MmapOptions::new().access(access);
    for access in [Access::Read, Access::Write, Access::Copy] {
        assert!(with(access).map(&file).unwrap().try_as_slice().is_none());
    }
    let shared = with(Access::Write).len(10).anonymous().unwrap();
    assert!(shared.try_as_slice().is_none(), "children see it");
    let mut map = Mmap::anonymous(10).unwrap();
    map.write_at(5, b"hello").unwrap();
    assert_eq!(map.try_as_slice().unwrap(), b"\0\0\0\0\0hello");
    map.try_as_mut_slice().unwrap()[9] = b'p';
    map.resize(20_000).unwrap();
    assert_eq!(map.try_as_slice().unwrap()[5..10], *b"hellp");
}

#[cfg(unix)]
#[test]
fn try_as_mut_slice_read_only_is_none() {
    let mut map = Mmap::anonymous(10).unwrap();
    map.protect(Access::Read).unwrap();
    assert!(map.try_as_mut_slice().is_none());
    assert!(map.try_as_slice().is_some());
    let mut file = MmapOptions::new()
        .access(Access::Copy)
        .map(file_with(b"changes"))
        .unwrap();
    assert!(file.try_as_mut_slice().is_none());
}

/// The system may replace pages advised `MADV_FREE` by zeros at any time, also while a slice
/// exists.
#[cfg(target_os = "linux")]
#[test]
fn try_as_slice_droppable_is_none() {
    let mut map = Mmap::anonymous(10).unwrap();
    map.advise_number(libc::MADV_FREE, ..).unwrap();
    assert!(map.try_as_slice().is_none());
    assert!(map.try_as_mut_slice().is_none());
    map.resize(1 << 20).unwrap();
    assert!(map.try_as_slice().is_none());

    const MAP_DROPPABLE: i32 = 8; // Linux 6.11
    let droppable = MmapOptions::new().with_flags(MAP_DROPPABLE).len(10);
    match droppable.anonymous() {
        Ok(map) => assert!(map.try_as_slice().is_none()),
        Err(error) => assert_eq!(error.raw_os_error(), Some(libc::EINVAL)),
    }
}

#[cfg(target_os = "linux")]
#[test]
fn try_as_slice_sealed_memfd_is_some() {
    use crate::sys::{memfd, seal};

    let file = memfd(b"sealed");
    let early = MmapOptions::new().access(Access::Copy).map(&file).unwrap();
    for seals in [libc::F_SEAL_SHRINK, libc::F_SEAL_WRITE] {
        let map = MmapOptions::new().map(&file).unwrap();
        assert!(map.try_as_slice().is_none());
        drop(map);
        seal(&file, seals);
    }
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(map.try_as_slice().unwrap(), b"sealed");
    assert!(
        early.try_as_slice().is_none(),
        "it may have lost pages before"
    );
    let options = MmapOptions::new().track_file(false);
    assert!(
        options.map(&file).unwrap().try_as_slice().is_none(),
        "no descriptor to check"
    );
}

#[cfg(unix)]
#[test]
fn as_atomic_damage_is_recorded() {
    let page = Mmap::page_size();
    let file = file_with(&pattern(4 * page));
    let mut map = writable(&file);
    file.set_len(page as u64).unwrap();
    let bytes = map.as_atomic_u8(..).unwrap();
    assert_eq!(bytes[2 * page + 1].load(Relaxed), 0);
    assert_eq!(map.damage().unwrap().at, page);
    assert!(map.try_as_slice().is_none());
}
