//! Who had SIGBUS before us, and how the signal goes on to them.
//!
//! Others take the signal at any time, and give it back to the handler that
//! they found: by putting it in place again, as faulthandler does before it
//! raises the signal once more, or by calling it. If that were always the same
//! function, it could not tell whether it is at the top of the chain or below
//! a handler that it has just called itself, and would call that one for ever.
//! So there is a function for each *level*, and each goes on to the action
//! that it was put on, and to no other:
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

/// How many different actions can be found in the place of ours. When all levels
/// are used up the signal is not taken back again: two libraries that both take
/// it back from each other would never end.
pub const MAX_HANDLERS: usize = 8;

/// What the process did with SIGBUS before a level of ours.
struct Link {
    action: sigaction,
    /// Our handler of this level.
    entry: Entry,
    /// Whether it was one for a single signal, and has had it.
    spent: AtomicBool,
    /// The thread that hands on a signal that was sent, 0 for none.
    sender: AtomicUsize,
}

/// The thread that is about to end the process, 0 for none.
static ENDING: AtomicUsize = AtomicUsize::new(0);

static PREVIOUS: [AtomicPtr<Link>; MAX_HANDLERS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; MAX_HANDLERS];

/// Clears this thread's mark of a signal that it hands on. It runs no handler now, so
/// a mark that is left is that of a handler which never returned (`siglongjmp`).
pub(super) fn forget_abandoned_signal() {
    let me = signal::thread();
    for link in PREVIOUS.iter().filter_map(link_in) {
        let _ = link
            .sender
            .compare_exchange(me, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// In a forked child, before anything else runs there: clears the marks of threads that it
/// does not have. None of them ends the child or hands anything on there, and a new thread
/// can have the number of one.
///
/// Nor does the thread that has forked end the child: the signal that it has raised is
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

/// The level that goes on to this action, an unused one if there is none yet.
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

/// The link that is in a place from now on: this action's, or another thread's.
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

pub(super) fn action_over(previous: &sigaction, entry: Entry) -> sigaction {
    let mut action = action::of_handler(entry as *const () as usize);
    // SA_SIGINFO: the address. SA_ONSTACK: the thread's own stack may be the
    // one that is used up. SA_NODEFER: a fault of ours may come while a
    // previous handler runs. SA_RESTART is for signals that are sent.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
    action.sa_flags |= match previous.sa_sigaction {
        libc::SIG_IGN => libc::SA_RESTART,
        _ => previous.sa_flags & libc::SA_RESTART,
    };
    action
}

/// Whether a thread is about to end the process.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed) != 0
}

/// A signal that is not ours, as a handler got it.
pub(super) struct Foreign {
    pub(super) signal: c_int,
    pub(super) info: *mut siginfo_t,
    pub(super) context: *mut c_void,
    pub(super) made_by_kernel: bool,
}

/// Whether this thread is just handing on a signal that was sent. Who raises
/// it again then is the previous handler, and not one that is on top of ours.
pub(super) fn is_handing_on() -> bool {
    let me = signal::thread();
    if ENDING.load(Ordering::Relaxed) == me {
        return true;
    }
    let mut links = PREVIOUS.iter().filter_map(link_in);
    links.any(|link| link.sender.load(Ordering::Relaxed) == me)
}

/// Does what the process did with the signal before this level.
///
/// # Safety
///
/// `foreign` holds the arguments of a signal handler.
pub(super) unsafe fn go_on(level: usize, foreign: &Foreign) {
    let Some(link) = link_in(&PREVIOUS[level]) else {
        return default_action(level, foreign);
    };
    match link.action.sa_sigaction {
        // The kernel does not let anybody ignore a fault.
        libc::SIG_IGN if !foreign.made_by_kernel => {}
        libc::SIG_DFL | libc::SIG_IGN => default_action(level, foreign),
        _ if is_spent(link) => default_action(level, foreign),
        // SAFETY: the caller's promise; it is neither of the two above.
        _ => unsafe { call(link, foreign) },
    }
}

/// Whether the action was for a single signal and has had it; it has now.
fn is_spent(link: &Link) -> bool {
    let once = link.action.sa_flags & libc::SA_RESETHAND != 0;
    once && link.spent.swap(true, Ordering::Relaxed)
}

/// The end of the process: a fault is repeated after the return, with the
/// default action in place; a signal that was sent is sent again.
fn default_action(level: usize, foreign: &Foreign) {
    ENDING.store(signal::thread(), Ordering::Relaxed);
    let ours = action::replace(&action::of_handler(libc::SIG_DFL));
    if foreign.made_by_kernel {
        return;
    }
    // SAFETY: raise touches no memory of ours.
    unsafe { libc::raise(foreign.signal) };
    // Still here: it comes as soon as the signal is not blocked any more, or it
    // does not come because the process is a container's first one.
    if !signal::contains(&signal::mask(), foreign.signal) {
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
/// The link's action is a handler, and `foreign` holds what handlers get.
unsafe fn call(link: &Link, foreign: &Foreign) {
    type WithInfo = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);
    type Plain = unsafe extern "C" fn(c_int);

    let Foreign {
        signal,
        info,
        context,
        made_by_kernel,
    } = *foreign;
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
        // SAFETY: the flag says that it is one of these.
        let handler = unsafe { transmute::<usize, WithInfo>(handler) };
        // SAFETY: the caller's arguments.
        unsafe { handler(signal, info, context) };
    } else {
        // SAFETY: without the flag it is one of these.
        let handler = unsafe { transmute::<usize, Plain>(handler) };
        // SAFETY: the caller's argument.
        unsafe { handler(signal) };
    }
    if !made_by_kernel {
        link.sender.store(0, Ordering::Relaxed);
    }
    signal::change_mask(libc::SIG_SETMASK, &before);
}
