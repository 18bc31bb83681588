//! By default a fault is a message that names the file, and an abort. Each test runs itself again
//! in a child, which meets the fault.
//!
//! # Safety
//!
//! * The promise of memmap2's callers is broken on purpose: this shows what happens then.
#![cfg(unix)]
#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use memmap2::ironmap::{self, OnFault};
use memmap2::{Mmap, MmapMut, MmapOptions, MmapRaw};

/// A variable that has the path of the child's file.
const CHILD: &str = "MEMMAP2_TEST_FILE";

/// The pages of the test's file.
const PAGES: usize = 4;

fn page() -> usize {
    // SAFETY: sysconf touches no memory of ours.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

fn new_file(folder: &Path, name: &str) -> PathBuf {
    let path = folder.canonicalize().unwrap().join(name);
    let mut file = File::create(&path).unwrap();
    file.write_all(&vec![b'x'; PAGES * page()]).unwrap();
    path
}

/// Runs `test` again, as a child that has a file.
fn run(test: &str, path: &Path, environment: &[(&str, &str)]) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args([test, "--exact", "--nocapture"])
        .env_remove("IRONMAP_ON_FAULT")
        .env(CHILD, path)
        .envs(environment.iter().copied());
    child.output().unwrap()
}

fn child_file() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

fn open(path: &Path) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

/// Returns the lines of the message.
fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines = text.lines().filter(|line| line.starts_with("memmap2: "));
    lines.collect::<Vec<_>>().join("\n")
}

const HOW: &str = "memmap2: the process aborts; with IRONMAP_ON_FAULT=zeros it reads zeros there";

fn assert_aborted(output: &Output, line: &str) {
    assert_eq!(message(output), format!("memmap2: {line}\n{HOW}"));
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
}

/// Returns how a message names a file.
fn named(path: &Path, descriptor: &str) -> String {
    if cfg!(any(target_os = "linux", target_os = "android")) {
        path.display().to_string()
    } else {
        format!("the file mapped by descriptor {descriptor}")
    }
}

#[test]
fn truncated_file_is_named() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        file.set_len(100).unwrap();
        black_box(map[2 * page() + 5]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "a b\u{e4}.idx");
    let output = run("truncated_file_is_named", &path, &[]);
    let at = 2 * page() + 5;
    let name = named(&path, "3");
    let line = format!("cannot access byte {at} of {name}: the file has 100 bytes now");
    assert_aborted(&output, &line);
}

#[test]
fn closed_descriptor_is_not_needed() {
    if let Some(path) = child_file() {
        let map = unsafe { MmapMut::map_mut(&open(&path)).unwrap() };
        open(&path).set_len(0).unwrap();
        black_box(map[0]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "closed");
    let output = run("closed_descriptor_is_not_needed", &path, &[]);
    if cfg!(any(target_os = "linux", target_os = "android")) {
        let name = path.display();
        let line = format!("cannot access byte 0 of {name}: the file has 0 bytes now");
        assert_aborted(&output, &line);
    } else {
        assert!(message(&output).contains("cannot access byte 0 of "));
    }
}

#[test]
fn deleted_file_and_offset_are_told() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let offset = page() as u64 + 7;
        let map = unsafe { MmapOptions::new().offset(offset).map_copy(&file).unwrap() };
        std::fs::remove_file(&path).unwrap();
        file.set_len(0).unwrap();
        black_box(map[1]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "gone");
    let output = run("deleted_file_and_offset_are_told", &path, &[]);
    let at = page() + 8;
    let name = named(&path, "3");
    let deleted = if name.starts_with('/') {
        " (deleted)"
    } else {
        ""
    };
    let line = format!("cannot access byte {at} of {name}{deleted}: the file has 0 bytes now");
    assert_aborted(&output, &line);
}

#[test]
fn longest_path_is_whole() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        black_box(map[0]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut deep = folder.path().canonicalize().unwrap();
    while deep.as_os_str().len() + 210 < libc::PATH_MAX as usize {
        deep.push("d".repeat(200));
        std::fs::create_dir(&deep).unwrap();
    }
    let path = new_file(&deep, "f");
    let output = run("longest_path_is_whole", &path, &[]);
    let name = named(&path, "3");
    let line = format!("cannot access byte 0 of {name}: the file has 0 bytes now");
    assert_aborted(&output, &line);
}

#[test]
fn store_past_the_end_is_told() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let mut map = unsafe { MmapMut::map_mut(&file).unwrap() };
        file.set_len(0).unwrap();
        map[page()] = 1;
        black_box(&map);
        unreachable!("the store returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "stored");
    let output = run("store_past_the_end_is_told", &path, &[]);
    let (at, name) = (page(), named(&path, "3"));
    let line = format!("cannot access byte {at} of {name}: the file has 0 bytes now");
    assert_aborted(&output, &line);
}

