//! Files that become shorter than their maps.
//!
//! Rust's test harness has installed its own handler for SIGBUS before the first map is made.

use ironmap::raw::MmapExt;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::ops::Range;
use std::thread;

use ironmap::{Access, Error, ErrorKind, FaultReason, Mmap, MmapOptions, Result};

use crate::{contents, file_with, pattern, writable};

/// The number of pages of the test files, and the number after the cut.
const PAGES: usize = 8;
const KEPT: usize = 3;

fn pages(count: usize) -> usize {
    count * Mmap::page_size()
}

/// Returns a writable map of a file that was then cut to [`KEPT`] pages.
fn cut() -> (File, Mmap) {
    let file = file_with(&pattern(pages(PAGES)));
    let map = writable(&file);
    file.set_len(pages(KEPT) as u64).unwrap();
    (file, map)
}

/// Checks that the error is a fault in `at`, of a file cut to `size`.
#[track_caller]
fn assert_fault(error: &Error, at: Range<usize>, size: usize) {
    assert!(error.is_fault(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Fault);
    assert_eq!(error.raw_os_error(), Some(libc::EIO));
    let fault = error.fault().unwrap();
    assert!(at.contains(&fault.at), "{error}, not in {at:?}");
    assert_eq!(fault.file_size, Some(size as u64));
    assert_eq!(fault.reason, FaultReason::FileTooShort);
}

/// Checks that file and map still have the bytes before the cut.
#[track_caller]
fn assert_kept(file: &File, map: &Mmap) {
    assert_eq!(contents(file), pattern(pages(PAGES))[..pages(KEPT)]);
    assert_eq!(map.to_vec(..pages(KEPT)).unwrap(), contents(file));
}

/// Reads from a damaged map, and returns the error.
fn touched<R: std::fmt::Debug>(read: impl FnOnce(&Mmap) -> Result<R>) -> Error {
    let (file, map) = cut();
    let error = read(&map).unwrap_err();
    assert!(map.is_damaged());
    assert_kept(&file, &map);
    error
}

#[test]
fn read_methods_damage_report_first_byte() {
    let (gone, end) = (pages(KEPT), pages(PAGES));
    let at = gone + 1000;
    let exact = |at| at..at + 1;
    let error = touched(|map| map.byte(at));
    assert_fault(&error, exact(at), gone);
    let error = touched(|map| map.read_at(at, &mut [0; 10]));
    assert_fault(&error, exact(at), gone);
    let error = touched(|map| map.to_vec(10..end));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.find(b"\xff", 10..));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.find(b"\xff\xff", 10..));
    assert_fault(&error, exact(gone), gone);
    // Backward searches also report the first byte of the damage.
    let error = touched(|map| map.rfind(b"\xff", ..));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.rfind(b"\xff\xff", ..));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.count(b"\0", ..));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.count(b"\0\x01", ..));
    assert_fault(&error, exact(gone), gone);
    let mut strided = vec![std::mem::MaybeUninit::uninit(); 100];
    let error = touched(|map| map.read_strided(gone - 50, 2, &mut strided));
    assert_fault(&error, exact(gone), gone);
    let error = touched(|map| map.read_strided(end - 1, -2, &mut strided));
    assert_fault(&error, exact(end - 199), gone);
}

#[test]
fn with_ptr_until_attention_needed_returns_none() {
    let (gone, end) = (pages(KEPT), pages(PAGES));
    let (_file, map) = cut();
    let len = |range: Range<usize>, byte| map.with_ptr_until(byte, range, |_, len| len);
    let first = pattern(gone)[0];
    assert_eq!(len(0..end, first), None, "not used yet");
    assert_eq!(map.byte(0).unwrap(), first);
    assert_eq!(len(0..end, first), Some(1));
    // The zeros there match, and are damage themselves.
    assert_eq!(len(gone..end, 0), None);
    assert_eq!(len(0..end, first), None, "damage of another call");
}

