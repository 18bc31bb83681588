//! Windows only: tag names, offsets, files that grow with their maps.
//!
//! # Safety
//!
//! The one system call creates a section, whose handle the test owns.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use ironmap::raw::MmapOptionsExt;
use std::fs::File;
use std::os::windows::io::{FromRawHandle, OwnedHandle};
use std::ptr;

use ironmap::{
    Access, Advice, ErrorKind, FaultGuard, Mmap, MmapOptions, disable_fault_guard,
    ensure_fault_guard, fault_guard,
};
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, ERROR_INVALID_PARAMETER, ERROR_MAPPED_ALIGNMENT,
    ERROR_NOT_ENOUGH_MEMORY, ERROR_USER_MAPPED_FILE, INVALID_HANDLE_VALUE, WIN32_ERROR,
};
use windows_sys::Win32::Storage::FileSystem::FILE_FLAG_BACKUP_SEMANTICS;
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, PAGE_PROTECTION_FLAGS, PAGE_READWRITE, SEC_COMMIT, SEC_RESERVE,
};

use crate::resize_failures::fails_without_a_trace;
use crate::{contents, file_with, pattern, writable};

fn code(error: &ironmap::Error) -> Option<WIN32_ERROR> {
    error.raw_os_error().map(|code| code as WIN32_ERROR)
}

/// Returns memory with a tag name that is unique to this process.
fn tagged(name: &str, len: usize) -> Mmap {
    let options = MmapOptions::new().len(len).tag_name(own(name));
    options.anonymous().unwrap()
}

fn own(name: &str) -> String {
    format!("ironmap-{}-{name}", std::process::id())
}

#[test]
fn open_failure_names_path() {
    let error = Mmap::open("no such file").unwrap_err();
    assert_eq!(code(&error), Some(ERROR_FILE_NOT_FOUND));
    let says = "opening \"no such file\" failed: ";
    assert!(error.to_string().starts_with(says), "{error}");
    let error = Mmap::open("with\0zero").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn raw_file_offset_unaligned_is_mapped_alignment_error() {
    let granularity = Mmap::allocation_granularity();
    assert_eq!(granularity, 1 << 16);
    let bytes = pattern(granularity + 100);
    let file = file_with(&bytes);
    let at = |offset: usize| MmapOptions::new().raw_file_offset(offset as u64);
    let map = at(granularity).map(&file).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), bytes[granularity..]);
    for offset in [1, Mmap::page_size(), granularity - 1] {
        let error = at(offset).map(&file).unwrap_err();
        assert_eq!(code(&error), Some(ERROR_MAPPED_ALIGNMENT));
        let error = at(offset).len(10).anonymous().unwrap_err();
        assert_eq!(code(&error), Some(ERROR_MAPPED_ALIGNMENT));
    }
}

#[test]
fn map_length_past_end_extends_file() {
    let file = file_with(b"abc");
    let options = MmapOptions::new().access(Access::Write).len(5000);
    let mut map = options.map(&file).unwrap();
    assert_eq!((map.len(), map.size().unwrap()), (5000, 5000));
    map.set_byte(4999, 7).unwrap();
    let expected = [&b"abc"[..], &[0; 4996], &[7]].concat();
    assert_eq!(contents(&file), expected);

    let empty = file_with(b"");
    let map = options.map(&empty).unwrap();
    assert_eq!(map.to_vec(..).unwrap(), [0; 5000]);
}

#[test]
fn map_read_only_length_past_end_is_error() {
    let file = file_with(b"abc");
    for access in [Access::Read, Access::Copy] {
        let options = MmapOptions::new().access(access).len(5000);
        let error = options.map(&file).unwrap_err();
        assert_eq!(code(&error), Some(ERROR_NOT_ENOUGH_MEMORY), "{access:?}");
        assert_eq!(contents(&file), b"abc");
    }
}

