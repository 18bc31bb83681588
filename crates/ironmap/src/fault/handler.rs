//! The handler for SIGBUS.
//!
//! The kernel sends a thread SIGBUS when it touches a mapped page that cannot
//! be had: the file has become shorter, its disk is full, or could not be
//! read. If the page is one of our regions', the handler puts zeros in its
//! place and notes that as damage; the instruction is then repeated, whoever's
//! it is, and the region's user gets an error. What is not about our regions
//! is *foreign* and goes on to whoever had the signal before.
//!
//! A handler interrupts its thread anywhere, so it calls nothing but what
//! `os::signal` has, looks at nothing but atomics, and neither allocates,
//! locks, panics, nor touches thread-local storage.
//!
//! # Safety
//!
//! * G1: a region is in a slot from before its first access until after its
//!   last, so an address in a slot is that region's.
//! * G2: damage is noted before zeros are put in place, so whoever sees the
//!   zeros and then looks sees the damage.
//! * G6: `PREVIOUS` is null, or leaked and never changed.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::{MaybeUninit, transmute};
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use libc::{SIGBUS, sigaction, siginfo_t};

use super::registry;
use super::slot::{Slot, Watched};
use crate::os::signal;

/// What the process did with SIGBUS before us.
static PREVIOUS: AtomicPtr<sigaction> = AtomicPtr::new(ptr::null_mut());

/// The thread that is calling the previous handler, 0 for none.
static DELEGATING: AtomicUsize = AtomicUsize::new(0);

/// Sees to it that SIGBUS is ours.
///
/// Others take it at any time (faulthandler does, and gives back the handler
/// that it found), so this is asked again and again; it costs one system call.
pub(super) fn arm() {
    if cfg!(miri) {
        // It has no signals.
        return;
    }
    let current = current_action();
    if is_ours(&current) {
        return;
    }
    remember(current);
    let found = replace_action(&our_action());
    if !is_ours(&found) && found.sa_sigaction != current.sa_sigaction {
        // Somebody came in between.
        remember(found);
    }
}

fn current_action() -> sigaction {
    let mut current = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: sigaction only writes the action, for which there is room.
    unsafe { libc::sigaction(SIGBUS, ptr::null(), current.as_mut_ptr()) };
    // SAFETY: all zero bits are an action, the default one.
    unsafe { current.assume_init() }
}

/// Installs an action and returns the one it replaces.
fn replace_action(action: &sigaction) -> sigaction {
    let mut found = MaybeUninit::<sigaction>::zeroed();
    // SAFETY: both are valid actions; ours keeps this module's rules.
    unsafe { libc::sigaction(SIGBUS, action, found.as_mut_ptr()) };
    // SAFETY: all zero bits are an action, the default one.
    unsafe { found.assume_init() }
}

fn is_ours(action: &sigaction) -> bool {
    action.sa_sigaction == on_sigbus as *const () as usize
}

fn remember(action: sigaction) {
    PREVIOUS.store(Box::leak(Box::new(action)), Ordering::Release);
}

fn our_action() -> sigaction {
    let mut action = action_of(on_sigbus as *const () as usize);
    // SA_SIGINFO: the address. SA_ONSTACK: the thread's own stack may be the
    // one that is used up. SA_NODEFER: a previous handler that raises the
    // signal again, as faulthandler does, expects to be interrupted by it.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action
}

fn action_of(handler: usize) -> sigaction {
    // SAFETY: all zero bits are an action: no flags, an empty mask.
    let mut action: sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
    action.sa_sigaction = handler;
    action
}

/// The handler.
unsafe extern "C" fn on_sigbus(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let errno = Errno::save();
    // SAFETY: the kernel passes the signal's information.
    let facts = unsafe { &*info };
    let made_by_kernel = facts.si_code > 0;
    // SAFETY: the kernel fills in the address of a SIGBUS that it makes.
    let address = || unsafe { facts.si_addr() } as usize;
    if made_by_kernel && survive(address()) {
        errno.restore();
        return;
    }
    let me = signal::thread();
    if !made_by_kernel && DELEGATING.load(Ordering::Relaxed) == me {
        // R1: the handler that we delegate to has put us back and raised the
        // signal: it is done, and wants the end.
        replace_action(&action_of(libc::SIG_DFL));
    } else if !made_by_kernel && is_raised_here(facts) && some_region_is_short() {
        // R2: a handler on top of us does the same, for a fault that may be one
        // of ours. To go on repeats the instruction and brings the fault here.
    } else {
        DELEGATING.store(me, Ordering::Relaxed);
        // SAFETY: these are the kernel's arguments.
        unsafe { delegate(signal, info, context, made_by_kernel) };
        DELEGATING.store(0, Ordering::Relaxed);
    }
    errno.restore();
}