#[test]
fn read_to_end_damage_keeps_buffer() {
    let (_file, map) = cut();
    let mut bytes = b"before".to_vec();
    let error = map.reader().read_to_end(&mut bytes).unwrap_err();
    assert_eq!(bytes, b"before");
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<Error>());
    assert_fault(inner.unwrap(), pages(KEPT)..pages(PAGES), pages(KEPT));
}

#[test]
fn cursor_damage_keeps_position() {
    let (_file, map) = cut();
    let mut cursor = map.reader();
    cursor.set_position(pages(KEPT) - 20).unwrap();
    assert!(cursor.read(&mut [0; 100]).is_err());
    let mut line = Vec::new();
    assert!(cursor.read_line(&mut line).unwrap_err().is_fault());
    assert_eq!((cursor.position(), line), (pages(KEPT) - 20, vec![]));
    let next = cursor.lines().next().unwrap();
    assert!(next.unwrap_err().is_fault());
}

#[test]
fn write_methods_damage_store_nothing() {
    type Change = fn(&mut Mmap) -> Result<()>;
    let changes: [(&str, Change); 6] = [
        ("set_byte", |map| map.set_byte(pages(PAGES) - 1, 1)),
        ("write_at", |map| map.write_at(pages(4), b"lost")),
        ("write_at from before", |map| {
            map.write_at(pages(2), &vec![1; pages(3)])
        }),
        ("write_strided", |map| {
            map.write_strided(pages(4), -2, &vec![1; pages(1) / 4])
        }),
        ("copy_within to", |map| map.copy_within(..100, pages(4))),
        ("copy_within from", |map| map.copy_within(pages(6).., 0)),
    ];
    for (name, change) in changes {
        let (file, mut map) = cut();
        let error = change(&mut map).unwrap_err();
        assert_fault(&error, pages(KEPT)..pages(PAGES), pages(KEPT));
        assert_kept(&file, &map);
        file.set_len(pages(PAGES) as u64).unwrap();
        assert_eq!(
            contents(&file)[pages(KEPT)..],
            vec![0; pages(PAGES - KEPT)],
            "{name}"
        );
    }
    let (_file, mut map) = cut();
    let mut cursor = map.cursor();
    cursor.set_position(pages(5)).unwrap();
    assert!(cursor.write(b"lost").is_err());
    assert_eq!(cursor.position(), pages(5));
}

#[test]
fn find_match_before_damage_is_no_fault() {
    let (_file, map) = cut();
    assert!(map.byte(pages(PAGES) - 1).unwrap_err().is_fault());
    let bytes = pattern(pages(KEPT));
    let last = &bytes[pages(KEPT) - 2..];
    assert_eq!(map.find(b"\x05\x06", ..).unwrap(), Some(5));
    assert_eq!(
        map.find(last, pages(KEPT) - 2..).unwrap(),
        Some(pages(KEPT) - 2)
    );
    assert_eq!(
        map.rfind(last, ..pages(KEPT)).unwrap(),
        Some(pages(KEPT) - 2)
    );
    map.read_at(pages(PAGES), &mut []).unwrap();
}

#[test]
fn to_vec_rest_of_last_page_is_zeros() {
    let file = file_with(&pattern(pages(PAGES)));
    let map = writable(&file);
    file.set_len(pages(KEPT) as u64 - 100).unwrap();
    let tail = map.to_vec(pages(KEPT) - 101..pages(KEPT)).unwrap();
    assert_ne!(tail[0], 0);
    assert_eq!(tail[1..], [0; 100]);
    assert_eq!((map.faults(), map.is_damaged()), (0, false));
}

#[test]
fn fault_error_text_has_index_and_size() {
    let (_file, map) = cut();
    let text = map.byte(pages(5)).unwrap_err().to_string();
    for number in [pages(5), pages(KEPT)] {
        assert!(text.contains(&number.to_string()), "{text}");
    }
}

