//! The threads that wait for a lock.
//!
//! # Safety
//!
//! Q1: the queue's contents are touched only in [`Queue::with`], which one thread of the
//! process at a time is in. The lock's word holds the process's count of forks, so that a
//! child takes over a queue that a thread of its parent was in, and forgets what it held.
#![allow(unsafe_code)]

use std::mem;

use crate::forks;
use crate::sync::{AtomicU32, Ordering, Thread, UnsafeCell, relax, thread};

/// What an operation wants to do with the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// To read for long.
    Read,
    /// To write, to resize, or to close.
    Write,
}

#[derive(Debug, Default)]
pub(crate) struct Waiting {
    pub(crate) writers: u32,
    pub(crate) readers: u32,
    /// How many readers go before the next writer: as many as waited when the last one left.
    pub(crate) readers_first: u32,
    sleepers: Vec<Thread>,
}

#[derive(Debug)]
pub(crate) struct Queue {
    /// 0, or one more than the count of forks of the process that a thread of is in.
    held: AtomicU32,
    /// One more than the count of forks of the process whose threads wait.
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

    /// Runs `f` alone. It takes few instructions, and calls nothing that waits.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut Waiting) -> R) -> R {
        let now = forks::count().wrapping_add(1).max(1);
        let mut free = 0;
        while let Err(held) =
            self.held
                .compare_exchange_weak(free, now, Ordering::Acquire, Ordering::Relaxed)
        {
            // A thread of the parent's was in: it will never leave.
            free = if held == now { 0 } else { held };
            relax();
        }
        let _leave = Leave(&self.held);
        self.waiting.with_mut(|waiting| {
            // SAFETY: Q1: one thread at a time is here.
            let waiting = unsafe { &mut *waiting };
            if self.epoch.load(Ordering::Relaxed) != now {
                self.epoch.store(now, Ordering::Relaxed);
                // Its memory may be half changed.
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

/// More bytes than the standard library keeps of a thread.
const OF_A_THREAD: usize = 256;

impl Waiting {
    pub(crate) fn count(&mut self, wanted: Wanted) -> &mut u32 {
        match wanted {
            Wanted::Read => &mut self.readers,
            Wanted::Write => &mut self.writers,
        }
    }

    /// Puts this thread on the list of those to wake. Returns false if there is no memory
    /// for the list, or for what the standard library keeps of a thread.
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
