//! Faults outside safe code: slices, signals, forks, seals.
//!
//! Tests that end their process, or need a fresh one, are ignored tests that another test runs
//! alone.
//!
//! # Safety
//!
//! The files belong to the test alone, and do not change while a slice of them is used. Pointers
//! are into live mappings. A forked child accesses one map and ends.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "needles")]
use ironmap::Needles;
use ironmap::{Mmap, MmapOptions, Result};

use crate::{file_with, pattern, writable};

fn page() -> usize {
    Mmap::page_size()
}

/// Maps a file of four pages, then cuts it to one.
fn cut() -> (std::fs::File, Mmap) {
    let file = file_with(&pattern(4 * page()));
    let map = writable(&file);
    file.set_len(page() as u64).unwrap();
    (file, map)
}

#[test]
fn with_slice_damage_is_fault() {
    let (file, mut map) = cut();
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    let error = unsafe { map.with_slice(sum) }.unwrap_err();
    assert_eq!(error.fault().unwrap().at, page());
    assert_eq!(map.faults(), 1);

    file.set_len(4 * page() as u64).unwrap();
    map.restore().unwrap();
    let expected = sum(&pattern(page()));
    assert_eq!(unsafe { map.with_slice(sum) }.unwrap(), expected);
}

#[test]
fn with_slice_beside_damage_succeeds() {
    let (_file, map) = cut();
    let read = unsafe { map.with_slice(|bytes| bytes[..page()].to_vec()) };
    assert_eq!(read.unwrap(), pattern(page()));
    assert_eq!(map.faults(), 0);
}

#[test]
fn with_ptr_damage_is_fault() {
    let (_file, map) = cut();
    let second = |start: *const u8| unsafe { start.wrapping_add(1).read_volatile() };
    assert_eq!(map.with_ptr(0, 2, second).unwrap(), pattern(2)[1]);
    let error = map.with_ptr(page() - 1, 2, second).unwrap_err();
    assert_eq!(error.fault().unwrap().at, page());
}

#[test]
fn as_slice_damage_reads_zeros_and_is_recorded() {
    let (_file, map) = cut();
    let bytes = unsafe { map.as_slice() };
    assert_eq!(bytes[2 * page()], 0);
    assert!(map.is_damaged());
    assert!(map.byte(2 * page()).unwrap_err().is_fault());
    assert_eq!(map.to_vec(..page()).unwrap(), pattern(page()));
}

#[test]
fn fault_in_fork_is_survived() {
    let (_file, map) = cut();
    let child = unsafe { libc::fork() };
    if child == 0 {
        let faulted = map.byte(2 * page()).is_err_and(|error| error.is_fault());
        let kept = map.byte(7).is_ok_and(|byte| byte == 7);
        unsafe { libc::_exit(if faulted && kept { 0 } else { 1 }) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(!map.is_damaged(), "the child's fault is the child's");
    assert!(map.byte(2 * page()).unwrap_err().is_fault());
}

/// Runs an ignored test of a module in its own process.
pub(crate) fn alone(module: &str, test: &str) -> ExitStatus {
    alone_with(module, test, |_| ())
}

/// Runs an ignored test of a module in its own process, which `prepare` has configured.
pub(crate) fn alone_with(
    module: &str,
    test: &str,
    prepare: impl FnOnce(&mut Command),
) -> ExitStatus {
    let name = format!("{}::{test}", module.split_once("::").unwrap().1);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", &name]);
    prepare(&mut command);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test\n"), "{name}: {output:?}");
    output.status
}

fn sigbus_action() -> libc::sigaction {
    let mut action = unsafe { std::mem::zeroed() };
    unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut action) };
    action
}

/// Survives a fault, and restores the map.
fn survive_one() -> (std::fs::File, Mmap) {
    let (file, mut map) = cut();
    assert!(map.byte(2 * page()).unwrap_err().is_fault());
    file.set_len(4 * page() as u64).unwrap();
    map.restore().unwrap();
    (file, map)
}

#[test]
fn unrelated_sigbus_kills_process() {
    for test in [
        "unrelated_sigbus_kill_child",
        "unrelated_sigbus_raise_child",
        "unrelated_sigbus_own_mmap_child",
    ] {
        assert_eq!(
            alone(module_path!(), test).signal(),
            Some(libc::SIGBUS),
            "{test}"
        );
    }
}

#[test]
#[ignore = "ends its process; unrelated_sigbus_kills_process runs it"]
fn unrelated_sigbus_kill_child() {
    // Rust's own handler ignores the first such signal.
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
    let _whole = survive_one();
    let me = unsafe { libc::getpid() };
    unsafe { libc::kill(me, libc::SIGBUS) };
}

#[test]
#[ignore = "ends its process; unrelated_sigbus_kills_process runs it"]
fn unrelated_sigbus_raise_child() {
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
    let _whole = survive_one();
    unsafe { libc::raise(libc::SIGBUS) };
}