#[test]
fn map_failure_restores_file_size() {
    let file = file_with(b"abc");
    let options = MmapOptions::new().access(Access::Write);
    options.clone().len(1 << 50).map(&file).unwrap_err();
    options
        .clone()
        .len(10)
        .raw_file_offset(4096)
        .map(&file)
        .unwrap_err();
    options.len(usize::MAX).map(&file).unwrap_err();
    assert_eq!(contents(&file), b"abc");
}

#[test]
fn try_as_slice_tagged_is_none() {
    let options = MmapOptions::new().len(4096).tag_name(own("still"));
    let mut writing = options.clone().anonymous().unwrap();
    let reading = options.access(Access::Copy).anonymous().unwrap();
    assert!(reading.try_as_slice().is_none());
    writing.write_at(0, b"X").unwrap();
    assert_eq!(reading.byte(0).unwrap(), b'X');
    let alone = MmapOptions::new().access(Access::Copy).len(10).anonymous();
    assert_eq!(alone.unwrap().try_as_slice().unwrap(), [0; 10]);
}

#[test]
fn raw_file_offset_unaligned_changes_no_file() {
    let file = file_with(b"abc");
    let options = MmapOptions::new().access(Access::Write).len(5);
    let error = options.raw_file_offset(4096).map(&file).unwrap_err();
    assert_eq!(code(&error), Some(ERROR_MAPPED_ALIGNMENT));
    assert_eq!(contents(&file), b"abc");
}

#[test]
fn set_len_of_mapped_file_is_refused() {
    let file = file_with(&pattern(9000));
    let map = writable(&file);
    let error = file.set_len(10).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(ERROR_USER_MAPPED_FILE as i32));
    assert_eq!(map.to_vec(..).unwrap(), pattern(9000));
    drop(map);
    file.set_len(10).unwrap();
}

#[test]
fn map_directory_is_error() {
    use std::os::windows::fs::OpenOptionsExt;
    let mut options = File::options();
    options.read(true).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
    let directory = options.open(std::env::temp_dir()).unwrap();
    for options in [MmapOptions::new(), MmapOptions::new().len(10)] {
        let error = options.map(&directory).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Os, "{error}");
    }
}

/// Returns a sparse file.
fn sparse(len: u64) -> File {
    let file = tempfile::tempfile().unwrap();
    file.set_len(len).unwrap();
    file
}

#[test]
fn map_and_resize_over_4_gib_agree() {
    let far = 5 << 30;
    let file = sparse(far + 100);
    let options = MmapOptions::new().access(Access::Write).file_offset(far);
    let mut map = options.map(&file).unwrap();
    assert_eq!((map.len(), map.size().unwrap()), (100, far + 100));
    map.write_at(90, b"far away").unwrap();
    map.flush(..).unwrap();
    map.resize(200).unwrap();
    assert_eq!(map.size().unwrap(), far + 200);
    assert_eq!(map.to_vec(90..100).unwrap(), b"far away\0\0");
    drop(map);
    assert_eq!(file.metadata().unwrap().len(), far + 200);
    let first = MmapOptions::new().len(1 << 20).map(&file).unwrap();
    assert_eq!(first.count(b"\0", ..).unwrap(), 1 << 20);
}

#[test]
fn tag_name_shared_by_two_maps() {
    let mut one = tagged("one", 100);
    let two = tagged("one", 50);
    let other = tagged("other", 100);
    one.write_at(0, b"hello").unwrap();
    assert_eq!(two.to_vec(..5).unwrap(), b"hello");
    assert_eq!(other.to_vec(..5).unwrap(), [0; 5]);
    drop((one, two));
    assert_eq!(tagged("one", 100).byte(0).unwrap(), 0, "it was forgotten");
}

