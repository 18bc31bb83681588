//! The fault guard: reinstalled, switched off, and its effect on the signal mask.
//!
//! Each test needs a fresh process, so it is an ignored test that another test runs alone.
//!
//! # Safety
//!
//! Signals and masks belong to the test's process. A forked child accesses one map and ends.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::ptr;

use ironmap::raw::MmapExt;
use ironmap::{ErrorKind, FaultGuard, Mmap, disable_fault_guard, ensure_fault_guard, fault_guard};

use crate::faults_and_signals::{alone, alone_with};
use crate::{file_with, pattern, writable};

fn page() -> usize {
    Mmap::page_size()
}

/// Returns a file of four pages, and a map of it that was used.
fn used() -> (File, Mmap) {
    let file = file_with(&pattern(4 * page()));
    let map = writable(&file);
    map.byte(0).unwrap();
    (file, map)
}

fn survives_a_fault((file, mut map): (File, Mmap)) {
    file.set_len(0).unwrap();
    assert!(map.byte(0).unwrap_err().is_fault());
    file.set_len(1).unwrap();
    map.restore().unwrap();
}

fn set_handler(handler: usize) {
    unsafe { libc::signal(libc::SIGBUS, handler) };
}

fn sigbus() -> libc::sigset_t {
    let mut set = unsafe { std::mem::zeroed() };
    unsafe { libc::sigemptyset(&raw mut set) };
    unsafe { libc::sigaddset(&raw mut set, libc::SIGBUS) };
    set
}

fn block() {
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &sigbus(), ptr::null_mut()) };
}

fn is_blocked() -> bool {
    let mut set = unsafe { std::mem::zeroed() };
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set) };
    unsafe { libc::sigismember(&set, libc::SIGBUS) == 1 }
}

#[test]
fn ensure_fault_guard_reinstalls_and_unblocks() {
    assert!(alone(module_path!(), "ensure_fault_guard_reinstalls_child").success());
}

#[test]
#[ignore = "takes the signal away; ensure_fault_guard_reinstalls_and_unblocks runs it"]
fn ensure_fault_guard_reinstalls_child() {
    assert_eq!(fault_guard(), FaultGuard::Idle);
    assert_eq!(ensure_fault_guard().unwrap(), FaultGuard::Idle);
    let guarded = used();
    for _ in 0..20 {
        set_handler(libc::SIG_IGN);
        assert_eq!(fault_guard(), FaultGuard::Replaced);
        assert_eq!(ensure_fault_guard().unwrap(), FaultGuard::Replaced);
    }
    block();
    assert_eq!(fault_guard(), FaultGuard::Blocked);
    assert_eq!(ensure_fault_guard().unwrap(), FaultGuard::Blocked);
    assert!(!is_blocked());
    assert_eq!(ensure_fault_guard().unwrap(), FaultGuard::Active);
    survives_a_fault(guarded);
}

#[test]
fn ensure_fault_guard_after_eight_handlers_is_error() {
    assert!(alone(module_path!(), "ensure_fault_guard_eight_handlers_child").success());
}

#[test]
#[ignore = "takes the signal away; ensure_fault_guard_after_eight_handlers_is_error runs it"]
fn ensure_fault_guard_eight_handlers_child() {
    extern "C" fn handler(_: i32) {}
    let guarded = used();
    // The handler from before the first map takes the first place.
    for flags in 1..=8 {
        let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
        action.sa_sigaction = handler as extern "C" fn(i32) as usize;
        unsafe { libc::sigaddset(&raw mut action.sa_mask, flags) };
        unsafe { libc::sigaction(libc::SIGBUS, &action, ptr::null_mut()) };
        let found = ensure_fault_guard();
        match flags {
            8 => assert_eq!(found.unwrap_err().kind(), ErrorKind::FaultGuard),
            _ => assert_eq!(found.unwrap(), FaultGuard::Replaced),
        }
    }
    block();
    assert!(ensure_fault_guard().is_err());
    assert!(is_blocked(), "a call that fails changes nothing");
    set_handler(libc::SIG_DFL);
    assert!(ensure_fault_guard().is_err());
    drop(guarded);
}

#[test]
fn disable_fault_guard_before_first_map_keeps_signal() {
    assert!(alone(module_path!(), "disable_fault_guard_child").success());
    let test = "disable_fault_guard_environment_child";
    let status = alone_with(module_path!(), test, |command| {
        command.env("IRONMAP_FAULT_GUARD", "0");
    });
    assert!(status.success());
}

