//! The actions that were installed for SIGBUS before ours, and how a signal reaches them.
//!
//! Other code replaces our handler at any time, and gives the signal back to the handler it
//! found: it reinstalls that one, as faulthandler does before it raises the signal again, or
//! calls it. If ours were always the same function, it could not tell whether it is at the top
//! of the chain or below a handler that it has just called, and would call that one for ever.
//! So there is a function for each *level*, and each calls only the action that it was
//! installed over:
//!
//! ```text
//!   level 1 -> faulthandler -> level 0 -> the default action
//! ```
//!
//! # Safety
//!
//! * G6: a link of `PREVIOUS` is null, or leaked and never changed but for its
//!   atomics.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_void};
use std::mem::transmute;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use libc::{sigaction, siginfo_t};

use super::action;
use super::os::signal;
use crate::error::{self, Result};

/// A signal handler with `SA_SIGINFO`.
pub(super) type Entry = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// The number of levels: different actions that our handler can be installed over. When all are
/// used up it is not installed again: two libraries that keep replacing each other would
/// never end.
pub const MAX_HANDLERS: usize = 8;

/// The action that one of our levels was installed over.
struct Link {
    action: sigaction,
    /// Our handler of this level.
    entry: Entry,
    /// True if it was for a single signal (`SA_RESETHAND`) and has had it.
    spent: AtomicBool,
    /// The thread that forwards a signal that was sent, 0 for none.
    sender: AtomicUsize,
}

/// The thread that is about to end the process, 0 for none.
static ENDING: AtomicUsize = AtomicUsize::new(0);

static PREVIOUS: [AtomicPtr<Link>; MAX_HANDLERS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; MAX_HANDLERS];

/// Clears the mark of a signal that this thread forwards. The thread runs no handler now, so a
/// mark that is left is from a handler that never returned (`siglongjmp`).
pub(super) fn forget_abandoned_signal() {
    let me = signal::thread();
    for link in PREVIOUS.iter().filter_map(link_in) {
        let _ = link
            .sender
            .compare_exchange(me, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// Clears the marks of threads that a forked child does not have, before anything else runs
/// there. None of them ends the child or forwards anything in it, and a new thread can have
/// the number of one.
///
/// The thread that has forked does not end the child either: the signal that it has raised is
/// pending in the parent alone.
pub(super) fn forget_other_threads() {
    ENDING.store(0, Ordering::Relaxed);
    let me = signal::thread();
    for link in PREVIOUS.iter().filter_map(link_in) {
        if link.sender.load(Ordering::Relaxed) != me {
            link.sender.store(0, Ordering::Relaxed);
        }
    }
}

/// Returns the level over this action, taking an unused one if there is none yet; `None` if
/// all are used up.
pub(super) fn level_over(
    action: &sigaction,
    entries: &[Entry; MAX_HANDLERS],
) -> Result<Option<usize>> {
    for (level, place) in PREVIOUS.iter().enumerate() {
        let link = match link_in(place) {
            Some(link) => link,
            None => fill(place, action, entries[level])?,
        };
        if action::is_same(&link.action, action) {
            link.spent.store(false, Ordering::Relaxed);
            return Ok(Some(level));
        }
    }
    Ok(None)
}

fn link_in(place: &AtomicPtr<Link>) -> Option<&'static Link> {
    // SAFETY: G6.
    unsafe { place.load(Ordering::Acquire).as_ref() }
}

/// Fills a place with a link for this action. Returns the link that is there afterwards, which
/// may be another thread's.
fn fill(place: &AtomicPtr<Link>, action: &sigaction, entry: Entry) -> Result<&'static Link> {
    let mut memory = Vec::new();
    error::reserve(&mut memory, 1)?;
    memory.push(Link {
        action: *action,
        entry,
        spent: AtomicBool::new(false),
        sender: AtomicUsize::new(0),
    });
    let link = &mut memory.leak()[0];
    let set = place.compare_exchange(ptr::null_mut(), link, Ordering::Release, Ordering::Relaxed);
    Ok(match set {
        Ok(_) => link,
        Err(_) => link_in(place).expect("set by another thread"),
    })
}

/// Returns the action that installs `entry` over a previous action.
pub(super) fn action_over(previous: &sigaction, entry: Entry) -> sigaction {
    let mut action = action::of_handler(entry as *const () as usize);
    // SA_SIGINFO gives the address. SA_ONSTACK: the stack of the thread may be used up.
    // SA_NODEFER: one of our faults may come while a previous handler runs. SA_RESTART is
    // for signals that are sent.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action.sa_flags |= match previous.sa_sigaction {
        libc::SIG_IGN => libc::SA_RESTART,
        _ => previous.sa_flags & libc::SA_RESTART,
    };
    action
}

