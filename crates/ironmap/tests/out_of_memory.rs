//! Failing allocations: an error, and no abort.
//!
//! A separate binary, because its allocator fails on demand.
//!
//! # Safety
//!
//! The allocator is the system's, or returns null, which every caller handles. `mremap` is the
//! system's, or fails without an effect.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
#[cfg(target_os = "linux")]
use std::cell::RefCell;
#[cfg(not(windows))]
use std::fmt::{self, Write};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};

use ironmap::raw::{LineWindow, Matches};
#[cfg(unix)]
use ironmap::{Access, Advice};
use ironmap::{Cursor, ErrorKind, Mmap, MmapOptions, Needles, Result};

thread_local! {
    /// The number of allocations of this thread that succeed before one fails.
    static GRANTED: Cell<usize> = const { Cell::new(usize::MAX) };
    /// The number of allocations that fail then.
    static REFUSED: Cell<usize> = const { Cell::new(0) };
    /// The number of bytes that may still be allocated.
    static LEFT: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Scarce;

impl Scarce {
    fn grants(bytes: usize) -> bool {
        let left = LEFT.get();
        if left != usize::MAX {
            if bytes > left {
                return false;
            }
            LEFT.set(left - bytes);
        }
        match (GRANTED.get(), REFUSED.get()) {
            (usize::MAX, _) => true,
            (0, 0) => true,
            (0, refused) => {
                REFUSED.set(refused - 1);
                false
            }
            (granted, _) => {
                GRANTED.set(granted - 1);
                true
            }
        }
    }

    fn take_back(bytes: usize) {
        if LEFT.get() != usize::MAX {
            LEFT.set(LEFT.get() + bytes);
        }
    }
}

// SAFETY: the system's allocator, or null.
unsafe impl GlobalAlloc for Scarce {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !Scarce::grants(layout.size()) {
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        Scarce::take_back(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    /// Allocates the new block before it frees the old one.
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !Scarce::grants(size) {
            return std::ptr::null_mut();
        }
        Scarce::take_back(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Scarce = Scarce;

/// Runs an operation in which `refused` allocations fail after `granted` have succeeded. Returns
/// its result, and whether one failed.
fn refusing<T>(granted: usize, refused: usize, operation: impl FnOnce() -> T) -> (T, bool) {
    GRANTED.set(granted);
    REFUSED.set(refused);
    let said = operation();
    let reached = REFUSED.get() < refused;
    GRANTED.set(usize::MAX);
    (said, reached)
}

/// Runs an operation once for each of its allocations with that one failing, and once with all
/// later ones failing too. Each error must be the usual one or `OutOfMemory`.
#[track_caller]
fn survives(name: &str, operation: impl Fn() -> Result<()>) {
    let kind = |said: Result<()>| said.err().map(|error| error.kind());
    let usual = kind(operation());
    for refused in [1, usize::MAX] {
        for granted in 0.. {
            let (said, reached) = refusing(granted, refused, &operation);
            let said = kind(said);
            assert!(
                said == usual || said == Some(ErrorKind::OutOfMemory),
                "{name}: {said:?} without allocation {granted}"
            );
            if !reached {
                break;
            }
        }
    }
}

/// A buffer for text that needs no allocation.
#[cfg(not(windows))]
struct Page([u8; 8000], usize);

#[cfg(not(windows))]
impl Write for Page {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let (_, rest) = self.0.split_at_mut(self.1);
        rest[..text.len()].copy_from_slice(text.as_bytes());
        self.1 += text.len();
        Ok(())
    }
}

/// Makes moves to a fixed address fail in this thread.
#[cfg(target_os = "linux")]
mod moves {
    use std::cell::Cell;
    use std::ffi::{c_int, c_void};

    thread_local! {
        pub(super) static REFUSED: Cell<bool> = const { Cell::new(false) };
    }

    /// Replaces the C library's function.
    // SAFETY: the system call that the C library makes, or an error that it can have.
    #[unsafe(no_mangle)]
    unsafe extern "C" fn mremap(
        from: *mut c_void,
        old: usize,
        new: usize,
        flags: c_int,
        to: *mut c_void,
    ) -> *mut c_void {
        if flags & libc::MREMAP_FIXED != 0 && REFUSED.get() {
            // SAFETY: it touches no memory of others.
            let errno = unsafe { libc::__errno_location() };
            // SAFETY: the thread's own.
            unsafe { *errno = libc::ENOMEM };
            return libc::MAP_FAILED;
        }
        let flags = libc::c_long::from(flags);
        // SAFETY: the caller's promise.
        let at = unsafe { libc::syscall(libc::SYS_mremap, from, old, new, flags, to) };
        std::ptr::with_exposed_provenance_mut(at as usize)
    }
}

/// Returns short lines, then one that is longer than a window of lines.
fn text() -> Mmap {
    let mut map = Mmap::anonymous(200_000).unwrap();
    let line = b"a line that has some words\n";
    for at in (0..line.len() * 20).step_by(line.len()) {
        map.write_at(at, line).unwrap();
    }
    map
}

#[test]
fn argument_errors_without_memory() {
    let map = Mmap::anonymous(100).unwrap();
    survives("byte", || map.byte(100).map(drop));
    survives("to_vec", || map.to_vec(90..101).map(drop));
    survives("anonymous", || MmapOptions::new().anonymous().map(drop));
}

/// On Windows std cannot open a file without memory for its path.
#[cfg(not(windows))]
#[test]
fn open_errors_without_memory() {
    survives("open", || Mmap::open("no such file").map(drop));
    survives("open, zero", || Mmap::open("a\0b").map(drop));
    survives("open, cut", || {
        MmapOptions::new()
            .file_offset(1 << 40)
            .open("Cargo.toml")
            .map(drop)
    });
}

/// The `io::Error` around an error of this crate is allocated, too.
#[test]
fn io_error_without_memory_keeps_kind() {
    let map = Mmap::anonymous(100).unwrap();
    let seek = || Cursor::new(&map).seek(SeekFrom::Current(-1)).unwrap_err();
    assert!(seek().get_ref().is_some());
    let (error, _) = refusing(0, usize::MAX, seek);
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    assert!(error.get_ref().is_none());
}

#[test]
fn open_without_memory_for_path_is_out_of_memory() {
    let path = "x".repeat(2000);
    LEFT.set(1000);
    let error = Mmap::open(&path).unwrap_err();
    LEFT.set(usize::MAX);
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);
}

/// On Windows std allocates the system's text.
#[cfg(not(windows))]
#[test]
fn error_display_allocates_nothing() {
    let error = Mmap::open("no such file").unwrap_err();
    let mut page = Page([0; 8000], 0);
    let (said, reached) = refusing(0, usize::MAX, || write!(page, "{error}"));
    said.unwrap();
    assert!(!reached);
    assert_eq!(&page.0[..page.1], error.to_string().as_bytes());
}

#[cfg(unix)]
#[test]
fn system_errors_without_memory() {
    use std::os::fd::BorrowedFd;

    let mut map = Mmap::anonymous(100).unwrap();
    let file = tempfile::tempfile().unwrap();
    file.set_len(10_000).unwrap();
    let whole = Mmap::map(&file).unwrap();
    // SAFETY: a number that no file has.
    let unopened = unsafe { BorrowedFd::borrow_raw(1 << 20) };
    survives("map", || Mmap::map(unopened).map(drop));
    survives("advise", || {
        // SAFETY: the system refuses it.
        unsafe { ironmap::raw::MmapExt::advise_raw(&mut Mmap::anonymous(100)?, 12345, ..) }
    });
    survives("lock", || {
        let map = Mmap::anonymous(100)?;
        map.lock(..)?;
        map.unlock(..)
    });
    survives("advice that lasts", || {
        Mmap::anonymous(100)?.advise(Advice::Random, ..)
    });
    survives("protect", || Mmap::anonymous(100)?.protect(Access::Write));
    survives("resize", || Mmap::anonymous(100)?.resize(usize::MAX / 2));
    survives("atomics", || {
        // SAFETY: memory without a file has no other map.
        unsafe { Mmap::anonymous(100)?.as_atomic_u64(1..9).map(drop) }
    });
    survives("drop_pages", || map.drop_pages(..));
    survives("set_name", || Mmap::anonymous(100)?.set_name(c"]\n["));
    file.set_len(100).unwrap();
    survives("a fault", || whole.byte(5000).map(drop));
    map.set_byte(0, 1).unwrap();
}

/// The check for the old mapping allocates nothing.
#[cfg(target_os = "linux")]
#[test]
fn restore_failed_move_without_memory() {
    let file = tempfile::tempfile().unwrap();
    file.set_len(20_000).unwrap();
    let options = MmapOptions::new().access(Access::Write);
    let map = RefCell::new(options.map(&file).unwrap());
    file.set_len(0).unwrap();
    assert!(map.borrow().byte(5).unwrap_err().is_fault());
    file.set_len(20_000).unwrap();
    moves::REFUSED.set(true);
    survives("restore", || map.borrow_mut().restore());
    let error = map.borrow_mut().restore().unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOMEM), "{error}");
    moves::REFUSED.set(false);
    map.borrow_mut().restore().unwrap();
    assert_eq!(
        (map.borrow().len(), map.borrow().byte(5).unwrap()),
        (20_000, 0)
    );
}

#[test]
fn read_and_find_without_memory() {
    let map = text();
    survives("to_vec", || map.to_vec(..).map(drop));
    survives("find", || map.find(b"\0a", ..).map(drop));
    survives("rfind", || map.rfind(b"words\0", ..).map(drop));
    survives("count", || map.count(b"line", ..).map(drop));
    survives("find_all", || map.find_all(b"line", ..).map(drop));
    survives("overlapping", || {
        map.find_all_overlapping(b"s", ..).map(drop)
    });
    survives("resident_pages", || map.resident_pages(..).map(drop));
    survives("find_iter", || {
        map.find_iter(b"line", ..)?.try_for_each(|at| at.map(drop))
    });
    survives("lines", || {
        let mut lines = map.lines(..)?;
        while lines.next_line()?.is_some() {}
        Ok(())
    });
    survives("cursor", || {
        map.reader().lines().try_for_each(|line| line.map(drop))
    });
}

/// Input for which the searches fall back to copied chunks.
#[test]
fn find_in_copied_windows_without_memory() {
    let mut map = Mmap::anonymous(1 << 20).unwrap();
    map.fill(b'a', ..).unwrap();
    let needle = [vec![b'a'; 5000], vec![b'b'], vec![b'a'; 5000]].concat();
    survives("find", || map.find(&needle, ..).map(drop));
    survives("rfind", || map.rfind(&needle, ..).map(drop));
    survives("count", || map.count(&needle, ..).map(drop));
    survives("overlapping", || {
        map.find_all_overlapping(&[b'a'; 5000], ..1 << 18).map(drop)
    });
}

#[test]
fn matches_and_line_window_without_memory() {
    let map = text();
    survives("Matches", || {
        let mut matches = Matches::new(b"line", 0..map.len())?;
        while matches.next_part(&map)?.is_some() {
            matches = matches.try_clone()?;
        }
        Ok(())
    });
    survives("LineWindow", || {
        let mut lines = LineWindow::new(0..map.len());
        while lines.read_on(&map)? {
            while lines.next_line().is_some() {}
            lines = lines.try_clone()?;
        }
        Ok(())
    });
}

/// `Clone` cannot fail: the copy returns the error later, or reads again.
#[test]
fn clone_without_memory_continues() {
    let map = text();
    let clone_of = |matches: &Matches| refusing(0, usize::MAX, || matches.clone()).0;
    let matches = Matches::new(b"line", 0..map.len()).unwrap();
    let mut copy = clone_of(&matches);
    assert_eq!(
        (copy.needle_len(), copy.next_len()),
        (4, matches.next_len())
    );
    let error = copy.next_part(&map).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutOfMemory);

    let mut places = map.find_iter(b"line", ..).unwrap();
    places.next();
    let rest: Vec<_> = places.clone().map(Result::unwrap).collect();
    assert_eq!(rest, map.find_all(b"line", ..).unwrap()[1..]);
    let mut copy = refusing(0, usize::MAX, || places.clone()).0;
    assert!(copy.next().unwrap().is_err() && copy.next().is_none());

    let mut lines = LineWindow::new(0..map.len());
    lines.read_on(&map).unwrap();
    lines.next_line();
    let mut copy = refusing(0, usize::MAX, || lines.clone()).0;
    assert_eq!(
        (copy.position(), copy.has_line()),
        (lines.position(), false)
    );
    copy.read_on(&map).unwrap();
    assert_eq!(copy.next_line(), lines.next_line());
}

