//! Snapshots: copies of files, and memory that cannot change.

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ironmap::{Access, ErrorKind, Mmap, MmapOptions, Snapshot};
use tempfile::NamedTempFile;

use crate::{file_with, pattern, writable};

/// More than two threads' shares, and no whole number of parts.
const LARGE: usize = (17 << 20) + 1234;

fn path_with(bytes: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    file
}

#[test]
fn snapshot_open_has_the_bytes_of_the_file() {
    for len in [0, 1, 5000, LARGE] {
        let bytes = pattern(len);
        let snapshot = Snapshot::open(path_with(&bytes).path()).unwrap();
        assert!(*snapshot == *bytes, "{len} bytes");
    }
}

#[test]
fn snapshot_of_a_range_is_that_range() {
    let bytes = pattern(LARGE);
    let map = MmapOptions::new().map(file_with(&bytes)).unwrap();
    assert!(map.snapshot(100..LARGE - 100).unwrap()[..] == bytes[100..LARGE - 100]);
    assert!(map.snapshot(7..7).unwrap().is_empty());
    let error = map.snapshot(5..LARGE + 1).unwrap_err();
    assert!(error.is_out_of_bounds());
    assert!(
        error.to_string().contains(&(LARGE + 1).to_string()),
        "{error}"
    );
}

#[test]
fn snapshot_holds_still_and_is_shared() {
    let file = file_with(&pattern(5000));
    let mut map = writable(&file);
    let snapshot = map.snapshot(..).unwrap();
    let clone = snapshot.clone();
    assert_eq!(clone.as_ptr(), snapshot.as_ptr());
    map.fill(0, ..).unwrap();
    drop((map, snapshot));
    file.set_len(0).unwrap();
    let bytes = thread::spawn(move || clone.to_vec()).join().unwrap();
    assert_eq!(bytes, pattern(5000));
}

#[test]
fn snapshot_of_a_missing_file_names_it() {
    let error = Snapshot::open("no such file").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Os);
    assert!(error.to_string().contains("no such file"), "{error}");
}

#[test]
fn into_snapshot_lends_private_memory() {
    let mut map = Mmap::anonymous(5000).unwrap();
    map.write_at(100, b"mine").unwrap();
    let address = map.as_ptr();
    let snapshot = map.into_snapshot().unwrap();
    assert_eq!(
        (snapshot.as_ptr(), &snapshot[100..104]),
        (address, &b"mine"[..])
    );
    // Other processes may have shared memory.
    let shared = MmapOptions::new().access(Access::Write).len(5000);
    let map = shared.anonymous().unwrap();
    let address = map.as_ptr();
    assert_ne!(map.into_snapshot().unwrap().as_ptr(), address);
}

#[test]
fn into_snapshot_copies_a_file() {
    let file = file_with(&pattern(5000));
    let snapshot = Mmap::map(&file).unwrap().into_snapshot().unwrap();
    file.set_len(0).unwrap();
    assert_eq!(snapshot[..], pattern(5000));
}

/// Another thread changes the file all the time: each copy is noticed, or of one moment.
#[test]
fn snapshot_of_a_changing_file_is_whole_or_an_error() {
    let file = path_with(&[0; 50_000]);
    let stop = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        scope.spawn(|| {
            for byte in (0..=255).cycle() {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                use std::io::{Seek, Write};
                let mut other = fs::OpenOptions::new()
                    .write(true)
                    .open(file.path())
                    .unwrap();
                for _ in 0..50 {
                    other.write_all(&[byte; 1000]).unwrap();
                }
                other.rewind().unwrap();
            }
        });
        let seen: Vec<_> = (0..10).map(|_| Snapshot::open(file.path())).collect();
        stop.store(true, Ordering::Relaxed);
        seen
    });
    for snapshot in seen {
        match snapshot {
            // The writer waited. It writes from front to back, so there is one edge at most.
            Ok(bytes) => {
                let edges = bytes.windows(2).filter(|pair| pair[0] != pair[1]).count();
                assert!(bytes.len() == 50_000 && edges <= 1, "{edges} edges");
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Changed, "{error}"),
        }
    }
}

#[cfg(unix)]
mod changes {
    use super::*;

    #[test]
    fn snapshot_of_a_cut_file_is_a_fault() {
        let file = file_with(&pattern(LARGE));
        let map = Mmap::map(&file).unwrap();
        file.set_len(5000).unwrap();
        let error = map.snapshot(10..).unwrap_err();
        let fault = error.fault().unwrap();
        assert_eq!(fault.at, 2 * Mmap::page_size());
        assert_eq!(fault.file_size, Some(5000));
        assert_eq!(map.snapshot(..5000).unwrap()[..], pattern(5000));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn into_snapshot_lends_a_sealed_memfd() {
    use crate::sys::{memfd, seal};

    let file = memfd(&pattern(5000));
    seal(&file, libc::F_SEAL_SHRINK | libc::F_SEAL_WRITE);
    let map = Mmap::map(&file).unwrap();
    let address = map.as_ptr();
    let snapshot = map.into_snapshot().unwrap();
    assert_eq!(
        (snapshot.as_ptr(), &snapshot[..]),
        (address, &pattern(5000)[..])
    );
}