/// Returns whether a thread is about to end the process.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed) != 0
}

/// A signal that is not about our regions, as a handler got it.
pub(super) struct UnrelatedSignal {
    pub(super) signal: c_int,
    pub(super) info: *mut siginfo_t,
    pub(super) context: *mut c_void,
    pub(super) made_by_kernel: bool,
}

/// Returns whether this thread is forwarding a signal that was sent. If it is raised again
/// then, the previous handler did it, and not one on top of ours.
pub(super) fn is_forwarding() -> bool {
    let me = signal::thread();
    if ENDING.load(Ordering::Relaxed) == me {
        return true;
    }
    let mut links = PREVIOUS.iter().filter_map(link_in);
    links.any(|link| link.sender.load(Ordering::Relaxed) == me)
}

/// Does what the action below this level says.
///
/// # Safety
///
/// `unrelated` holds the arguments of a signal handler.
pub(super) unsafe fn call_previous(level: usize, unrelated: &UnrelatedSignal) {
    let Some(link) = link_in(&PREVIOUS[level]) else {
        return default_action(level, unrelated);
    };
    match link.action.sa_sigaction {
        // The kernel lets no process ignore a fault.
        libc::SIG_IGN if !unrelated.made_by_kernel => {}
        libc::SIG_DFL | libc::SIG_IGN => default_action(level, unrelated),
        _ if is_spent(link) => default_action(level, unrelated),
        // SAFETY: the caller's promise; it is neither of the two above.
        _ => unsafe { call(link, unrelated) },
    }
}

/// Returns whether the action was for a single signal and has had it. Marks it as had.
fn is_spent(link: &Link) -> bool {
    let once = link.action.sa_flags & libc::SA_RESETHAND != 0;
    once && link.spent.swap(true, Ordering::Relaxed)
}

/// Ends the process: installs the default action. A fault is repeated after the return; a
/// signal that was sent is raised again.
fn default_action(level: usize, unrelated: &UnrelatedSignal) {
    ENDING.store(signal::thread(), Ordering::Relaxed);
    let ours = action::replace(&action::of_handler(libc::SIG_DFL));
    if unrelated.made_by_kernel {
        return;
    }
    // SAFETY: raise touches no memory of ours.
    unsafe { libc::raise(unrelated.signal) };
    // Still running: the signal is blocked and comes later, or it does not come because the
    // process is the first one of a container.
    if !signal::contains(&signal::mask(), unrelated.signal) {
        let level = link_in(&PREVIOUS[level]).map(|link| action_over(&link.action, link.entry));
        if let Some(action) = level.or(ours) {
            action::replace(&action);
        }
        ENDING.store(0, Ordering::Relaxed);
    }
}

/// Calls the previous handler as the kernel would.
///
/// # Safety
///
/// The link's action is a handler, and `unrelated` holds what handlers get.
unsafe fn call(link: &Link, unrelated: &UnrelatedSignal) {
    type WithInfo = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
    type Plain = unsafe extern "C" fn(c_int);

    let UnrelatedSignal {
        signal,
        info,
        context,
        made_by_kernel,
    } = *unrelated;
    let sigaction {
        sa_sigaction: handler,
        sa_flags: flags,
        sa_mask: mut blocked,
        ..
    } = link.action;
    if flags & libc::SA_NODEFER == 0 {
        // SAFETY: sigaddset changes the copy of the mask, and nothing else.
        unsafe { libc::sigaddset(&raw mut blocked, signal) };
    }
    if !made_by_kernel {
        link.sender.store(signal::thread(), Ordering::Relaxed);
    }
    let before = signal::change_mask(libc::SIG_BLOCK, &blocked);
    if flags & libc::SA_SIGINFO != 0 {
        // SAFETY: the flag says that the handler is one of these.
        let handler = unsafe { transmute::<usize, WithInfo>(handler) };
        // SAFETY: the caller's arguments.
        unsafe { handler(signal, info, context) };
    } else {
        // SAFETY: without the flag the handler is one of these.
        let handler = unsafe { transmute::<usize, Plain>(handler) };
        // SAFETY: the caller's argument.
        unsafe { handler(signal) };
    }
    if !made_by_kernel {
        link.sender.store(0, Ordering::Relaxed);
    }
    signal::change_mask(libc::SIG_SETMASK, &before);
}