/// Each map of a file takes a slot that the signal handler knows.
#[test]
fn map_without_memory_for_slot_is_out_of_memory() {
    let file = File::open("Cargo.toml").unwrap();
    // The first map of a process installs the signal handler.
    drop(Mmap::map(&file).unwrap());
    let (mut maps, mut refused) = (Vec::with_capacity(2000), 0);
    for _ in 0..2000 {
        match refusing(0, usize::MAX, || Mmap::map(&file)).0 {
            Ok(map) => maps.push(map),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::OutOfMemory);
                refused += 1;
                maps.push(Mmap::map(&file).unwrap());
            }
        }
    }
    assert!(cfg!(windows) || refused > 1, "{refused}");
}

/// Makes needles with a limit on memory.
fn needles_in(bytes: usize, needles: &[Vec<u8>]) -> Result<Needles> {
    LEFT.set(bytes);
    let made = Needles::new(needles);
    LEFT.set(usize::MAX);
    made
}

/// Finds the least memory with which needles can be made, by bisection. Each try returns
/// `OutOfMemory` or succeeds.
fn least_memory(needles: &[Vec<u8>]) -> usize {
    let (mut fails, mut succeeds) = (0, 1 << 26);
    while succeeds - fails > 1 {
        let bytes = (fails + succeeds) / 2;
        match needles_in(bytes, needles) {
            Ok(_) => succeeds = bytes,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::OutOfMemory);
                fails = bytes;
            }
        }
    }
    succeeds
}