#[test]
fn environment_asks_for_zeros() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        assert_eq!(map[0], 0);
        let fault = ironmap::check().unwrap_err();
        assert_eq!(fault.file_size(), Some(0));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "zeros");
    let zeros = run(
        "environment_asks_for_zeros",
        &path,
        &[("IRONMAP_ON_FAULT", "zeros")],
    );
    assert!(zeros.status.success(), "{zeros:?}");
    let path = new_file(folder.path(), "abort");
    let abort = run(
        "environment_asks_for_zeros",
        &path,
        &[("IRONMAP_ON_FAULT", "abort")],
    );
    assert_eq!(abort.status.signal(), Some(libc::SIGABRT));
    let path = new_file(folder.path(), "other");
    let other = run(
        "environment_asks_for_zeros",
        &path,
        &[("IRONMAP_ON_FAULT", "Zeros")],
    );
    assert_eq!(other.status.signal(), Some(libc::SIGABRT));
}

#[test]
fn program_overrules_environment() {
    if let Some(path) = child_file() {
        ironmap::on_fault(OnFault::Abort);
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        black_box(map[0]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "overruled");
    let output = run(
        "program_overrules_environment",
        &path,
        &[("IRONMAP_ON_FAULT", "zeros")],
    );
    assert_eq!(output.status.signal(), Some(libc::SIGABRT));
}

#[test]
fn hook_runs_before_the_abort() {
    if let Some(path) = child_file() {
        fn hook(fault: &ironmap::Fault<'_>) {
            let known = fault.path().is_some() || fault.descriptor().is_some();
            let code = if known && fault.is_past_end() { 77 } else { 78 };
            // SAFETY: POSIX lists it as safe in a handler.
            unsafe { libc::_exit(code) };
        }
        // SAFETY: it ends the process.
        unsafe { ironmap::set_hook(hook) };
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        black_box(map[0]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "hooked");
    let output = run("hook_runs_before_the_abort", &path, &[]);
    assert_eq!(output.status.code(), Some(77), "{output:?}");
    assert_eq!(message(&output), "");
}

/// The pages stay until the handler has left, also for a thread that breaks the borrow.
#[test]
fn drop_waits_for_the_handler() {
    static ENTERED: AtomicBool = AtomicBool::new(false);
    static DROPPED: AtomicBool = AtomicBool::new(false);
    fn hook(_: &ironmap::Fault<'_>) {
        ENTERED.store(true, Ordering::SeqCst);
        let pause = libc::timespec {
            tv_sec: 0,
            tv_nsec: 200_000_000,
        };
        // SAFETY: POSIX lists it as safe in a handler.
        unsafe { libc::nanosleep(&pause, std::ptr::null_mut()) };
        let code = i32::from(DROPPED.load(Ordering::SeqCst));
        // SAFETY: as above.
        unsafe { libc::_exit(code) };
    }
    if let Some(path) = child_file() {
        // SAFETY: it ends the process.
        unsafe { ironmap::set_hook(hook) };
        let file = open(&path);
        let map = MmapRaw::map_raw(&file).unwrap();
        file.set_len(0).unwrap();
        let address = map.as_ptr() as usize;
        // SAFETY: not given: the map is dropped meanwhile.
        std::thread::spawn(move || unsafe { (address as *const u8).read_volatile() });
        while !ENTERED.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
        drop(map);
        DROPPED.store(true, Ordering::SeqCst);
        std::thread::park();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "dropped");
    let output = run("drop_waits_for_the_handler", &path, &[]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
}

/// Many threads fault at once; at least one message is whole.
#[test]
fn threads_write_whole_messages() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let map = unsafe { Mmap::map(&file).unwrap() };
        let start = std::sync::Barrier::new(8);
        file.set_len(0).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    black_box(map[0]);
                });
            }
        });
        unreachable!("the reads returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "threads");
    let output = run("threads_write_whole_messages", &path, &[]);
    assert_eq!(output.status.signal(), Some(libc::SIGABRT));
    let name = named(&path, "3");
    let line = format!("memmap2: cannot access byte 0 of {name}: the file has 0 bytes now\n{HOW}");
    assert!(message(&output).starts_with(&line), "{output:?}");
}

/// A signal about other memory does what it did before.
#[test]
fn unrelated_fault_is_a_bare_sigbus() {
    if let Some(path) = child_file() {
        let file = open(&path);
        let _map = unsafe { Mmap::map(&file).unwrap() };
        let other = unsafe { original::Mmap::map(&file).unwrap() };
        file.set_len(0).unwrap();
        black_box(other[0]);
        unreachable!("the read returned");
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "unrelated");
    let output = run("unrelated_fault_is_a_bare_sigbus", &path, &[]);
    assert_eq!(message(&output), "");
    assert_eq!(output.status.signal(), Some(libc::SIGBUS));
}

