//! Maps at file offsets above 4 GiB, which do not fit into 32 bits, also on 32-bit systems.
//!
//! The files are sparse: only written pages take space.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use ironmap::{Access, MmapOptions};
#[cfg(unix)]
use ironmap::{ErrorKind, Mmap};

use crate::pattern;

/// The file offset of the maps, a multiple of every page size. Its low 32 bits are another
/// offset in the file.
const FAR: u64 = 5 << 30;
const CUT: u64 = FAR % (1 << 32);

/// Returns a file with these bytes at [`FAR`], its end.
fn far_file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.seek(SeekFrom::Start(FAR)).unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn far() -> MmapOptions {
    MmapOptions::new().access(Access::Write).file_offset(FAR)
}

/// Reads bytes of the file without a map.
fn at(mut file: &File, place: u64, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    file.seek(SeekFrom::Start(place)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn map_offset_over_4_gib_reads_there() {
    let bytes = pattern(20_000);
    let file = far_file(&bytes);
    let map = MmapOptions::new().file_offset(FAR).map(&file).unwrap();
    assert_eq!((map.len(), map.file_offset()), (bytes.len(), FAR));
    assert_eq!(map.size().unwrap(), FAR + bytes.len() as u64);
    assert_eq!(map.to_vec(..).unwrap(), bytes);
    assert_eq!(map.find(&bytes[200..250], ..).unwrap(), Some(200));
    assert_eq!(map.byte(19_999).unwrap(), bytes[19_999]);
}

#[test]
fn write_at_offset_over_4_gib_writes_only_there() {
    let file = far_file(&[0; 100]);
    let mut map = far().map(&file).unwrap();
    map.write_at(50, b"far").unwrap();
    map.flush(..).unwrap();
    drop(map);
    assert_eq!(at(&file, FAR + 50, 3), b"far");
    assert_eq!(at(&file, CUT + 50, 3), [0; 3]);
}

#[test]
fn resize_offset_over_4_gib_sets_file_size() {
    let file = far_file(b"end");
    let mut map = far().map(&file).unwrap();
    for len in [100_000, 5] {
        map.resize(len).unwrap();
        assert_eq!(file.metadata().unwrap().len(), FAR + len as u64);
        assert_eq!(map.to_vec(..5).unwrap(), b"end\0\0");
    }
    map.set_byte(4, b'!').unwrap();
    map.flush(..).unwrap();
    assert_eq!(at(&file, FAR, 5), b"end\0!");
}

// Windows lengthens a file that is too short for its map.
#[cfg(unix)]
#[test]
fn map_offset_over_4_gib_past_end_is_error() {
    let file = far_file(b"end");
    let kind = |options: MmapOptions| options.map(&file).unwrap_err().kind();
    assert_eq!(kind(far().len(4)), ErrorKind::LengthPastEnd);
    let behind = far().file_offset(2 * FAR);
    assert_eq!(kind(behind.clone()), ErrorKind::OffsetPastEnd);
    assert_eq!(kind(behind.len(1)), ErrorKind::LengthPastEnd);
}

#[cfg(target_pointer_width = "64")]
#[test]
fn map_file_over_4_gib_is_one_map() {
    let file = far_file(b"end");
    let map = MmapOptions::new().map(&file).unwrap();
    assert_eq!(map.to_vec(FAR as usize..).unwrap(), b"end");
    assert_eq!(map.byte(CUT as usize).unwrap(), 0);
}

#[cfg(target_pointer_width = "32")]
#[test]
fn map_longer_than_address_space_is_too_large() {
    let file = far_file(b"end");
    let kind = |options: MmapOptions| options.map(&file).unwrap_err().kind();
    assert_eq!(kind(MmapOptions::new()), ErrorKind::TooLarge);
    // These fit into an address space, but not into an object of Rust.
    let half = MmapOptions::new().file_offset(FAR - (3 << 30));
    assert_eq!(kind(half.clone()), ErrorKind::TooLarge);
    assert_eq!(kind(half.len(isize::MAX as usize + 1)), ErrorKind::TooLarge);
}

#[cfg(unix)]
#[test]
fn fault_offset_over_4_gib_reports_index() {
    let page = Mmap::page_size();
    let file = far_file(&pattern(3 * page));
    let map = far().map(&file).unwrap();
    file.set_len(FAR + page as u64).unwrap();
    let error = map.byte(2 * page).unwrap_err();
    let fault = error.fault().unwrap();
    assert_eq!(fault.at, 2 * page);
    assert_eq!(fault.file_size, Some(FAR + page as u64));
    assert_eq!(map.to_vec(..page).unwrap(), pattern(page));
}
