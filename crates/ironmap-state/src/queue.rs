//! The threads that wait for a lock.
//!
//! # Safety
//!
//! Q1: the queue's contents are touched only in [`Queue::with`], by one thread of the
//! process at a time. `held` contains the process's count of forks, so a
//! child takes over a queue that a thread of its parent held, and forgets its contents.
#![allow(unsafe_code)]

use std::mem;

use crate::forks;
use crate::sync::{AtomicU32, Ordering, Thread, UnsafeCell, relax, thread};

/// The kind of access that an operation waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A long read.
    Read,
    /// A write, resize or close.
    Write,
}

#[derive(Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) writers: u32,
    pub(crate) readers: u32,
    /// The number of readers that go before the next writer: those that waited when the last
    /// writer left.
    pub(crate) readers_first: u32,
    sleepers: Vec<Thread>,
}

#[derive(Debug)]
pub(crate) struct Queue {
    /// 0, or the fork count plus 1 of the process whose thread holds the queue.
    held: AtomicU32,
    /// The fork count plus 1 of the process whose threads wait.
    epoch: AtomicU32,
    waiting: UnsafeCell<Waiting>,
}

impl Queue {
    pub(crate) fn new() -> Queue {
        Queue {
            held: AtomicU32::new(0),
            epoch: AtomicU32::new(0),
            waiting: UnsafeCell::new(Waiting::default()),
        }
    }

    /// Runs `f` exclusively. `f` is short and does not wait.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Waiting) -> R) -> R {
        let now = forks::count().wrapping_add(1).max(1);
        let mut free = 0;
        while let Err(held) =
            self.held
                .compare_exchange_weak(free, now, Ordering::Acquire, Ordering::Relaxed)
        {
            // A thread of the parent process held it, and will never leave.
            free = if held == now { 0 } else { held };
            relax();
        }
        let _leave = Leave(&self.held);
        self.waiting.with_mut(|waiting| {
            // SAFETY: Q1: one thread at a time is here.
            let waiting = unsafe { &mut *waiting };
            if self.epoch.load(Ordering::Relaxed) != now {
                self.epoch.store(now, Ordering::Relaxed);
                // The parent's thread may have changed it halfway: do not free it.
                mem::forget(mem::take(waiting));
            }
            f(waiting)
        })
    }
}

struct Leave<'a>(&'a AtomicU32);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}

/// More bytes than the standard library allocates for a thread's handle.
const OF_A_THREAD: usize = 256;

impl Waiting {
    pub(crate) fn count(&mut self, wanted: Wanted) -> &mut u32 {
        match wanted {
            Wanted::Read => &mut self.readers,
            Wanted::Write => &mut self.writers,
        }
    }

    /// Adds this thread to the list of those to wake. Returns false if there is no memory
    /// for the list or for the thread's handle.
    pub(crate) fn list_this_thread(&mut self) -> bool {
        let has_room = Vec::<u8>::new().try_reserve(OF_A_THREAD).is_ok();
        let listed = has_room && self.sleepers.try_reserve(1).is_ok();
        if listed {
            self.sleepers.push(thread::current());
        }
        listed
    }

    pub(crate) fn unlist_this_thread(&mut self) {
        let me = thread::current().id();
        self.sleepers.retain(|sleeper| sleeper.id() != me);
    }

    pub(crate) fn wake(&self) {
        for sleeper in &self.sleepers {
            sleeper.unpark();
        }
    }
}