#[test]
fn tag_name_unicode_is_kept_and_zero_refused() {
    let mut one = tagged("Грёбл-å-猫-🐈", 10);
    one.set_byte(3, 9).unwrap();
    assert_eq!(tagged("Грёбл-å-猫-🐈", 10).byte(3).unwrap(), 9);
    assert_eq!(tagged("Грёбл-å-猫", 10).byte(3).unwrap(), 0);
    let options = MmapOptions::new().len(10).tag_name("a\0b");
    let error = options.anonymous().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(one.tag_name(), Some(own("Грёбл-å-猫-🐈").into()));
    let unnamed = MmapOptions::new().len(10).tag_name("");
    let mut map = unnamed.anonymous().unwrap();
    assert_eq!(map.tag_name(), None);
    map.set_byte(0, 1).unwrap();
    assert_eq!(unnamed.anonymous().unwrap().byte(0).unwrap(), 0);
}

#[test]
fn tag_name_taken_by_smaller_map_is_denied() {
    let small = tagged("small", 100);
    let options = MmapOptions::new().len(1 << 20).tag_name(own("small"));
    let error = options.anonymous().unwrap_err();
    assert_eq!(code(&error), Some(ERROR_ACCESS_DENIED));
    drop(small);
    assert_eq!(options.anonymous().unwrap().len(), 1 << 20);
}

/// Creates a section outside of the crate.
fn foreign_section(name: &str, kind: PAGE_PROTECTION_FLAGS, len: u32) -> OwnedHandle {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let (protection, none) = (PAGE_READWRITE | kind, INVALID_HANDLE_VALUE);
    let made = unsafe { CreateFileMappingW(none, ptr::null(), protection, 0, len, name.as_ptr()) };
    assert!(!made.is_null());
    unsafe { OwnedHandle::from_raw_handle(made) }
}

#[test]
fn tag_name_of_reserved_section_is_error() {
    let options = MmapOptions::new().len(1 << 20).tag_name(own("reserved"));
    let reserved = foreign_section(&own("reserved"), SEC_RESERVE, 1 << 20);
    let error = options.anonymous().unwrap_err();
    assert_eq!(code(&error), Some(ERROR_INVALID_PARAMETER));
    drop(reserved);
    let committed = foreign_section(&own("reserved"), SEC_COMMIT, 1 << 20);
    let map = options.anonymous().unwrap();
    assert_eq!(map.count(b"\0", ..).unwrap(), 1 << 20);
    drop(committed);
}

#[test]
fn tag_name_of_file_is_shared() {
    let file = file_with(b"named");
    let options = MmapOptions::new()
        .access(Access::Write)
        .tag_name(own("file"));
    let map = options.map(&file).unwrap();
    let mut again = options.clone().len(5).anonymous().unwrap();
    assert_eq!(again.to_vec(..).unwrap(), b"named");
    again.set_byte(0, b'N').unwrap();
    assert_eq!(map.byte(0).unwrap(), b'N');
    drop(again);
    assert_eq!(contents(&file), b"Named");
}

#[test]
fn resize_anonymous_copies() {
    for access in [Access::Write, Access::Copy] {
        let options = MmapOptions::new().access(access).len(5000);
        let mut map = options.anonymous().unwrap();
        map.write_at(0, &pattern(5000)).unwrap();
        for len in [6000, 200_000, 4097, 10, 0, 9000] {
            let mut expected = map.to_vec(..).unwrap();
            expected.resize(len, 0);
            map.resize(len).unwrap();
            assert_eq!(map.to_vec(..).unwrap(), expected);
        }
    }
}

#[test]
fn resize_tagged_keeps_name() {
    let mut map = tagged("kept", 5000);
    map.write_at(0, &pattern(5000)).unwrap();
    for len in [9000, 100] {
        map.resize(len).unwrap();
        assert_eq!(tagged("kept", 10).to_vec(..).unwrap(), pattern(10));
    }
    map.resize(0).unwrap();
    assert_eq!(tagged("kept", 10).to_vec(..).unwrap(), [0; 10]);
    map.resize(10).unwrap();
    map.set_byte(0, 5).unwrap();
    assert_eq!(tagged("kept", 10).byte(0).unwrap(), 5);
}