/// Covers the damage at an address of ours; false if it is not ours.
fn survive(address: usize) -> bool {
    let found = registry::all().find_map(|slot| {
        let watched = slot.read()?;
        (watched.start..watched.end())
            .contains(&address)
            .then_some((slot, watched))
    });
    let Some((slot, watched)) = found else {
        return false;
    };
    cover(slot, &watched, damaged_block(&watched, address))
}

/// Where the damage is: all that lies behind the file's end, if the address
/// does; else its page alone. One block for a cut-off tail, because the kernel
/// allows a process only so many areas.
fn damaged_block(watched: &Watched, address: usize) -> Range<usize> {
    let page = watched.start + (address - watched.start) / watched.page * watched.page;
    let tail = page..watched.end();
    match size_now(watched) {
        Some(size) => {
            let shown = size.saturating_sub(watched.file_offset);
            let shown = usize::try_from(shown).unwrap_or(usize::MAX);
            if shown >= watched.len {
                return page..page + watched.page;
            }
            let end_of_file = watched.start + shown.next_multiple_of(watched.page);
            if page < end_of_file {
                return page..page + watched.page;
            }
            end_of_file..watched.end()
        }
        // Where the file ends is not known. Pages before it may hold private
        // changes, and those behind will fault by themselves.
        None if watched.private => page..page + watched.page,
        None => tail,
    }
}

/// How long the file is, if there is still a descriptor of it.
fn size_now(watched: &Watched) -> Option<u64> {
    let file = watched.file?;
    let (id, size) = signal::size(file.fd)?;
    (id == file.id).then_some(size)
}

fn cover(slot: &Slot, watched: &Watched, block: Range<usize>) -> bool {
    let first = (block.start - watched.start) / watched.page;
    let end = (block.end - watched.start) / watched.page;
    slot.damage.add(first..end);
    slot.faults.fetch_add(1, Ordering::Relaxed);
    // SAFETY: S4, G1: whole pages of that region; G2: after the line above.
    unsafe { signal::cover(block.start, block.len(), watched.protection) }
}

/// Whether a thread of this process sent the signal to itself.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_raised_here(facts: &siginfo_t) -> bool {
    // SAFETY: the kernel fills in the sender of a signal that a process makes.
    let sender = || unsafe { facts.si_pid() };
    // SAFETY: getpid touches no memory.
    let me = || unsafe { libc::getpid() };
    facts.si_code == libc::SI_TKILL && sender() == me()
}

/// How other systems mark a signal that was raised is not known here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_raised_here(_facts: &siginfo_t) -> bool {
    false
}

/// Whether there is a region that could have faulted just now.
fn some_region_is_short() -> bool {
    registry::all().filter_map(Slot::read).any(|watched| {
        let end = watched.file_offset + watched.len as u64;
        let short = size_now(&watched).is_some_and(|size| size < end);
        short || watched.file.is_some_and(|file| signal::is_full(file.fd))
    })
}

/// Does what the process did with the signal before us.
///
/// # Safety
///
/// The arguments are those of a signal handler.
unsafe fn delegate(
    signal: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
    made_by_kernel: bool,
) {
    type WithInfo = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
    type Plain = unsafe extern "C" fn(c_int);

    // SAFETY: G6.
    let previous = unsafe { PREVIOUS.load(Ordering::Acquire).as_ref() };
    let handler = previous.map_or(libc::SIG_DFL, |previous| previous.sa_sigaction);
    let flags = previous.map_or(0, |previous| previous.sa_flags);
    match handler {
        // The kernel does not let anybody ignore a fault.
        libc::SIG_IGN if !made_by_kernel => {}
        libc::SIG_DFL | libc::SIG_IGN => {
            replace_action(&action_of(libc::SIG_DFL));
            if !made_by_kernel {
                // SAFETY: raise touches no memory of ours.
                unsafe { libc::raise(signal) };
            }
            // Else the instruction is repeated, with the default action.
        }
        _ if flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: the flag says that it is one of these.
            let handler = unsafe { transmute::<usize, WithInfo>(handler) };
            // SAFETY: the caller's arguments.
            unsafe { handler(signal, info, context) };
        }
        _ => {
            // SAFETY: without the flag it is one of these.
            let handler = unsafe { transmute::<usize, Plain>(handler) };
            // SAFETY: the caller's argument.
            unsafe { handler(signal) };
        }
    }
}

/// The interrupted code's `errno`, which it must find again.
struct Errno(c_int);

impl Errno {
    fn place() -> *mut c_int {
        #[cfg(any(target_os = "android", target_os = "netbsd", target_os = "openbsd"))]
        use libc::__errno as location;
        #[cfg(any(target_os = "linux", target_os = "dragonfly"))]
        use libc::__errno_location as location;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        use libc::__error as location;
        // SAFETY: every thread has an errno.
        unsafe { location() }
    }

    fn save() -> Errno {
        // SAFETY: the thread's errno.
        Errno(unsafe { *Errno::place() })
    }

    fn restore(self) {
        // SAFETY: the thread's errno.
        unsafe { *Errno::place() = self.0 };
    }
}
