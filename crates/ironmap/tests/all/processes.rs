//! Tests that need their own process: limits, and closed standard descriptors (Linux).
//!
//! Each is an ignored test that another test runs alone.
//!
//! # Safety
//!
//! The processes belong to the tests; no call touches memory of a map.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::File;
use std::os::fd::AsRawFd;
use std::process::Command;

use ironmap::raw::{MmapExt, replace_with_zeros};
use ironmap::{Access, Mmap, MmapOptions, Result};

use crate::{contents, file_with, pattern, writable};

/// Runs an ignored test of this file in its own process.
fn alone(test: &str) {
    let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", &name])
        .output()
        .unwrap();
    assert!(done.status.success(), "{test}: {done:?}");
}

fn limit_files(bytes: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: libc::RLIM_INFINITY,
    };
    assert_eq!(
        unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit) },
        0
    );
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_DFL) };
}

#[track_caller]
fn too_large(result: Result<()>) {
    assert_eq!(result.unwrap_err().raw_os_error(), Some(libc::EFBIG));
}

#[test]
fn resize_past_fsize_limit_is_error() {
    alone("resize_past_fsize_limit_child");
}

#[test]
#[ignore = "limits its process; resize_past_fsize_limit_is_error runs it"]
fn resize_past_fsize_limit_child() {
    let file = file_with(&pattern(5000));
    let mut map = writable(&file);
    limit_files(8000);
    for len in [8001, 1 << 20] {
        too_large(map.resize(len));
        too_large(map.resize_reserved(len));
        assert_eq!((map.len(), contents(&file)), (5000, pattern(5000)));
    }
    map.resize(8000).unwrap();
    assert_eq!(contents(&file).len(), 8000);
}

#[test]
fn replace_with_zeros_past_fsize_limit_is_error() {
    alone("replace_with_zeros_past_fsize_limit_child");
}

#[test]
#[ignore = "limits its process; replace_with_zeros_past_fsize_limit_is_error runs it"]
fn replace_with_zeros_past_fsize_limit_child() {
    let file = file_with(&pattern(20_000));
    limit_files(8000);
    // The second size would not lengthen the file.
    for size in [30_000, 10_000] {
        too_large(replace_with_zeros(&file, size));
        assert_eq!(contents(&file), pattern(20_000));
    }
    replace_with_zeros(&file, 8000).unwrap();
    assert_eq!(contents(&file), vec![0; 8000]);
}

#[test]
fn map_without_standard_descriptors_takes_none() {
    alone("map_without_standard_descriptors_child");
}

#[test]
#[ignore = "closes its output; map_without_standard_descriptors_takes_none runs it"]
fn map_without_standard_descriptors_child() {
    let named = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(named.path(), "hello").unwrap();
    let errors = File::create("/dev/null").unwrap();
    for fd in 0..3 {
        unsafe { libc::close(fd) };
    }
    let opened = Mmap::open(named.path()).unwrap();
    let mapped = Mmap::map(&named).unwrap();
    let above = [&opened, &mapped]
        .map(|map| {
            [
                map.kept_descriptor().unwrap(),
                map.descriptor_at(0).unwrap(),
            ]
        })
        .iter()
        .flatten()
        .all(|&fd| fd > 2);
    let free = (0..3).all(|fd| unsafe { libc::fcntl(fd, libc::F_GETFD) } == -1);
    for fd in 0..3 {
        unsafe { libc::dup2(errors.as_raw_fd(), fd) };
    }
    assert!(above && free);
}

#[test]
fn descriptor_at_keeps_position_of_file() {
    use std::io::{Read, Seek};

    let mut file = file_with(b"0123456789");
    file.seek(std::io::SeekFrom::Start(7)).unwrap();
    let map = MmapOptions::new().access(Access::Read).map(&file).unwrap();
    for position in [3, 0, 10, 5] {
        let fd = map.descriptor_at(position).unwrap();
        assert_ne!(fd, map.kept_descriptor().unwrap());
        let copy = unsafe { libc::dup(fd) };
        let mut rest = String::new();
        crate::sys::file_at(copy).read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "0123456789"[position as usize..]);
        assert_eq!(file.stream_position().unwrap(), 7);
    }
    drop(map);
    assert_eq!(crate::sys::other_descriptors_of(&file), []);
}

#[test]
fn descriptor_at_after_replacement_is_ebadf() {
    let file = file_with(b"hello");
    let stranger = file_with(b"a stranger's");
    let map = Mmap::map(&file).unwrap();
    let fd = map.descriptor_at(0).unwrap();
    crate::sys::replace_descriptor(fd, &stranger);
    let error = map.descriptor_at(0).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::EBADF));
    assert_eq!(map.size().unwrap(), 5);
    drop(map);
    assert_eq!(contents(&crate::sys::file_at(fd)), b"a stranger's");
}

#[test]
fn descriptor_at_second_call_keeps_first_position() {
    let file = file_with(b"0123456789");
    let map = Mmap::map(&file).unwrap();
    let read = |fd, count| {
        let mut bytes = vec![0; count];
        let got = unsafe { libc::read(fd, bytes.as_mut_ptr().cast(), count) };
        bytes.truncate(got.unsigned_abs());
        String::from_utf8(bytes).unwrap()
    };
    // A child would have duplicates, too.
    let [first, second] = [2, 5].map(|position| {
        let copy = unsafe { libc::dup(map.descriptor_at(position).unwrap()) };
        assert_eq!(read(copy, 1), position.to_string());
        copy
    });
    assert_eq!(
        (read(first, 9), read(second, 9)),
        ("3456789".into(), "6789".into())
    );
    for copy in [first, second] {
        unsafe { libc::close(copy) };
    }
}