#[test]
fn resize_tag_name_in_use_is_refused() {
    let mut one = tagged("held", 5000);
    let mut two = tagged("held", 5000);
    one.write_at(0, b"data").unwrap();
    for map in [&mut one, &mut two] {
        for len in [9000, 100, 0] {
            let error = map.resize(len).unwrap_err();
            assert_eq!(code(&error), Some(ERROR_USER_MAPPED_FILE));
            assert_eq!((map.len(), map.size().unwrap()), (5000, 5000));
            assert_eq!(map.to_vec(..4).unwrap(), b"data");
        }
    }
    one.write_at(0, b"more").unwrap();
    assert_eq!(two.to_vec(..4).unwrap(), b"more");
    drop(two);
    one.resize(100).unwrap();
    assert_eq!(one.to_vec(..4).unwrap(), b"more");
}

#[test]
fn resize_without_memory_changes_nothing() {
    let mut map = Mmap::anonymous(100).unwrap();
    let mut named = tagged("too-large", 100);
    for map in [&mut map, &mut named] {
        map.set_byte(99, 1).unwrap();
        let error = map.resize(1 << 55).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Os, "{error}");
        assert_eq!((map.len(), map.byte(99).unwrap()), (100, 1));
    }
    let again = tagged("too-large", 100);
    assert_eq!(again.byte(99).unwrap(), 1, "it has its name again");
}

#[test]
fn resize_shorter_with_other_map_is_refused() {
    let file = file_with(&pattern(9000));
    let mut one = writable(&file);
    let two = MmapOptions::new().map(&file).unwrap();
    for len in [0, 1, 4096, 8999] {
        let error = fails_without_a_trace(&mut one, &file, len);
        assert_eq!(code(&error), Some(ERROR_USER_MAPPED_FILE), "{len}");
        assert_eq!(two.to_vec(..).unwrap(), pattern(9000));
    }
    drop(two);
    one.resize(4096).unwrap();
    assert_eq!(contents(&file), pattern(4096));
}

#[test]
fn resize_file_tag_name_in_use_is_refused() {
    let file = file_with(&pattern(9000));
    let options = MmapOptions::new()
        .access(Access::Write)
        .tag_name(own("both"));
    let mut one = options.map(&file).unwrap();
    let two = options.map(&file).unwrap();
    for len in [0, 100, 10_000] {
        let error = fails_without_a_trace(&mut one, &file, len);
        assert_eq!(code(&error), Some(ERROR_USER_MAPPED_FILE), "{len}");
    }
    drop(two);
    one.resize(10_000).unwrap();
    assert_eq!(options.map(&file).unwrap().len(), 10_000);
}

#[test]
fn resize_impossible_length_changes_nothing() {
    let file = file_with(&pattern(100));
    let mut map = writable(&file);
    let error = fails_without_a_trace(&mut map, &file, isize::MAX as usize);
    assert_eq!(error.kind(), ErrorKind::Os, "{error}");
}

#[test]
fn advise_and_set_name_are_unsupported() {
    let map = Mmap::anonymous(100).unwrap();
    assert!(map.advise(Advice::Normal, ..).unwrap_err().is_unsupported());
    assert!(map.set_name(c"name").unwrap_err().is_unsupported());
}

#[test]
fn disable_fault_guard_is_error_on_windows() {
    let guard = if cfg!(target_arch = "x86_64") {
        FaultGuard::Active
    } else {
        FaultGuard::Off
    };
    assert_eq!(
        (fault_guard(), ensure_fault_guard().unwrap()),
        (guard, guard)
    );
    let error = disable_fault_guard().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FaultGuard);
    assert_eq!(
        error.to_string(),
        "the fault guard takes no signal on Windows, and is not switched off"
    );
    assert_eq!(fault_guard(), guard);
}
