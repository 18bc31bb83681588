//! Numbers, atomics and safe slices.

use std::mem::size_of;

use ironmap::{Access, Mmap, MmapOptions};

#[cfg(target_os = "linux")]
use crate::raw_numbers::{Advised, Flagged};

use crate::{file_with, pattern};

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