#[test]
fn restore_after_file_regrew_shows_file() {
    let (file, mut map) = cut();
    assert!(map.byte(pages(PAGES) - 1).unwrap_err().is_fault());
    file.set_len(pages(PAGES) as u64).unwrap();
    let back = vec![7; pages(PAGES - KEPT)];
    write_to(&file, pages(KEPT), &back);
    // One fault covered the whole tail.
    assert!(map.byte(pages(KEPT)).unwrap_err().is_fault());
    assert_eq!((map.faults(), map.is_damaged()), (1, true));

    map.restore().unwrap();
    assert!(!map.is_damaged());
    assert_eq!(map.to_vec(pages(KEPT)..).unwrap(), back);
    assert_eq!(map.to_vec(..).unwrap(), contents(&file));
    map.set_byte(pages(PAGES) - 1, 8).unwrap();
    assert_eq!(contents(&file)[pages(PAGES) - 1], 8);
    assert_eq!(map.faults(), 1);
}

fn write_to(file: &File, at: usize, bytes: &[u8]) {
    use std::os::unix::fs::FileExt;
    file.write_all_at(bytes, at as u64).unwrap();
}

#[test]
fn restore_before_file_regrew_faults_again() {
    let (file, mut map) = cut();
    for faults in 1..=3 {
        assert!(map.byte(pages(5)).unwrap_err().is_fault());
        assert_eq!(map.faults(), faults);
        map.restore().unwrap();
        assert_kept(&file, &map);
    }
}

#[test]
fn restore_undamaged_is_noop() {
    let file = file_with(&pattern(100));
    let mut map = writable(&file);
    map.restore().unwrap();
    assert_eq!((map.faults(), map.is_damaged()), (0, false));
    assert_eq!(map.to_vec(..).unwrap(), pattern(100));
    Mmap::anonymous(100).unwrap().restore().unwrap();
}

#[test]
fn restore_300_rounds_of_shrink_and_grow() {
    let file = file_with(&pattern(pages(PAGES)));
    let mut map = writable(&file);
    for round in 1..=300 {
        let kept = round % PAGES;
        file.set_len(pages(kept) as u64).unwrap();
        assert!(map.byte(pages(PAGES) - 1).unwrap_err().is_fault());
        file.set_len(pages(PAGES) as u64).unwrap();
        write_to(&file, 0, &vec![round as u8; pages(PAGES)]);
        assert!(map.to_vec(..).unwrap_err().is_fault());
        map.restore().unwrap();
        assert_eq!(map.to_vec(..).unwrap(), vec![round as u8; pages(PAGES)]);
        assert_eq!(map.faults(), round as u64);
    }
}

#[test]
fn restore_untracked_is_error() {
    let file = file_with(&pattern(pages(PAGES)));
    let options = MmapOptions::new().track_file(false);
    let mut map = options.map(&file).unwrap();
    file.set_len(pages(KEPT) as u64).unwrap();
    let fault = map.byte(pages(5)).unwrap_err().fault().unwrap();
    assert_eq!((fault.at, fault.file_size), (pages(5), None));
    assert_eq!(fault.raw_os_error(), libc::EIO);

    file.set_len(pages(PAGES) as u64).unwrap();
    assert_eq!(map.restore().unwrap_err().kind(), ErrorKind::Untracked);
    assert!(map.byte(pages(5)).unwrap_err().is_fault());
    assert_eq!(
        map.to_vec(..pages(KEPT)).unwrap(),
        contents(&file)[..pages(KEPT)]
    );
}

#[test]
fn fault_at_file_offset_counts_from_map_start() {
    let file = file_with(&pattern(pages(PAGES)));
    let options = MmapOptions::new().file_offset(pages(2) as u64);
    let mut map = options.map(&file).unwrap();
    file.set_len(pages(KEPT) as u64).unwrap();
    let error = map.to_vec(..).unwrap_err();
    assert_fault(&error, pages(1)..pages(1) + 1, pages(KEPT));
    file.set_len(pages(PAGES) as u64).unwrap();
    map.restore().unwrap();
    assert_eq!(map.to_vec(..).unwrap(), contents(&file)[pages(2)..]);
}

