//! Forked children that lack some of their parent's memory (`MADV_DONTFORK`).
//!
//! # Safety
//!
//! A child accesses its maps, without its parent's other threads, and ends. Pointers are to the
//! child's own memory.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::os::fd::FromRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use ironmap::raw::{MmapExt, MmapOptionsExt};
use ironmap::{Access, Advice, ErrorKind, FaultReason, Mmap, MmapOptions, Result};

use crate::{file_with, pattern, writable};

const PAGES: usize = 8;

fn page() -> usize {
    Mmap::page_size()
}

/// Runs `f` in a forked child, and fails if it fails.
fn in_child(f: impl FnOnce()) {
    let child = unsafe { libc::fork() };
    assert_ne!(child, -1);
    if child == 0 {
        let done = catch_unwind(AssertUnwindSafe(f));
        unsafe { libc::_exit(i32::from(done.is_err())) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child's status");
}

fn keep_from_children(map: &mut Mmap, pages: std::ops::Range<usize>) {
    let range = pages.start * page()..pages.end * page();
    unsafe { map.advise_raw(libc::MADV_DONTFORK, range) }.unwrap();
}

/// Returns a map of each kind, with its name.
fn maps() -> Vec<(&'static str, Mmap)> {
    let len = PAGES * page();
    let file = file_with(&pattern(len));
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let shared = unsafe { MmapOptions::new().len(len).raw_flags(flags) };
    let lent = writable(&file);
    lent.lend_address();
    vec![
        ("private memory", Mmap::anonymous(len).unwrap()),
        ("shared memory", shared.anonymous().unwrap()),
        ("file", writable(&file)),
        ("lent file", lent),
        (
            "private file",
            MmapOptions::new().access(Access::Copy).map(&file).unwrap(),
        ),
        ("part of a file", {
            let options = MmapOptions::new().access(Access::Write).file_offset(100);
            options.map(&file).unwrap()
        }),
    ]
}

/// Memory that the child maps itself, at addresses that the system chooses.
struct Own(Vec<*mut u8>);

impl Own {
    fn map() -> Own {
        let (len, protection) = (PAGES * page(), libc::PROT_READ | libc::PROT_WRITE);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        Own((0..8)
            .map(|_| {
                let at = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
                assert_ne!(at, libc::MAP_FAILED);
                unsafe { ptr::write_bytes(at.cast::<u8>(), 7, len) };
                at.cast()
            })
            .collect())
    }

    fn check(&self) {
        for &at in &self.0 {
            let bytes = unsafe { std::slice::from_raw_parts(at, PAGES * page()) };
            assert!(bytes.iter().all(|&byte| byte == 7));
        }
    }
}

fn is_left_behind<T>(result: Result<T>) -> bool {
    let fault = result.err().and_then(|error| error.fault());
    fault.is_some_and(|fault| fault.reason == FaultReason::LeftBehind)
}

#[test]
fn fork_drop_of_missing_map_keeps_own_memory() {
    for (_name, mut map) in maps() {
        keep_from_children(&mut map, 0..PAGES - 1);
        let retire = |mut map: Mmap| map.retire();
        for end in [drop, retire] {
            let mut held = Some(map);
            in_child(|| {
                let own = Own::map();
                end(held.take().unwrap());
                own.check();
                let more = Own::map();
                own.check();
                more.check();
            });
            map = held.take().unwrap();
        }
        assert!(!map.is_damaged());
        map.byte(0).unwrap();
    }
}

#[test]
fn fork_missing_page_is_fault() {
    for (_name, mut map) in maps() {
        let len = map.len();
        keep_from_children(&mut map, 0..1);
        map.set_byte(0, 1).unwrap();
        in_child(|| {
            assert!(map.is_damaged());
            assert!(is_left_behind(map.byte(0)));
            assert!(is_left_behind(map.set_byte(0, 9)));
            assert!(is_left_behind(map.to_vec(..)));
            assert!(is_left_behind(map.find(b"\xff\xfe\xfd", ..)));
            assert!(is_left_behind(map.write_at(page() - 200, &[9; 100])));
            assert!(is_left_behind(map.populate(..)));
            assert!(is_left_behind(map.restore()));
            if map.is_anonymous() || !map.is_private() {
                assert!(is_left_behind(map.resize(len + page())));
            }
            assert_eq!((map.len(), map.faults()), (len, 0));
            let damage = map.damage().unwrap();
            assert_eq!((damage.at, damage.raw_os_error()), (0, libc::EIO));
            assert!(damage.to_string().contains("MADV_DONTFORK"), "{damage}");
            // The other pages are there.
            map.set_byte(len - 1, 5).unwrap();
            assert_eq!(map.byte(len - 1).unwrap(), 5);
        });
        assert_eq!(map.byte(0).unwrap(), 1);
    }
}

#[test]
fn fork_only_advised_pages_are_missing() {
    for (_name, mut map) in maps() {
        if map.len() % page() != 0 {
            continue;
        }
        let first = map.byte(0).unwrap();
        keep_from_children(&mut map, 2..4);
        keep_from_children(&mut map, 6..7);
        in_child(|| {
            assert_eq!(map.byte(0).unwrap(), first);
            assert!(map.byte(2 * page() - 1).is_ok());
            for missing in [2, 3, 6] {
                assert!(is_left_behind(map.byte(missing * page())));
            }
            // Pages between two damaged ranges count as damaged.
            assert!(map.byte(5 * page()).is_err());
            assert!(map.byte(7 * page()).is_ok());
        });
    }
}

#[test]
fn fork_after_dofork_has_pages() {
    for (_name, mut map) in maps() {
        let (first, len) = (map.byte(0).unwrap(), map.len());
        keep_from_children(&mut map, 0..PAGES - 1);
        unsafe { map.advise_raw(libc::MADV_DOFORK, ..) }.unwrap();
        in_child(|| {
            assert!(!map.is_damaged());
            assert_eq!(map.byte(0).unwrap(), first);
            map.set_byte(len - 1, 3).unwrap();
        });
    }
}

#[test]
fn fork_lent_address_is_zeros_until_unmapped() {
    let mut map = Mmap::anonymous(PAGES * page()).unwrap();
    let address = map.lend_address();
    keep_from_children(&mut map, 0..PAGES);
    let mut held = Some(map);
    in_child(|| {
        // Code that has the lent address reads zeros.
        assert_eq!(unsafe { address.read_volatile() }, 0);
        let mut map = held.take().unwrap();
        map.retire();
        assert_eq!(unsafe { address.read_volatile() }, 0);
        drop(map);
        let mut seen = 0;
        let mapped = unsafe { libc::mincore(address.cast(), page(), &raw mut seen) };
        assert_eq!(mapped, -1);
    });
}

#[test]
fn fork_after_resize_keeps_advice_or_map() {
    for pages in [1, PAGES + 1, 100 * PAGES] {
        for (_name, mut map) in maps() {
            // Only private memory and shared files can grow.
            if map.is_private() != map.is_anonymous() {
                continue;
            }
            keep_from_children(&mut map, 0..PAGES - 1);
            map.resize(pages * page()).unwrap();
            let mut held = Some(map);
            in_child(|| {
                let own = Own::map();
                // The resize may have lost the advice. Then the child has the map.
                let result = held.as_mut().unwrap().set_byte(0, 1);
                assert!(result.is_ok() || is_left_behind(result));
                drop(held.take());
                own.check();
            });
        }
    }
}

#[test]
fn fork_grandchild_misses_the_same_pages() {
    for (_name, mut map) in maps() {
        keep_from_children(&mut map, 0..PAGES - 1);
        let mut held = Some(map);
        in_child(|| {
            in_child(|| {
                let own = Own::map();
                assert!(is_left_behind(held.as_ref().unwrap().byte(0)));
                drop(held.take());
                own.check();
            });
            assert!(is_left_behind(held.as_ref().unwrap().byte(0)));
            // A map that the child excludes from its own children.
            let mut other = Mmap::anonymous(page()).unwrap();
            keep_from_children(&mut other, 0..1);
            in_child(|| assert!(is_left_behind(other.byte(0))));
        });
    }
}

/// Returns a ring buffer of events, which Linux never inherits, or `None` if this process may
/// not have one.
fn ring() -> Option<std::fs::File> {
    const SOFTWARE: u32 = 1;
    // The first bit of a field of 64.
    const DISABLED: u32 = if cfg!(target_endian = "big") {
        1 << 31
    } else {
        1
    };
    let mut attributes = [0_u32; 28];
    attributes[0] = SOFTWARE;
    attributes[1] = size_of_val(&attributes) as u32;
    attributes[10] = DISABLED;
    let (me, any_processor, no_group, no_flags) = (0_i64, -1_i64, -1_i64, 0_i64);
    let fd = unsafe {
        libc::syscall(
            libc::SYS_perf_event_open,
            attributes.as_ptr(),
            me,
            any_processor,
            no_group,
            no_flags,
        )
    };
    (fd != -1).then(|| unsafe { std::fs::File::from_raw_fd(fd as i32) })
}

#[test]
#[allow(clippy::print_stderr, reason = "says why it does nothing")]
fn fork_driver_map_is_missing() {
    let Some(ring) = ring() else {
        eprintln!("passed over: this process may not watch events");
        return;
    };
    let options = MmapOptions::new().access(Access::Write);
    let mut held = Some(options.len(9 * page()).map(&ring).unwrap());
    in_child(|| {
        let own = Own::map();
        assert!(is_left_behind(held.as_ref().unwrap().byte(0)));
        drop(held.take());
        own.check();
    });
}

/// Sets the limit of this process's address space.
fn limit_addresses(bytes: libc::rlim_t) {
    let limit = libc::rlimit {
        rlim_cur: bytes,
        rlim_max: bytes,
    };
    assert_eq!(
        unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) },
        0
    );
}

