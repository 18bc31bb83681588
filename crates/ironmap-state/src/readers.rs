//! How a lock knows of operations that are too short to enter it.

use crate::forks;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// How short readers are known to writers.
pub trait Readers: Default + Send + Sync {
    #[doc(hidden)]
    const TAKE_TURNS: bool;

    /// Of a short reader's look at the lock.
    #[doc(hidden)]
    const ORDER: Ordering = match Self::TAKE_TURNS {
        true => Ordering::Relaxed,
        false => Ordering::SeqCst,
    };

    /// Counts a reader in. Returns what [`leave`](Readers::leave) takes.
    #[doc(hidden)]
    fn enter(&self) -> usize;

    #[doc(hidden)]
    fn leave(&self, place: usize);

    /// Returns whether no reader is in.
    #[doc(hidden)]
    fn are_out(&self) -> bool;
}

/// Threads take turns: while one uses a lock at all, no other does. A GIL does that, as long
/// as it is not given up inside of [`MapLock::read`](crate::MapLock::read) and
/// [`MapLock::write`](crate::MapLock::write). Nothing is counted.
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

/// How many counters a lock has.
#[cfg(not(loom))]
const COUNTERS: usize = 16;
#[cfg(loom)]
const COUNTERS: usize = 2;

/// Threads run at once: each counts itself in a counter that at most every sixteenth thread
/// shares with it, so that readers write to no common cache line.
#[derive(Debug)]
pub struct Counted([Counter; COUNTERS]);

/// Readers, in the low half, and the [`forks::count`] of their process, in the high one. On a
/// line of its own, and on none that the processor reads ahead with another's.
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
            // Those of another process went with their threads.
            count & EPOCH != epoch || count & !EPOCH == 0
        };
        self.0.iter().all(is_out)
    }
}

/// The bits of a counter, and of a lock's word, that tell the process.
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

/// Orders a reader's count before its look at the lock, and a writer's entry before its look
/// at the counts. The sequentially consistent operations do; loom does not know them.
#[inline(always)]
fn fence() {
    #[cfg(loom)]
    loom::sync::atomic::fence(Ordering::SeqCst);
}

/// Each thread's counter: the next thread has the next one.
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