#[test]
#[ignore = "ends its process; unrelated_sigbus_kills_process runs it"]
fn unrelated_sigbus_own_mmap_child() {
    let _whole = survive_one();
    let file = file_with(&pattern(page()));
    let (fd, read) = (file.as_raw_fd(), libc::PROT_READ);
    let memory = unsafe { libc::mmap(ptr::null_mut(), page(), read, libc::MAP_SHARED, fd, 0) };
    assert_ne!(memory, libc::MAP_FAILED);
    file.set_len(0).unwrap();
    unsafe { memory.cast::<u8>().read_volatile() };
}

#[cfg(target_os = "linux")]
#[test]
fn map_without_risk_installs_no_handler() {
    assert!(alone(module_path!(), "map_without_risk_child").success());
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs a process without maps; map_without_risk_installs_no_handler runs it"]
fn map_without_risk_child() {
    use crate::sys::{memfd, seal};
    let before = sigbus_action().sa_sigaction;
    let sealed = memfd(&pattern(page()));
    seal(&sealed, libc::F_SEAL_SHRINK);
    let _anonymous = Mmap::anonymous(page()).unwrap();
    let _sealed = MmapOptions::new().map(&sealed).unwrap();
    assert_eq!(sigbus_action().sa_sigaction, before);
    let _file = MmapOptions::new().map(file_with(b"x")).unwrap();
    assert_ne!(sigbus_action().sa_sigaction, before);
}

/// A thread that reads through a pointer during a restore gets damage or the file's bytes. Any
/// other bytes would be zeros that no damage reports.
#[test]
fn restore_beside_faults_hides_no_zeros() {
    const ROUNDS: usize = 3000;
    let bytes = pattern(4 * page());
    let file = file_with(&bytes);
    let mut map = writable(&file);
    let end = AtomicBool::new(false);
    let address = map.as_ptr().expose_provenance() + 2 * page();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !end.load(Ordering::Relaxed) {
                    let byte = ptr::with_exposed_provenance::<u8>(address);
                    unsafe { byte.read_volatile() };
                }
            });
        }
        let hides_zeros = (0..ROUNDS).any(|_| {
            file.set_len(page() as u64).unwrap();
            std::os::unix::fs::FileExt::write_all_at(&file, &bytes, 0).unwrap();
            map.restore().unwrap();
            let seen = map.to_vec(2 * page()..3 * page());
            seen.is_ok_and(|seen| seen != bytes[2 * page()..3 * page()])
        });
        end.store(true, Ordering::Relaxed);
        assert!(!hides_zeros);
    });
}

/// Each of these operations touches many pages, so it checks that the handler is installed.
#[test]
fn long_operations_reinstall_handler() {
    assert!(alone(module_path!(), "long_operations_child").success());
}

#[test]
#[ignore = "takes the signal away; long_operations_reinstall_handler runs it"]
fn long_operations_child() {
    const LEN: usize = 1 << 20;
    type Operation<'a> = &'a dyn Fn(&Mmap) -> Result<()>;
    let operations: &[Operation<'_>] = &[
        &|map| map.to_vec(..).map(drop),
        &|map| map.find(b"no such", ..).map(drop),
        #[cfg(feature = "needles")]
        &|map| map.find_any(&Needles::new(["no such"])?, ..).map(drop),
        &|map| map.lines(..)?.next_line().map(drop),
        &|map| map.populate(..),
    ];
    for operation in operations {
        let file = file_with(&vec![b'.'; LEN]);
        let map = writable(&file);
        // After the first chunk of a search, which is small.
        file.set_len(page() as u64 * 2).unwrap();
        unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
        assert!(operation(&map).unwrap_err().is_fault());
    }
}

#[test]
fn handler_runs_on_alternate_stack() {
    let _map = writable(&file_with(b"x"));
    assert_ne!(sigbus_action().sa_flags & libc::SA_ONSTACK, 0);
}

#[cfg(target_os = "linux")]
#[test]
fn fault_keeps_errno() {
    use crate::sys::{close_descriptor, kept_descriptor};

    let (file, map) = cut();
    // The handler's own calls fail, and set errno.
    close_descriptor(kept_descriptor(&file));
    let errno = unsafe { libc::__errno_location() };
    unsafe { errno.write(77) };
    unsafe { map.as_ptr().wrapping_add(2 * page()).read_volatile() };
    assert_eq!(unsafe { errno.read() }, 77);
}

/// The next map reinstalls the handler over any other.
#[test]
fn map_reinstalls_handler() {
    assert!(alone(module_path!(), "map_reinstalls_handler_child").success());
}

#[test]
#[ignore = "takes the signal away; map_reinstalls_handler runs it"]
fn map_reinstalls_handler_child() {
    let (_file, old) = cut();
    unsafe { libc::signal(libc::SIGBUS, libc::SIG_DFL) };
    let _new = cut();
    assert_ne!(sigbus_action().sa_sigaction, libc::SIG_DFL);
    assert!(old.byte(page()).unwrap_err().is_fault());
}
