//! Faults that are survived, because the program asks for zeros.
//!
//! # Safety
//!
//! * The promise of memmap2's callers is broken on purpose: this shows what happens then.
#![cfg(unix)]
#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::File;
use std::hint::black_box;
use std::io::{ErrorKind, Write};
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use memmap2::ironmap::{self, OnFault};
use memmap2::{Mmap, MmapMut, MmapOptions, MmapRaw};

/// `check` is of the whole process, so one test runs at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    let alone = ALONE.lock().unwrap_or_else(|error| error.into_inner());
    ironmap::on_fault(OnFault::Zeros);
    let _ = ironmap::check();
    alone
}

fn page() -> usize {
    // SAFETY: sysconf touches no memory of ours.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// Returns a file of four pages of `x`.
fn file() -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&vec![b'x'; 4 * page()]).unwrap();
    file
}

#[test]
fn check_reports_each_fault_once() {
    let _alone = alone();
    let file = file();
    let map = unsafe { Mmap::map(&file).unwrap() };
    let before = ironmap::faults();
    file.set_len(page() as u64).unwrap();
    assert_eq!(map[page() - 1], b'x');
    assert!(ironmap::check().is_ok() && ironmap::check_map(&map).is_ok());

    assert_eq!(map[2 * page() + 3], 0);
    assert_eq!(ironmap::faults(), before + 1);
    let fault = ironmap::check().unwrap_err();
    assert_eq!(fault.file_offset(), 2 * page() as u64 + 3);
    assert_eq!(fault.file_size(), Some(page() as u64));
    assert!(fault.is_past_end() && fault.descriptor().is_some());
    assert!(ironmap::check().is_ok());

    let damage = ironmap::check_map(&map).unwrap_err();
    assert_eq!(damage.file_offset(), page() as u64);
    let expected = format!(": the file has {} bytes now", page());
    assert!(damage.to_string().ends_with(&expected), "{damage}");
    let error = std::io::Error::from(damage);
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    // All past the end was covered by one fault.
    assert_eq!(map[3 * page()], 0);
    assert_eq!(ironmap::faults(), before + 1);
    assert_eq!(map[0], b'x');
}

#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn check_names_the_file() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().canonicalize().unwrap().join("named");
    std::fs::write(&path, vec![b'x'; 4 * page()]).unwrap();
    let map = unsafe { Mmap::map(&File::open(&path).unwrap()).unwrap() };
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    assert_eq!(map[page()], 0);
    let fault = ironmap::check().unwrap_err();
    assert_eq!(fault.path(), Some(&*path));
    assert_eq!(fault.file_size(), Some(0));
    // The descriptor is closed, so the map itself does not know the path any more.
    assert_eq!(ironmap::check_map(&map).unwrap_err().path(), None);
}

#[test]
fn hook_gets_each_fault() {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    static LAST: AtomicU64 = AtomicU64::new(0);
    let _alone = alone();
    // SAFETY: it stores to atomics.
    unsafe {
        ironmap::set_hook(|fault| {
            COUNT.fetch_add(1, Ordering::Relaxed);
            LAST.store(fault.file_offset(), Ordering::Relaxed);
        });
    }
    let file = file();
    let map = unsafe { MmapOptions::new().offset(10).map(&file).unwrap() };
    let before = COUNT.load(Ordering::Relaxed);
    file.set_len(0).unwrap();
    assert_eq!(map[page()], 0);
    assert_eq!(COUNT.load(Ordering::Relaxed), before + 1);
    assert_eq!(LAST.load(Ordering::Relaxed), page() as u64 + 10);
}

#[test]
fn private_map_keeps_pages_of_the_file() {
    let _alone = alone();
    let file = file();
    let mut map = unsafe { MmapOptions::new().map_copy(&file).unwrap() };
    map[0] = b'p';
    file.set_len(page() as u64).unwrap();
    map[3 * page()] = 1; // into zeros
    assert_eq!((map[0], map[1]), (b'p', b'x'));
    assert_eq!((map[3 * page()], map[3 * page() + 1]), (1, 0));
    assert!(ironmap::check_map(&map).is_err());
    let read_only = unsafe { MmapOptions::new().map_copy_read_only(&file).unwrap() };
    file.set_len(0).unwrap();
    assert_eq!(read_only[0], 0);
    assert!(ironmap::check_map(&read_only).is_err());
}