/// Returns bytes without a pattern.
fn noise(len: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..len).map(|_| next()).collect()
}

#[test]
fn needles_with_little_memory_succeed_or_out_of_memory() {
    let noise = noise(9000);
    let chunks = |len: usize| noise.chunks_exact(len).map(<[u8]>::to_vec);
    let numbers = |count: u32| (0..count).map(|i| format!("{i}-").repeat(10).into_bytes());
    let pairs = |a: u8, b: u8| (0..a).flat_map(move |a| (128..b).map(move |b| vec![a, b, 200]));
    let copies = std::iter::repeat_n(vec![200], 10_000);
    let cases: [(&str, Vec<Vec<u8>>); 15] = [
        ("none", vec![]),
        ("one byte", vec![vec![7]]),
        ("every byte", (0..=255).map(|byte| vec![byte]).collect()),
        ("one, as a table", vec![vec![b'x'; 1000]]),
        ("one, not as a table", vec![vec![b'x'; 30_000]]),
        ("one without a pattern", vec![noise.clone()]),
        ("two long", vec![noise.clone(), noise[1..].to_vec()]),
        ("a hundred", chunks(20).take(100).collect()),
        ("a hundred long", chunks(90).take(100).collect()),
        ("a hundred and one", chunks(20).take(101).collect()),
        ("words", chunks(5).take(60).collect()),
        ("many short", chunks(3).collect()),
        ("many", numbers(500).collect()),
        ("copies", copies.chain(pairs(100, 228)).collect()),
        (
            "ends of others",
            (1..300).map(|len| noise[300 - len..300].to_vec()).collect(),
        ),
    ];
    for (name, needles) in cases {
        let bytes: usize = needles.iter().map(Vec::len).sum();
        let least = least_memory(&needles);
        // The estimate is not so high that it refuses needles without need.
        assert!(
            least < (20 << 20) + 200 * bytes,
            "{name}: {least} for {bytes}"
        );
    }
}
