//! Protections: a forbidden access is an error, not a crash.

#[cfg(feature = "needles")]
use ironmap::Needles;
use ironmap::raw::MmapExt;
use ironmap::raw::MmapOptionsExt;
use ironmap::{ErrorKind, Mmap, MmapOptions};

use crate::{contents, file_with};

fn protected(protection: i32) -> Mmap {
    let file = file_with(b"secret");
    MmapOptions::new()
        .raw_protection(protection)
        .map(&file)
        .unwrap()
}

/// Checks that every method that loads fails on an unreadable map.
fn all_reads_fail(map: &mut Mmap) {
    use std::io::Read;
    use std::mem::MaybeUninit;

    let refused = |result: Result<(), ironmap::Error>| {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::NotReadable);
    };
    let mut uninit = [MaybeUninit::uninit(); 2];
    refused(map.byte(0).map(drop));
    refused(map.byte(100).map(drop));
    refused(map.read_at(0, &mut [0; 2]));
    refused(map.read_at(0, &mut []));
    refused(map.read_uninit_at(0, &mut uninit));
    refused(map.read_strided(0, 2, &mut uninit));
    refused(map.to_vec(..).map(drop));
    for needle in [&b""[..], b"s", b"se", b"much longer than the map"] {
        refused(map.find(needle, ..).map(drop));
        refused(map.rfind(needle, ..).map(drop));
        refused(map.count(needle, ..).map(drop));
        refused(map.find_all(needle, ..).map(drop));
        refused(map.find_all_overlapping(needle, ..).map(drop));
        #[cfg(feature = "needles")]
        refused(map.find_any(&Needles::new([needle]).unwrap(), ..).map(drop));
        refused(map.find_iter(needle, ..).unwrap().next().unwrap().map(drop));
    }
    refused(map.lines(..).unwrap().next_line().map(drop));
    refused(map.read_array::<2>(0).map(drop));
    refused(map.read_u16_le(0).map(drop));
    refused(map.with_ptr(0, 2, |_| ()));
    refused(map.populate(..));
    refused(crate::atomics::u8(map, ..).map(drop));
    refused(map.load_u8(0).map(drop));
    refused(map.make_exec());
    refused(map.copy_within(0..2, 3));
    refused(map.reader().read_line(&mut Vec::new()).map(drop));
    let error = map.reader().read(&mut [0; 2]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
}

/// Checks that every method that stores fails on a map that is not writable.
fn all_writes_fail(map: &mut Mmap) {
    use std::io::Write;

    let refused = |result: Result<(), ironmap::Error>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotWritable);
        assert!(error.is_protected());
    };
    refused(map.set_byte(0, 1));
    refused(map.set_byte(100, 1));
    refused(map.write_at(0, b"ab"));
    refused(map.write_at(0, b""));
    refused(map.write_strided(0, 2, b"ab"));
    let error = map.cursor().write(b"ab").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    assert_eq!(map.resize(10).unwrap_err().kind(), ErrorKind::NotResizable);
}

#[test]
fn raw_protection_none_refuses_read_and_write() {
    let mut map = protected(libc::PROT_NONE);
    assert!(!map.is_readable() && !map.is_writable());
    all_reads_fail(&mut map);
    all_writes_fail(&mut map);
}

#[test]
fn raw_protection_read_refuses_write() {
    let mut map = protected(libc::PROT_READ);
    assert!(map.is_readable() && !map.is_writable());
    assert_eq!(map.to_vec(..).unwrap(), b"secret");
    all_writes_fail(&mut map);
    assert_eq!(
        map.copy_within(0..2, 3).unwrap_err().kind(),
        ErrorKind::NotWritable
    );
}

#[test]
fn raw_protection_exec_refuses_read() {
    let mut map = protected(libc::PROT_EXEC);
    assert!(!map.is_readable());
    all_reads_fail(&mut map);
}

#[test]
fn raw_protection_write_allows_read() {
    let file = file_with(b"secret");
    let mut map = MmapOptions::new()
        .raw_protection(libc::PROT_WRITE)
        .map(&file)
        .unwrap();
    assert!(map.is_readable() && map.is_writable());
    map.set_byte(0, b'S').unwrap();
    assert_eq!(map.to_vec(..).unwrap(), b"Secret");
    assert_eq!(contents(&file), b"Secret");
}
