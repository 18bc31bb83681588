//! The crate's public interface, on real files and memory, in one binary.

mod advise;
mod anonymous;
mod any_offset;
mod atomic_numbers;
mod atomics;
mod cursor;
#[cfg(feature = "needles")]
mod each_match;
mod edges;
#[cfg(all(windows, target_arch = "x86_64"))]
mod exceptions;
#[cfg(unix)]
mod executable;
#[cfg(unix)]
mod fault_guard;
#[cfg(unix)]
mod faults;
#[cfg(unix)]
mod faults_and_signals;
mod files;
#[cfg(feature = "needles")]
mod find_any;
#[cfg(target_os = "linux")]
mod forks;
mod jobs;
mod large_offsets;
#[cfg(unix)]
mod lent_addresses;
mod lines;
mod matches;
mod model;
mod options;
mod overlapping;
mod pages;
mod parallel;
#[cfg(target_os = "linux")]
mod processes;
#[cfg(unix)]
mod protection;
mod raw;
#[cfg(unix)]
mod raw_numbers;
#[cfg(target_os = "linux")]
mod read_first;
mod refresh;
mod remap;
mod resize;
mod resize_failures;
mod search;
mod snapshots;
mod space;
mod stable;
#[cfg(target_os = "linux")]
mod sys;
mod threads;
mod typed_access;
mod views;
#[cfg(windows)]
mod windows;

use ironmap::{Access, Mmap, MmapOptions};
use proptest::test_runner::Config;
use std::fs::File;

/// Returns a temporary file with these bytes.
fn file_with(bytes: &[u8]) -> File {
    use std::io::Write;
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file
}

/// Reads the whole file without a map.
fn contents(mut file: &File) -> Vec<u8> {
    use std::io::{Read, Seek};
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Maps the whole file for writing.
fn writable(file: &File) -> Mmap {
    MmapOptions::new().access(Access::Write).map(file).unwrap()
}

/// Returns the number of inputs of a property test: this one, or that of the variable
/// `PROPTEST_CASES`. Miri is some thousand times slower, and
/// cannot store failures.
fn cases(count: u32) -> Config {
    if cfg!(miri) {
        return Config {
            failure_persistence: None,
            ..Config::with_cases((count / 500).max(2))
        };
    }
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return Config::default();
    }
    Config::with_cases(count)
}

/// Returns bytes that differ at every position within a page or two.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8).collect()
}