#[test]
fn fault_file_shorter_than_offset_damages_all() {
    let file = file_with(&pattern(pages(PAGES)));
    let options = MmapOptions::new().file_offset(pages(2) as u64);
    let map = options.map(&file).unwrap();
    file.set_len(100).unwrap();
    assert_fault(&map.byte(0).unwrap_err(), 0..1, 100);
    assert!(map.to_vec(..).unwrap_err().is_fault());
    assert_eq!(map.faults(), 1);
}

#[test]
fn resize_damaged_restores_first() {
    for new in [1, 2, KEPT, 5, PAGES, 40] {
        let (file, mut map) = cut();
        assert!(map.byte(pages(5)).unwrap_err().is_fault());
        map.resize(pages(new)).unwrap();
        assert!(!map.is_damaged());
        let mut expected = pattern(pages(KEPT));
        expected.resize(pages(new), 0);
        assert_eq!(contents(&file), expected);
        assert_eq!(map.to_vec(..).unwrap(), expected);
        map.set_byte(pages(new) - 1, 9).unwrap();
        assert_eq!(contents(&file)[pages(new) - 1], 9);
        assert_eq!(map.faults(), 1);
        file.set_len(0).unwrap();
        assert_fault(&map.byte(0).unwrap_err(), 0..1, 0);
    }
}

#[test]
fn restore_private_keeps_changes_before_damage() {
    let file = file_with(&pattern(pages(PAGES)));
    let options = MmapOptions::new().access(Access::Copy);
    let mut map = options.map(&file).unwrap();
    let changed = vec![9; pages(2)];
    map.write_at(0, &changed).unwrap();
    file.set_len(pages(KEPT) as u64).unwrap();
    assert!(map.byte(pages(5)).unwrap_err().is_fault());
    assert_eq!(map.to_vec(..pages(2)).unwrap(), changed);
    file.set_len(pages(PAGES) as u64).unwrap();
    map.restore().unwrap();
    assert_eq!(map.to_vec(..pages(2)).unwrap(), changed);
    assert_eq!(map.to_vec(pages(2)..).unwrap(), contents(&file)[pages(2)..]);
    assert_eq!(contents(&file)[..pages(2)], pattern(pages(2)));
}

#[test]
fn read_beside_faulting_threads_agrees() {
    let (_file, map) = cut();
    let bytes = pattern(pages(KEPT));
    thread::scope(|scope| {
        for thread in 0..8 {
            let (map, bytes) = (&map, &bytes);
            scope.spawn(move || {
                for round in 0..300 {
                    let at = (thread * 977 + round * 131) % (pages(KEPT) - 500);
                    assert_eq!(map.to_vec(at..at + 500).unwrap(), bytes[at..at + 500]);
                    assert_eq!(map.find(&bytes[at..at + 300], at..).unwrap(), Some(at));
                    let gone = pages(PAGES) - 1 - round;
                    assert!(map.byte(gone).unwrap_err().is_fault());
                }
            });
        }
    });
    assert!(map.faults() >= 1);
}

