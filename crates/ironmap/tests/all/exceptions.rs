//! Pages of a view that cannot be accessed: every operation returns an error, and the process
//! survives.
//!
//! # Safety
//!
//! The one system call protects pages of the test's own map.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use ironmap::raw::MmapExt;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use ironmap::{Access, Error, FaultReason, Mmap, MmapOptions};
use windows_sys::Win32::Foundation::ERROR_NOACCESS;
use windows_sys::Win32::System::Memory::{
    PAGE_NOACCESS, PAGE_PROTECTION_FLAGS, PAGE_READWRITE, VirtualProtect,
};

use crate::{file_with, pattern, writable};

const PAGE: usize = 4096;

fn protect(map: &Mmap, range: Range<usize>, protection: PAGE_PROTECTION_FLAGS) {
    let start = map.as_ptr().wrapping_add(range.start);
    let mut old = 0;
    let done = unsafe { VirtualProtect(start.cast(), range.len(), protection, &mut old) };
    assert_ne!(done, 0, "{}", std::io::Error::last_os_error());
}

/// Returns memory with a protection other than copy-on-write.
fn shared(len: usize) -> Mmap {
    let options = MmapOptions::new().access(Access::Write).len(len);
    options.anonymous().unwrap()
}

/// Maps eight pages of a file, and makes two of them inaccessible.
fn with_a_hole() -> (Mmap, Vec<u8>, Range<usize>) {
    let bytes = pattern(8 * PAGE);
    let map = writable(&file_with(&bytes));
    let hole = 3 * PAGE..5 * PAGE;
    protect(&map, hole.clone(), PAGE_NOACCESS);
    (map, bytes, hole)
}

#[track_caller]
fn fails_at<T>(result: Result<T, Error>, at: usize) {
    let error = result.err().expect("the page cannot be had");
    let fault = error.fault().expect("the error is a fault");
    assert_eq!((fault.at, fault.reason), (at, FaultReason::Unreadable));
    assert_eq!(fault.file_size, None);
    assert_eq!(error.raw_os_error(), Some(ERROR_NOACCESS as i32));
}

#[test]
fn view_inaccessible_page_reads_zeros_and_is_an_error() {
    let (map, bytes, hole) = with_a_hole();
    let at = hole.start;
    let read = map.view(.., |view| {
        assert_eq!(view.byte(at - 1).unwrap(), bytes[at - 1]);
        view.check().unwrap();
        assert_eq!(view.read_u64_le(at).unwrap(), 0);
        // From here on every look of the scope reports it.
        fails_at(view.slice(..at).unwrap().check(), at);
        assert_eq!(view.find(b"not there"), None);
        assert_eq!(view.bytes().count(), bytes.len());
        let mut chunks = Vec::new();
        view.for_each_chunk(|chunk| chunks.extend_from_slice(chunk));
        assert_eq!(chunks[..at], bytes[..at]);
        assert_eq!(chunks[at..at + PAGE], [0; PAGE]);
    });
    fails_at(read, at);
    assert_eq!(
        map.view(..at, |view| view.to_vec()).unwrap().unwrap(),
        bytes[..at]
    );
}

#[test]
fn view_mut_inaccessible_page_is_an_error() {
    let (mut map, bytes, hole) = with_a_hole();
    let stored = map.view_mut(.., |mut view| {
        view.set_byte(0, 255).unwrap();
        view.write_u64_le(hole.start, 1).unwrap();
    });
    fails_at(stored, hole.start);
    assert_eq!(map.byte(0).unwrap(), 255);
    assert_eq!(map.byte(1).unwrap(), bytes[1]);
}

#[test]
fn for_each_chunk_mut_beside_inaccessible_page_stores_no_zeros() {
    let (mut map, mut expected, hole) = with_a_hole();
    // The chunks lie across the ends of pages.
    let mut seen = 0;
    let changed = map.view_mut(100.., |mut view| {
        view.for_each_chunk_mut(|chunk| {
            seen += 1;
            chunk.iter_mut().for_each(|byte| *byte = !*byte);
        });
    });
    fails_at(changed, hole.start);
    protect(&map, hole, PAGE_READWRITE);
    // The chunks 2 to 4 have bytes of the hole.
    let readable = [0, 1, 5, 6, 7];
    for (i, chunk) in expected[100..].chunks_mut(4096).enumerate() {
        if readable.contains(&i) {
            chunk.iter_mut().for_each(|byte| *byte = !*byte);
        }
    }
    assert!(map.to_vec(..).unwrap() == expected);
    assert_eq!(seen, readable.len());
}