#[test]
fn fork_without_room_for_zeros_leaves_addresses() {
    for lent in [false, true] {
        // The limit is lower than the use, so it needs its own process.
        in_child(|| {
            let mut map = Mmap::anonymous(PAGES * page()).unwrap();
            let place = map.as_ptr();
            if lent {
                map.lend_address();
            }
            keep_from_children(&mut map, 0..PAGES);
            let other = sevens();
            limit_addresses(1 << 20);
            let mut held = Some(map);
            in_child(|| check_without_room(&mut held, place, other));
        });
    }
}

/// Maps memory that belongs to no map.
fn sevens() -> *mut libc::c_void {
    let len = PAGES * page();
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let at = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, -1, 0) };
    assert_ne!(at, libc::MAP_FAILED);
    unsafe { ptr::write_bytes(at.cast::<u8>(), 7, len) };
    at
}

fn check_without_room(held: &mut Option<Mmap>, place: *const u8, other: *mut libc::c_void) {
    // Other memory is moved to the addresses, which needs no room.
    let len = PAGES * page();
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let at = unsafe { libc::mremap(other, len, len, flags, place) };
    assert_eq!(at.cast_const().cast(), place);

    let map = held.as_mut().unwrap();
    assert!(is_left_behind(map.byte(0)));
    assert!(is_left_behind(unsafe {
        map.advise_raw(libc::MADV_DONTNEED, ..)
    }));
    assert!(is_left_behind(map.protect(Access::Read)));
    assert!(is_left_behind(map.lock(..)));
    assert!(is_left_behind(map.resize(1)));
    map.retire();
    drop(held.take());
    let bytes = unsafe { std::slice::from_raw_parts(place, len) };
    assert!(bytes.iter().all(|&byte| byte == 7));
}

#[test]
fn advise_dont_fork_by_name_is_left_behind_in_children() {
    let map = Mmap::map(file_with(&pattern(2 * page()))).unwrap();
    map.advise(Advice::DontFork, page()..).unwrap();
    in_child(|| {
        assert_eq!(map.byte(0).unwrap(), pattern(1)[0]);
        assert!(is_left_behind(map.byte(page())));
    });
    map.advise(Advice::DoFork, page()..).unwrap();
    in_child(|| assert_eq!(map.byte(page()).unwrap(), pattern(page() + 1)[page()]));
}

#[test]
fn advise_dont_fork_memory_that_lends_slices_is_refused() {
    let map = Mmap::anonymous(page()).unwrap();
    let slice = map.try_as_slice().unwrap();
    let error = map.advise(Advice::DontFork, ..).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    in_child(|| assert!(slice.iter().all(|&byte| byte == 0)));
    map.advise(Advice::DoFork, ..).unwrap();
}