#[test]
#[ignore = "is for the whole process; disable_fault_guard_before_first_map_keeps_signal runs it"]
fn disable_fault_guard_child() {
    let _memory = Mmap::anonymous(page()).unwrap();
    disable_fault_guard().unwrap();
    disable_fault_guard().unwrap();
    disable_fault_guard_environment_child();
}

#[test]
#[ignore = "is for the whole process; disable_fault_guard_before_first_map_keeps_signal runs it"]
fn disable_fault_guard_environment_child() {
    set_handler(libc::SIG_IGN);
    let (_file, map) = used();
    assert_eq!(map.to_vec(..).unwrap(), pattern(4 * page()));
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    unsafe { libc::sigaction(libc::SIGBUS, ptr::null(), &raw mut action) };
    assert_eq!(action.sa_sigaction, libc::SIG_IGN);
    assert_eq!(fault_guard(), FaultGuard::Off);
    let error = ensure_fault_guard().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FaultGuard);
    assert_eq!(
        error.to_string(),
        "the fault guard is switched off in this process"
    );
}

#[test]
fn disable_fault_guard_after_first_map_is_error() {
    let _map = used();
    let error = disable_fault_guard().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::FaultGuard);
    assert_eq!(
        error.to_string(),
        "the fault guard is in use: it is switched off only before the first map of a file \
         and the first call of ensure_fault_guard"
    );
}

#[test]
fn map_with_inherited_mask_unblocks_sigbus() {
    let block_first = || {
        block();
        Ok(())
    };
    let test = "map_inherited_mask_child";
    let status = alone_with(module_path!(), test, |command| {
        unsafe { command.pre_exec(block_first) };
    });
    assert!(status.success());
}

#[test]
#[ignore = "needs a process that is started with SIGBUS blocked; map_with_inherited_mask_unblocks_sigbus runs it"]
fn map_inherited_mask_child() {
    assert!(is_blocked(), "inherited");
    let guarded = used();
    assert!(!is_blocked());
    survives_a_fault(guarded);
    // A mask set after the first map is the program's own.
    block();
    drop(used());
    assert!(is_blocked());
}

#[test]
fn map_with_own_mask_keeps_sigbus_blocked() {
    let test = "map_own_mask_child";
    assert!(alone(module_path!(), test).success());
}

#[test]
#[ignore = "needs a process without maps; map_with_own_mask_keeps_sigbus_blocked runs it"]
fn map_own_mask_child() {
    block();
    let (_file, map) = used();
    map.find(b"no such", ..).unwrap();
    assert!(is_blocked());
    unsafe { libc::raise(libc::SIGBUS) };
    let mut got = 0;
    unsafe { libc::sigwait(&sigbus(), &raw mut got) };
    assert_eq!(got, libc::SIGBUS);
}

/// Worker processes, such as PyTorch's, install their own handlers after the fork.
#[test]
fn first_use_in_fork_reinstalls_handler() {
    assert!(alone(module_path!(), "first_use_in_fork_child").success());
}

#[test]
#[ignore = "forks; first_use_in_fork_reinstalls_handler runs it"]
fn first_use_in_fork_child() {
    let (file, map) = used();
    assert!(!map.needs_attention());
    let child = unsafe { libc::fork() };
    if child == 0 {
        let demanded = map.needs_attention();
        set_handler(libc::SIG_DFL);
        // The crate's own operations check after their first access, bindings before it.
        let shown = map.byte(0).is_ok();
        let looked = !map.needs_attention();
        let cut = file.set_len(0).is_ok();
        let faulted = map.byte(0).is_err_and(|error| error.is_fault());
        let survived = demanded && shown && looked && cut && faulted;
        unsafe { libc::_exit(i32::from(!survived)) };
    }
    let mut status = 0;
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(!map.needs_attention(), "the fork was the child's");
}

#[test]
fn check_guard_before_first_use_reinstalls_handler() {
    assert!(alone(module_path!(), "check_guard_child").success());
}

#[test]
#[ignore = "takes the signal away; check_guard_before_first_use_reinstalls_handler runs it"]
fn check_guard_child() {
    let file = file_with(&pattern(4 * page()));
    let map = writable(&file);
    file.set_len(0).unwrap();
    set_handler(libc::SIG_IGN);
    assert!(map.needs_attention() && !map.is_damaged());
    map.check_guard();
    assert!(!map.needs_attention());
    assert!(map.byte(0).unwrap_err().is_fault());
    assert!(map.needs_attention() && map.is_damaged());
}