#[test]
fn read_methods_inaccessible_page_report_first_byte() {
    let (map, _, hole) = with_a_hole();
    let mut into = vec![0; 4 * PAGE];
    let mut uninit = vec![MaybeUninit::uninit(); PAGE];
    fails_at(map.byte(hole.start), hole.start);
    fails_at(map.byte(hole.end - 1), hole.end - 1);
    fails_at(map.read_at(2 * PAGE, &mut into), hole.start);
    fails_at(
        map.read_at(hole.start + 10, &mut into[..1]),
        hole.start + 10,
    );
    fails_at(map.read_uninit_at(hole.start, &mut uninit), hole.start);
    fails_at(map.read_strided(0, 8, &mut uninit), hole.start);
    fails_at(map.to_vec(..), hole.start);
    fails_at(map.find(b"not there", ..), hole.start);
    fails_at(map.count(b"not there", ..), hole.start);
    fails_at(map.count(b"\xff", ..), hole.start);
    fails_at(map.find_all(b"not there", ..), hole.start);
    let mut lines = map.lines(hole.start..).unwrap();
    fails_at(lines.next_line(), hole.start);
    assert_eq!(map.faults(), 12);
    assert!(!map.is_damaged());
}

#[test]
fn to_vec_beside_inaccessible_page_is_read() {
    let (map, bytes, hole) = with_a_hole();
    assert_eq!(map.to_vec(..hole.start).unwrap(), bytes[..hole.start]);
    assert_eq!(map.to_vec(hole.end..).unwrap(), bytes[hole.end..]);
    assert_eq!(map.faults(), 0);
}

#[test]
fn find_match_before_inaccessible_page_is_found() {
    for needle in [&b"#"[..], b"##", b"#--------------------------------#"] {
        let mut bytes = vec![b'.'; 8 * PAGE];
        let (before, behind) = (3 * PAGE - needle.len(), 5 * PAGE);
        bytes[before..3 * PAGE].copy_from_slice(needle);
        bytes[behind..behind + needle.len()].copy_from_slice(needle);
        let map = writable(&file_with(&bytes));
        protect(&map, 3 * PAGE..5 * PAGE, PAGE_NOACCESS);
        assert_eq!(map.find(needle, ..).unwrap(), Some(before));
        assert_eq!(map.rfind(needle, ..).unwrap(), Some(behind));
        fails_at(map.find(needle, before + 1..), 3 * PAGE);
        let error = map.rfind(needle, ..behind).unwrap_err();
        assert!((3 * PAGE..5 * PAGE).contains(&error.fault().unwrap().at));
    }
}

#[test]
fn lines_before_inaccessible_page_are_lent() {
    let mut bytes = vec![b'.'; 8 * PAGE];
    bytes[99] = b'\n';
    bytes[3 * PAGE - 1] = b'\n';
    let map = writable(&file_with(&bytes));
    protect(&map, 3 * PAGE..5 * PAGE, PAGE_NOACCESS);
    let mut lines = map.lines(..).unwrap();
    assert_eq!(lines.next_line().unwrap().map(<[u8]>::len), Some(100));
    assert_eq!(
        lines.next_line().unwrap().map(<[u8]>::len),
        Some(3 * PAGE - 100)
    );
    fails_at(lines.next_line(), 3 * PAGE);
    protect(&map, 3 * PAGE..5 * PAGE, PAGE_READWRITE);
    assert_eq!(lines.next_line().unwrap().map(<[u8]>::len), Some(5 * PAGE));
}