/// Returns whether the touch of a huge page is a fault.
#[cfg(target_os = "linux")]
fn lacks_huge_pages() -> bool {
    let reserve = std::fs::read_to_string("/proc/sys/vm/nr_hugepages");
    let lacks = reserve.is_ok_and(|count| count.trim() == "0");
    if !lacks {
        println!("skipped: the system has huge pages in reserve, or does not know them");
    }
    lacks
}

/// The second line of the message about a map that was made without `unsafe`.
#[cfg(target_os = "linux")]
const WITHOUT_CHOICE: &str = "memmap2: the process aborts, whatever IRONMAP_ON_FAULT says: \
                              the map is one of map_if_safe or map_anon";

/// Asserts that a child has met the fault, or skips the test.
#[cfg(target_os = "linux")]
fn assert_aborted_without_choice(output: &Output, line: &str) {
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && text.contains("skipped: ") {
        println!("skipped: the system makes no huge pages for a program");
        return;
    }
    assert_eq!(
        message(output),
        format!("memmap2: {line}\n{WITHOUT_CHOICE}")
    );
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
}

/// A file whose bytes cannot change is mapped without a promise, so no owner's choice lets them.
#[cfg(target_os = "linux")]
#[test]
fn map_if_safe_never_reads_zeros() {
    use std::os::fd::FromRawFd;

    if child_file().is_some() {
        let flags = libc::MFD_ALLOW_SEALING | libc::MFD_HUGETLB | libc::MFD_HUGE_2MB;
        let fd = unsafe { libc::memfd_create(c"huge".as_ptr(), flags) };
        if fd == -1 {
            println!("skipped: {}", std::io::Error::last_os_error());
            return;
        }
        let file = unsafe { File::from_raw_fd(fd) };
        file.set_len(4 << 20).unwrap();
        let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_WRITE;
        assert_eq!(unsafe { libc::fcntl(fd, libc::F_ADD_SEALS, seals) }, 0);
        ironmap::on_fault(OnFault::Zeros);
        let map = MmapOptions::new().no_reserve_swap().map_if_safe(&file);
        black_box(map.unwrap()[5]);
        unreachable!("the read returned");
    }
    if lacks_huge_pages() {
        let output = run("map_if_safe_never_reads_zeros", Path::new("unused"), &[]);
        let line = "cannot access byte 5 of /memfd:huge (deleted): \
                    the system cannot provide its page";
        assert_aborted_without_choice(&output, line);
    }
}

/// Memory without a file is made without a promise, too. Only huge pages of it can be lost.
#[cfg(target_os = "linux")]
#[test]
fn map_anon_never_reads_zeros() {
    if child_file().is_some() {
        ironmap::on_fault(OnFault::Zeros);
        let mut huge = MmapOptions::new();
        huge.huge(Some(21)).no_reserve_swap().len(2 << 20);
        let Ok(mut map) = huge.map_anon() else {
            println!("skipped: no huge pages");
            return;
        };
        map[5] = 1;
        black_box(&map);
        unreachable!("the store returned");
    }
    if lacks_huge_pages() {
        let output = run("map_anon_never_reads_zeros", Path::new("unused"), &[]);
        // The kernel's name for such memory.
        let line = "cannot access byte 5 of /anon_hugepage (deleted): \
                    the system cannot provide its page";
        assert_aborted_without_choice(&output, line);
    }
}

/// A SIGBUS by `kill` goes to the handler that was there before. One that a thread raises could be a
/// fault that another handler passes on, as long as the size of some mapped file is not known.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[test]
fn sent_signal_is_passed_on() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    extern "C" fn count(_: libc::c_int) {
        COUNT.fetch_add(1, Ordering::SeqCst);
    }
    if let Some(path) = child_file() {
        let raise = || assert_eq!(unsafe { libc::raise(libc::SIGBUS) }, 0);
        let count = count as extern "C" fn(libc::c_int) as libc::sighandler_t;
        // SAFETY: the handler counts.
        unsafe { libc::signal(libc::SIGBUS, count) };
        let file = open(&path);
        let known = unsafe { Mmap::map(&file).unwrap() };
        raise();
        assert_eq!(COUNT.load(Ordering::SeqCst), 1);
        drop(known);
        let closed = unsafe { Mmap::map(&open(&path)).unwrap() };
        raise();
        assert_eq!(COUNT.load(Ordering::SeqCst), 1);
        // SAFETY: it touches no memory. Any thread may get it.
        unsafe { libc::kill(std::process::id() as libc::pid_t, libc::SIGBUS) };
        while COUNT.load(Ordering::SeqCst) == 1 {
            std::thread::yield_now();
        }
        drop(closed);
        raise();
        assert_eq!(COUNT.load(Ordering::SeqCst), 3);
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = new_file(folder.path(), "sent");
    let output = run("sent_signal_is_passed_on", &path, &[]);
    assert!(output.status.success(), "{output:?}");
}