#[test]
fn flush_of_lost_stores_fails() {
    let _alone = alone();
    let file = file();
    let mut map = unsafe { MmapMut::map_mut(&file).unwrap() };
    file.set_len(page() as u64).unwrap();
    map[0] = b'a';
    map[2 * page()] = b'b';
    assert_eq!(map.flush().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    assert!(map.flush_async().is_err());
    assert!(map.flush_async_range(2 * page(), 1).is_err());
    map.flush_range(0, page()).unwrap();
    assert_eq!(
        std::os::unix::fs::FileExt::read_at(&file, &mut [0; 2], 0).unwrap(),
        2
    );
}

#[test]
fn protect_after_fault() {
    let _alone = alone();
    let file = file();
    let map = unsafe { Mmap::map(&file).unwrap() };
    file.set_len(0).unwrap();
    assert_eq!(map[0], 0);
    let mut map = map.make_mut().unwrap();
    map[0] = 7;
    let map = map.make_read_only().unwrap();
    assert_eq!(map[0], 7);
    assert!(ironmap::check_map(&map).is_err());
}

/// Zeros that come after `make_mut` can be written.
#[test]
fn fault_after_protect() {
    let _alone = alone();
    let file = file();
    let mut map = unsafe { Mmap::map(&file).unwrap().make_mut().unwrap() };
    file.set_len(0).unwrap();
    map[page()] = 7;
    assert_eq!(map[page()], 7);
    assert!(ironmap::check_map(&map).is_err());
}

/// Zeros are instructions to some processors.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn zeros_are_never_executable() {
    let _alone = alone();
    let (file, early, late) = (file(), file(), file());
    let mapped = unsafe { MmapOptions::new().map_exec(&file).unwrap() };
    let made = unsafe { MmapMut::map_mut(&early).unwrap() };
    let made = made.make_exec().unwrap();
    for map in [&mapped, &made] {
        assert_eq!(protection_of(map[page()..].as_ptr()), "r-x");
    }
    file.set_len(0).unwrap();
    early.set_len(0).unwrap();
    for map in [&mapped, &made] {
        assert_eq!(map[page()], 0);
        assert_eq!(protection_of(map[page()..].as_ptr()), "r--");
    }

    let map = unsafe { MmapMut::map_mut(&late).unwrap() };
    late.set_len(0).unwrap();
    assert_eq!(map[page()], 0);
    assert_eq!(
        map.make_exec().unwrap_err().kind(),
        ErrorKind::UnexpectedEof
    );
}

/// Returns the first three letters that the system has for the page of an address.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn protection_of(address: *const u8) -> String {
    let areas = std::fs::read_to_string("/proc/self/maps").unwrap();
    let number = |text| usize::from_str_radix(text, 16).unwrap();
    let area = areas.lines().find_map(|line| {
        let (range, rest) = line.split_once(' ').unwrap();
        let (start, end) = range.split_once('-').unwrap();
        (number(start)..number(end))
            .contains(&address.addr())
            .then(|| rest[..3].to_string())
    });
    area.expect("mapped")
}

#[cfg(target_os = "linux")]
#[test]
fn remap_follows_the_map() {
    use memmap2::RemapOptions;

    let _alone = alone();
    let file = file();
    let may_move = RemapOptions::new().may_move(true);
    let mut map = unsafe { MmapOptions::new().offset(5).len(page()).map(&file).unwrap() };
    unsafe { map.remap(3 * page(), may_move).unwrap() };
    assert_eq!(map.len(), 3 * page());
    file.set_len(page() as u64).unwrap();
    assert_eq!(map[2 * page()], 0);
    assert_eq!(
        ironmap::check().unwrap_err().file_offset(),
        2 * page() as u64 + 5
    );

    // It is several mappings of the system now, which can shrink and not grow.
    let error = unsafe { map.remap(100 * page(), may_move).unwrap_err() };
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(map.len(), 3 * page());
    unsafe { map.remap(page() / 2, RemapOptions::new()).unwrap() };
    assert_eq!(map[0], b'x');
    assert!(ironmap::check_map(&map).is_ok());
}

#[cfg(target_os = "linux")]
#[test]
fn remap_of_nothing() {
    use memmap2::RemapOptions;

    let _alone = alone();
    let file = file();
    let may_move = RemapOptions::new().may_move(true);
    let mut map = unsafe { Mmap::map(&file).unwrap() };
    unsafe { map.remap(0, may_move).unwrap() };
    assert!(map.is_empty());
    unsafe { map.remap(4 * page(), may_move).unwrap() };
    file.set_len(0).unwrap();
    assert_eq!(map[3 * page()], 0);
    assert!(ironmap::check_map(&map).is_err());
}

#[test]
fn raw_map_is_checked() {
    let _alone = alone();
    let file = file();
    let map = MmapRaw::map_raw(&file).unwrap();
    let read_only = MmapOptions::new().map_raw_read_only(&file).unwrap();
    file.set_len(0).unwrap();
    // SAFETY: inside the maps.
    assert_eq!(unsafe { map.as_mut_ptr().read_volatile() }, 0);
    // SAFETY: as above.
    assert_eq!(unsafe { read_only.as_ptr().read_volatile() }, 0);
    assert!(ironmap::check_map(&map).is_err());
    assert!(ironmap::check_map(&read_only).is_err());
}