#[test]
fn write_methods_inaccessible_page_store_nothing() {
    let (mut map, bytes, hole) = with_a_hole();
    fails_at(map.set_byte(hole.start, 1), hole.start);
    fails_at(map.write_at(2 * PAGE, &[7; 2 * PAGE]), hole.start);
    fails_at(map.write_strided(0, 8, &[7; PAGE]), hole.start);
    fails_at(map.write_strided(8 * PAGE - 1, -8, &[7; PAGE]), hole.start);
    fails_at(map.copy_within(..2 * PAGE, 2 * PAGE), hole.start);
    fails_at(map.copy_within(2 * PAGE..4 * PAGE, 0), hole.start);
    assert_eq!(map.faults(), 6);
    protect(&map, hole, PAGE_READWRITE);
    assert_eq!(map.to_vec(..).unwrap(), bytes);
}

#[test]
fn resize_anonymous_inaccessible_page_is_fault() {
    let mut map = shared(4 * PAGE);
    protect(&map, PAGE..2 * PAGE, PAGE_NOACCESS);
    fails_at(map.to_vec(..), PAGE);
    fails_at(map.resize(8 * PAGE), PAGE);
    assert_eq!(map.len(), 4 * PAGE);
    protect(&map, PAGE..2 * PAGE, PAGE_READWRITE);
    map.resize(8 * PAGE).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0; 8 * PAGE]);
    assert_eq!(map.faults(), 2);
}

#[test]
fn copy_within_inaccessible_source_reports_it() {
    let mut map = shared(4 * PAGE);
    protect(&map, 0..PAGE, PAGE_NOACCESS);
    fails_at(map.copy_within(..PAGE, 2 * PAGE), 0);
    protect(&map, 0..PAGE, PAGE_READWRITE);
}

#[test]
fn resize_tagged_inaccessible_page_keeps_name() {
    let name = format!("ironmap-{}-kept", std::process::id());
    let tagged = |len| {
        let options = MmapOptions::new().len(len).tag_name(&name);
        options.anonymous().unwrap()
    };
    let mut map = tagged(4 * PAGE);
    map.write_at(0, b"kept").unwrap();
    protect(&map, PAGE..2 * PAGE, PAGE_NOACCESS);
    fails_at(map.resize(8 * PAGE), PAGE);
    assert_eq!(map.tag_name().unwrap(), *name);
    assert_eq!(tagged(4).to_vec(..).unwrap(), b"kept");
}

#[test]
fn count_parallel_inaccessible_page_is_fault() {
    let mut map = shared(64 << 20);
    map.write_at(0, b"needle").unwrap();
    protect(&map, 40 << 20..(40 << 20) + PAGE, PAGE_NOACCESS);
    fails_at(map.count(b"needle", ..), 40 << 20);
    fails_at(map.find_all(b"needle", ..), 40 << 20);
    assert_eq!(map.count(b"needle", ..40 << 20).unwrap(), 1);
}

/// Returns the host's folder under Wine, which shows the host's files as drive Z and runs its
/// programs.
fn under_wine() -> Option<PathBuf> {
    let folder = Path::new(r"Z:\").join(env!("CARGO_TARGET_TMPDIR"));
    folder.is_dir().then_some(folder)
}

#[test]
fn read_file_truncated_outside_wine_is_fault() {
    let Some(folder) = under_wine() else {
        eprintln!("passed over: needs the host of Wine");
        return;
    };
    let name = format!("cut-{}", std::process::id());
    let path = folder.join(&name);
    std::fs::write(&path, pattern(8 * PAGE)).unwrap();
    let map = MmapOptions::new()
        .access(Access::Write)
        .open(&path)
        .unwrap();
    assert_eq!(map.to_vec(..).unwrap(), pattern(8 * PAGE));
    let unix = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    let cut = Command::new("start")
        .args(["/unix", "/usr/bin/truncate", "--size=4096", &unix])
        .status();
    assert!(cut.unwrap().success());
    let start = std::time::Instant::now();
    while std::fs::metadata(&path).unwrap().len() > PAGE as u64 {
        assert!(start.elapsed().as_secs() < 60, "the file was not cut");
        std::thread::yield_now();
    }
    assert_eq!(map.to_vec(..PAGE).unwrap(), pattern(PAGE));
    let error = map.to_vec(..).unwrap_err();
    assert_eq!(error.fault().expect("a fault").at, PAGE);
    let error = map.find(b"not there", ..).unwrap_err();
    assert_eq!(error.fault().expect("a fault").at, PAGE);
    drop(map);
    std::fs::remove_file(path).unwrap();
}
