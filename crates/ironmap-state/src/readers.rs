//! Counters of operations that are too short to enter the lock.

use crate::forks;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// The way in which writers learn of short readers.
pub trait Readers: Default + Send + Sync {
    #[doc(hidden)]
    const TAKE_TURNS: bool;

    /// The ordering of a short reader's load of the lock's word.
    #[doc(hidden)]
    const ORDER: Ordering = match Self::TAKE_TURNS {
        true => Ordering::Relaxed,
        false => Ordering::SeqCst,
    };

    /// Counts a reader. Returns the argument for [`leave`](Readers::leave).
    #[doc(hidden)]
    fn enter(&self) -> usize;

    #[doc(hidden)]
    fn leave(&self, place: usize);

    /// Returns whether no reader is counted.
    #[doc(hidden)]
    fn are_out(&self) -> bool;
}

/// No counters: threads take turns, and while one uses a lock, no other does. A GIL ensures
/// that, if it is not released during [`MapLock::read`](crate::MapLock::read) and
/// [`MapLock::write`](crate::MapLock::write).
#[derive(Debug, Default)]
pub struct TakingTurns;

impl Readers for TakingTurns {
    const TAKE_TURNS: bool = true;

    #[inline(always)]
    fn enter(&self) -> usize {
        0
    }

    #[inline(always)]
    fn leave(&self, _place: usize) {}

    #[inline(always)]
    fn are_out(&self) -> bool {
        true
    }
}

/// The number of counters of a lock.
#[cfg(not(loom))]
const COUNTERS: usize = 16;
#[cfg(loom)]
const COUNTERS: usize = 2;

/// Counters for threads that run at the same time: each thread uses one of 16 counters, so that
/// few readers write to the same cache line.
#[derive(Debug)]
pub struct Counted([Counter; COUNTERS]);

/// The number of readers in the low half, and the [`forks::count`] of their process in the high
/// half. Aligned so that no two share a cache line, or a pair of lines that is prefetched together.
#[derive(Debug)]
#[repr(align(128))]
struct Counter(AtomicU64);

impl Default for Counted {
    fn default() -> Counted {
        Counted(std::array::from_fn(|_| Counter(AtomicU64::new(0))))
    }
}

impl Readers for Counted {
    const TAKE_TURNS: bool = false;

    #[inline]
    fn enter(&self) -> usize {
        let place = counter_of_thread();
        self.0[place].enter();
        place
    }

    #[inline]
    fn leave(&self, place: usize) {
        self.0[place].0.fetch_sub(1, Ordering::Release);
    }

    fn are_out(&self) -> bool {
        fence();
        let epoch = epoch();
        let is_out = |counter: &Counter| {
            let count = counter.0.load(Ordering::SeqCst);
            // Counts of another process mean nothing here.
            count & EPOCH != epoch || count & !EPOCH == 0
        };
        self.0.iter().all(is_out)
    }
}

/// Counters in memory of their own, for objects that are aligned less than a cache line.
impl<R: Readers> Readers for Box<R> {
    const TAKE_TURNS: bool = R::TAKE_TURNS;

    #[inline]
    fn enter(&self) -> usize {
        R::enter(self)
    }

    #[inline]
    fn leave(&self, place: usize) {
        R::leave(self, place);
    }

    fn are_out(&self) -> bool {
        R::are_out(self)
    }
}

/// The bits of a counter and of a lock's word that identify the process.
pub(crate) const EPOCH: u64 = u64::MAX << 32;

#[inline]
pub(crate) fn epoch() -> u64 {
    u64::from(forks::count()) << 32
}

impl Counter {
    #[inline]
    fn enter(&self) {
        let epoch = epoch();
        let mut count = self.0.load(Ordering::Relaxed);
        loop {
            let readers = if count & EPOCH == epoch {
                count & !EPOCH
            } else {
                0
            };
            let new = epoch | (readers + 1);
            let exchanged =
                self.0
                    .compare_exchange_weak(count, new, Ordering::SeqCst, Ordering::Relaxed);
            match exchanged {
                Ok(_) => break,
                Err(now) => count = now,
            }
        }
        fence();
    }
}

/// Orders a reader's count before its load of the word, and a writer's entry before its loads of
/// the counts. Sequentially consistent operations do that already, but loom does not model them.
#[inline(always)]
fn fence() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

/// Returns this thread's counter. Threads get the counters in turn.
#[cfg(not(loom))]
fn counter_of_thread() -> usize {
    use std::cell::Cell;

    static NEXT: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static MINE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    match MINE.get() {
        usize::MAX => {
            let mine = NEXT.fetch_add(1, Ordering::Relaxed) as usize % COUNTERS;
            MINE.set(mine);
            mine
        }
        mine => mine,
    }
}

#[cfg(loom)]
fn counter_of_thread() -> usize {
    loom::lazy_static! {
        static ref NEXT: AtomicU32 = AtomicU32::new(0);
    }
    loom::thread_local! {
        static MINE: std::cell::Cell<usize> = std::cell::Cell::new(usize::MAX);
    }
    MINE.with(|mine| {
        if mine.get() == usize::MAX {
            mine.set(NEXT.fetch_add(1, Ordering::Relaxed) as usize % COUNTERS);
        }
        mine.get()
    })
}