/// A file that the caller has closed: the handler cannot ask for its size.
#[test]
fn closed_file_is_covered_page_by_page() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("closed");
    std::fs::write(&path, vec![b'x'; 64 * page()]).unwrap();
    let map = unsafe { Mmap::map(&File::open(&path).unwrap()).unwrap() };
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(page() as u64)
        .unwrap();
    let before = ironmap::faults();
    assert_eq!(map.iter().filter(|&&byte| byte == b'x').count(), page());
    assert!((1..16).contains(&(ironmap::faults() - before)));
    assert!(ironmap::check_map(&map).is_err());
}

/// Maps come and go while threads meet faults in them and in others.
#[test]
fn drop_during_faults() {
    let _alone = alone();
    let stop = AtomicBool::new(false);
    let before = ironmap::faults();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let file = file();
                    let map = unsafe { Mmap::map(&file).unwrap() };
                    let other = unsafe { Mmap::map(&file).unwrap() };
                    file.set_len(page() as u64).unwrap();
                    std::thread::scope(|readers| {
                        readers.spawn(|| black_box(map[3 * page()]));
                        drop(other);
                        assert_eq!(map[2 * page()], 0);
                    });
                    assert!(ironmap::check_map(&map).is_err());
                    assert_eq!(map[0], b'x');
                }
            });
        }
        for _ in 0..100 {
            let _ = ironmap::check();
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(ironmap::faults() > before);
}

/// Other code takes the signal; the next map takes it back.
#[test]
fn replaced_handler_is_put_back() {
    let _alone = alone();
    let file = file();
    let map = unsafe { Mmap::map(&file).unwrap() };
    // SAFETY: the default action is no function.
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
    // A map that is made in the same millisecond does not look.
    std::thread::sleep(std::time::Duration::from_millis(2));
    drop(unsafe { Mmap::map(&file).unwrap() });
    file.set_len(0).unwrap();
    assert_eq!(map[0], 0);
    assert!(ironmap::check_map(&map).is_err());
}

/// A forked child has its own damage, and its parent's handler.
#[test]
fn fault_in_forked_child() {
    let _alone = alone();
    let file = file();
    let map = unsafe { Mmap::map(&file).unwrap() };
    file.set_len(0).unwrap();
    // SAFETY: the child makes no call that allocates.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let survived = map[page()] == 0 && ironmap::faults() > 0;
        // SAFETY: the child ends.
        unsafe { libc::_exit(if survived { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: it writes one number.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(ironmap::check_map(&map).is_ok());
}

/// The stack that Rust gives a thread for signals has 8 KiB, of which the processor's registers can
/// take more than 3 KiB.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn faults_need_little_stack() {
    let _alone = alone();
    let file = file();
    let map = unsafe { Mmap::map(&file).unwrap() };
    file.set_len(0).unwrap();
    let silent = File::options().write(true).open("/dev/null").unwrap();
    // SAFETY: getauxval touches no memory of ours.
    let registers = unsafe { libc::getauxval(libc::AT_MINSIGSTKSZ) } as usize;
    let needed = registers.max(libc::MINSIGSTKSZ) + 4608;
    // Below the stack is a page that cannot be used.
    let mut memory = MmapMut::map_anon(page() + needed).unwrap();
    unsafe { libc::mprotect(memory.as_mut_ptr().cast(), page(), libc::PROT_NONE) };
    let stack = libc::stack_t {
        ss_sp: memory.as_mut_ptr().wrapping_add(page()).cast(),
        ss_flags: 0,
        ss_size: needed,
    };
    let status_with = |choice| {
        // SAFETY: the child makes no call that allocates.
        let child = unsafe { libc::fork() };
        if child == 0 {
            ironmap::on_fault(choice);
            unsafe { libc::dup2(silent.as_raw_fd(), libc::STDERR_FILENO) };
            unsafe { libc::sigaltstack(&stack, std::ptr::null_mut()) };
            let code = map[page()].into();
            // SAFETY: the child ends.
            unsafe { libc::_exit(code) };
        }
        let mut status = 0;
        // SAFETY: it writes one number.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        status
    };
    assert_eq!(status_with(OnFault::Zeros), 0);
    assert_eq!(libc::WTERMSIG(status_with(OnFault::Abort)), libc::SIGABRT);
}

#[test]
fn anonymous_map_is_never_damaged() {
    let _alone = alone();
    let mut map = MmapMut::map_anon(3 * page()).unwrap();
    map[page()] = 1;
    assert!(ironmap::check_map(&map).is_ok());
    map.flush().unwrap();
}

/// munmap takes whole huge pages.
#[cfg(target_os = "linux")]
#[test]
fn drop_of_a_part_of_a_huge_page_unmaps_it() {
    let _alone = alone();
    let areas = || {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.matches("anon_hugepage").count()
    };
    let mut options = MmapOptions::new();
    options.huge(Some(21)).no_reserve_swap().len(5000);
    let Ok(map) = options.map_anon() else {
        println!("skipped: no huge pages");
        return;
    };
    assert_eq!(areas(), 1);
    drop(map);
    assert_eq!(areas(), 0);
}