#[test]
fn fault_in_eight_threads_is_survived() {
    let threads: Vec<_> = (0..8)
        .map(|_| {
            thread::Builder::new().stack_size(64 << 10).spawn(|| {
                for _ in 0..50 {
                    let (file, mut map) = cut();
                    assert!(map.to_vec(..).unwrap_err().is_fault());
                    assert_kept(&file, &map);
                    file.set_len(pages(PAGES) as u64).unwrap();
                    map.restore().unwrap();
                    assert_eq!(map.to_vec(..).unwrap(), contents(&file));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.unwrap().join().unwrap();
    }
}

#[test]
fn fault_in_10_000_maps_is_survived() {
    const MAPS: usize = 10_000;
    let file = file_with(&pattern(pages(2)));
    let options = MmapOptions::new().track_file(false);
    for _ in 0..2 {
        file.set_len(pages(2) as u64).unwrap();
        let maps: Vec<_> = (0..MAPS).map(|_| options.map(&file).unwrap()).collect();
        assert!(maps.iter().all(|map| map.faults() == 0));
        file.set_len(pages(1) as u64).unwrap();
        for map in maps.iter().step_by(97) {
            let fault = map.byte(pages(1) + 5).unwrap_err().fault().unwrap();
            assert_eq!((fault.at, map.faults()), (pages(1) + 5, 1));
            assert!(map.byte(5).is_ok());
        }
    }
}

/// Returns a map full of near misses of `needle`, so that a search falls back to copied chunks,
/// with the needle at `at` and one damaged page at `damaged`.
fn near_misses(needle: &[u8], at: usize, damaged: usize) -> Mmap {
    let miss = [&needle[..998], b"ba"].concat();
    let mut bytes = miss.repeat(pages(40) / miss.len());
    bytes[at..at + needle.len()].copy_from_slice(needle);
    with_a_damaged_page(&bytes, damaged)
}

fn with_a_damaged_page(bytes: &[u8], damaged: usize) -> Mmap {
    let file = file_with(bytes);
    // An untracked map does not know the file's size, so only the touched page is damaged.
    let map = MmapOptions::new().track_file(false).map(&file).unwrap();
    file.set_len(damaged as u64).unwrap();
    assert!(map.byte(damaged).unwrap_err().is_fault());
    let start = io::SeekFrom::Start(damaged as u64);
    (&file).seek(start).unwrap();
    (&file).write_all(&bytes[damaged..]).unwrap();
    map
}

#[test]
fn find_hard_needle_before_damage_is_found() {
    let needle = b"ab".repeat(500);
    let [before, at, after] = [pages(10), pages(11) + 33, pages(12)];
    let map = near_misses(&needle, at, before);
    assert_eq!(map.rfind(&needle, ..).unwrap(), Some(at));
    let error = map.rfind(&needle, ..at).unwrap_err();
    assert_eq!(error.fault().unwrap().at, before, "{error}");
    let map = near_misses(&needle, at, after);
    assert_eq!(map.find(&needle, ..).unwrap(), Some(at));
    let error = map.find(&needle, at + 1..).unwrap_err();
    assert_eq!(error.fault().unwrap().at, after, "{error}");
}

#[test]
fn find_match_beside_damage_is_found() {
    let mut bytes = pattern(pages(PAGES));
    let at = pages(4) + 10;
    bytes[at..at + 2].copy_from_slice(b"\xff\xff");
    // A backward search from 100 bytes past the page reads a chunk that begins in the page
    // before it.
    let map = with_a_damaged_page(&bytes, pages(3));
    for needle in [&b"\xff\xff"[..], b"\xff"] {
        let last = at + 2 - needle.len();
        assert_eq!(map.rfind(needle, ..pages(4) + 100).unwrap(), Some(last));
    }
    let map = with_a_damaged_page(&bytes, pages(5));
    for needle in [&b"\xff\xff"[..], b"\xff"] {
        assert_eq!(map.find(needle, pages(4) - 1..).unwrap(), Some(at));
    }
}

#[test]
fn write_strided_skips_pages_between() {
    use std::os::unix::fs::MetadataExt;

    let file = tempfile::tempfile().unwrap();
    file.set_len(pages(9) as u64).unwrap();
    let held = || 512 * file.metadata().unwrap().blocks();
    // File systems without holes allocate all blocks at once.
    let expected = held().max(pages(3) as u64);
    let mut map = writable(&file);
    map.write_strided(0, pages(4) as isize, b"abc").unwrap();
    map.flush(..).unwrap();
    assert_eq!(held(), expected);
}

#[test]
fn fault_private_untracked_loses_one_page() {
    let file = file_with(&pattern(pages(PAGES)));
    let options = MmapOptions::new().access(Access::Copy).track_file(false);
    let map = options.map(&file).unwrap();
    file.set_len(pages(KEPT) as u64).unwrap();
    assert!(map.byte(pages(KEPT)).unwrap_err().is_fault());
    assert!(map.byte(pages(KEPT + 1)).unwrap_err().is_fault());
    file.set_len(pages(PAGES) as u64).unwrap();
    // Pages after it may hold private changes, so they must not be replaced.
    assert_eq!(map.byte(pages(KEPT + 2)).unwrap(), 0);
}
