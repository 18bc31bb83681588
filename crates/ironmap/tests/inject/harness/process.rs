//! The children in which points are tried, and a process's resources.
//!
//! # Safety
//!
//! * The process has one thread when it forks.
//! * Shared memory is never unmapped. One process at a time writes it, and it is read after that
//!   process has ended.
#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

/// Memory in which children leave their results.
pub(crate) struct Shared {
    start: *mut u8,
}

const SHARED: usize = 1 << 20;

/// The start of the last one made.
static WORD: AtomicPtr<u8> = AtomicPtr::new(std::ptr::null_mut());

/// Leaves a text for the parent of this process, which may die next.
pub(crate) fn leave_word(text: &str) {
    let start = WORD.load(Relaxed);
    Shared { start }.write(text);
}

impl Shared {
    pub(crate) fn new() -> Shared {
        let (protection, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED | libc::MAP_ANONYMOUS,
        );
        let start = unsafe { libc::mmap64(std::ptr::null_mut(), SHARED, protection, flags, -1, 0) };
        assert_ne!(start, libc::MAP_FAILED);
        WORD.store(start.cast(), Relaxed);
        Shared {
            start: start.cast(),
        }
    }

    pub(crate) fn write(&self, text: &str) {
        let len = text.len().min(SHARED - size_of::<usize>());
        unsafe { self.start.cast::<usize>().write(len) };
        unsafe { self.text().copy_from(text.as_ptr(), len) };
    }

    fn take(&self) -> String {
        let len = unsafe { self.start.cast::<usize>().replace(0) };
        let text = unsafe { std::slice::from_raw_parts(self.text(), len) };
        String::from_utf8_lossy(text).into_owned()
    }

    /// Returns the address after the length.
    fn text(&self) -> *mut u8 {
        self.start.wrapping_add(size_of::<usize>())
    }
}

/// The end of a child, with its text.
#[derive(Debug)]
pub(crate) enum Ended {
    Said(String),
    Died(String),
}

/// Runs `work` in a child, which a signal ends after this many seconds.
pub(crate) fn in_child(shared: &Shared, seconds: u32, work: impl FnOnce() -> String) -> Ended {
    shared.write("");
    let child = unsafe { libc::fork() };
    assert_ne!(child, -1, "{}", std::io::Error::last_os_error());
    if child == 0 {
        be_quiet(seconds);
        let code = match catch_unwind(AssertUnwindSafe(work)) {
            Ok(said) => {
                shared.write(&said);
                0
            }
            Err(panic) => {
                crate::harness::plan::disarm();
                shared.write(&words_of(&*panic));
                1
            }
        };
        unsafe { libc::_exit(code) };
    }
    let mut status = 0;
    while unsafe { libc::waitpid(child, &raw mut status, 0) } != child {}
    let said = shared.take();
    match (libc::WIFSIGNALED(status), libc::WEXITSTATUS(status)) {
        (true, _) => Ended::Died(format!("signal {} {said}", libc::WTERMSIG(status))),
        (false, 0) => Ended::Said(said),
        (false, _) => Ended::Died(format!("panic: {said}")),
    }
}

fn words_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("something").to_owned()
}

/// Silences the process, limits its time, and handles only the counted signal.
fn be_quiet(seconds: u32) {
    std::panic::set_hook(Box::new(|_| {}));
    unsafe { libc::alarm(seconds) };
    let nowhere = unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_WRONLY) };
    unsafe { libc::dup2(nowhere, 2) };
    unsafe { libc::close(nowhere) };
    hear(libc::SIGUSR1);
    give_signal_stack();
}

/// Sets a stack that is large enough for a signal during another's handler in an unoptimised
/// build. std's has the smallest size.
fn give_signal_stack() {
    let stack = Box::leak(vec![0u8; 256 << 10].into_boxed_slice());
    let signal_stack = libc::stack_t {
        ss_sp: stack.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: stack.len(),
    };
    unsafe { libc::sigaltstack(&raw const signal_stack, std::ptr::null_mut()) };
}

static HEARD: AtomicUsize = AtomicUsize::new(0);

/// Returns the number of signals received.
pub(crate) fn heard() -> usize {
    HEARD.load(Relaxed)
}

fn hear(signal: i32) {
    extern "C" fn count(_signal: i32) {
        HEARD.fetch_add(1, Relaxed);
    }
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = count as *const () as usize;
    unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
}

/// Keeps freed memory in the heap, which is not counted. Called once, before the first fork.
pub(crate) fn keep_memory_in_the_heap() {
    for (option, value) in [
        (libc::M_MMAP_MAX, 0),
        (libc::M_TRIM_THRESHOLD, i32::MAX),
        (libc::M_ARENA_MAX, 1),
    ] {
        unsafe { libc::mallopt(option, value) };
    }
}

/// The resources of a process: its descriptors, and the bytes of its mappings by kind, without
/// the heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Belongings {
    descriptors: usize,
    mapped: BTreeMap<String, usize>,
}

impl Belongings {
    pub(crate) fn now() -> Belongings {
        // One of them is the folder's own.
        let descriptors = fs::read_dir("/proc/self/fd").unwrap().count();
        let mut mapped = BTreeMap::new();
        for line in fs::read_to_string("/proc/self/maps").unwrap().lines() {
            let mut words = line.split_whitespace();
            let (start, end) = words.next().unwrap().split_once('-').unwrap();
            let name = words.nth(4).unwrap_or("memory");
            let access = &line[start.len() + end.len() + 2..][..4];
            let bytes = |text| usize::from_str_radix(text, 16).unwrap();
            if !["[heap]", "[stack]"].contains(&name) {
                *mapped.entry(format!("{name} {access}")).or_default() += bytes(end) - bytes(start);
            }
        }
        Belongings {
            descriptors,
            mapped,
        }
    }

    /// Returns the difference from `before`, by kind.
    pub(crate) fn since(&self, before: &Belongings) -> String {
        let mut more = String::new();
        let mut say = |what: &str, now: usize, then: usize| {
            if now != then {
                let by = now as i128 - then as i128;
                write!(more, "{what} {by:+}; ").unwrap();
            }
        };
        say("descriptors", self.descriptors, before.descriptors);
        let kinds = before.mapped.keys().chain(self.mapped.keys());
        let kinds: std::collections::BTreeSet<_> = kinds.collect();
        for kind in kinds {
            let of = |had: &Belongings| had.mapped.get(kind).copied().unwrap_or(0);
            say(&format!("mapped {kind}"), of(self), of(before));
        }
        more
    }
}
