//! The lock of a map.
//!
//! | operation | waits for |
//! |---|---|
//! | short read | a writer |
//! | long read | a writer, and writers already waiting |
//! | write, resize, close | every reader and writer, writers already waiting, and readers that waited for the writer before |
//!
//! Waiting for waiters keeps a stream of readers from starving a writer, and a stream of
//! writers from starving a reader or another writer. No user code runs while a lock guard is held,
//! so its holder always makes progress, and there is no cycle to deadlock in.
//!
//! # Safety
//!
//! * L1: a shared reference to the contents exists only while the word counts its reader
//!   ([`ReadGuard`]), or while [`Readers`] counts it and the word has no writer
//!   ([`MapLock::read`]). A mutable one exists only while the word has its writer and no reader,
//!   and [`Readers`] counts none ([`WriteGuard`]).
//! * L2: a short reader counts itself before it loads the word, and a writer enters the
//!   word before it loads the counts, both sequentially consistent: at least one of the
//!   two sees the other.
//! * L3: a forked child has one thread, which held no lock guard. The child does not use what the
//!   word and the counters say of its parent's threads.
#![allow(unsafe_code)]

mod guards;

use std::marker::PhantomData;
use std::time::Duration;

use crate::queue::{Queue, Waiting, Wanted};
use crate::readers::{EPOCH, Readers, TakingTurns, epoch};
use crate::sync::{AtomicU64, Ordering, UnsafeCell, park, relax, sleep};
pub use guards::{Paused, ReadGuard, ResizeGuard, ShortRead, ShortWrite, WriteGuard};

/// The map is closed.
const CLOSED: u64 = 1;
/// A writer holds the lock.
const WRITER: u64 = 2;
/// The writer changes the mapping itself.
const RESIZER: u64 = 4;
/// A fork during a resize has left the mapping in an unknown state.
const LOST: u64 = 8;
/// A reader has paused, and no writer has entered since.
const PAUSED: u64 = 16;
/// One long reader. The bits from here up to those of [`EPOCH`] count them.
const READER: u64 = 32;
const READERS: u64 = !EPOCH & !(READER - 1);

/// A map and its lock.
#[derive(Debug)]
pub struct MapLock<C, R = TakingTurns> {
    word: AtomicU64,
    readers: R,
    queue: Queue,
    /// The number of writers that entered as the first ones since a reader's pause.
    writes_beside_paused: AtomicU64,
    contents: UnsafeCell<C>,
}

// SAFETY: L1: a lock of readers and writers.
unsafe impl<C: Send + Sync, R: Readers> Sync for MapLock<C, R> {}

/// The result of [`MapLock::enter`].
#[derive(Debug)]
pub enum Enter<'a, C, R: Readers, G: Pass<'a, C, R>> {
    /// The lock guard.
    Entered(G),
    /// Another operation blocks this one.
    Sleep(Sleep<'a, C, R, G>),
    /// The map is closed.
    Closed,
}

/// A lock guard that [`MapLock::enter`] can make.
pub trait Pass<'a, C, R>: Sized {
    #[doc(hidden)]
    const WANTED: Wanted;
    /// The bits that an entry adds to the word.
    #[doc(hidden)]
    const BITS: u64;
    #[doc(hidden)]
    fn new(lock: &'a MapLock<C, R>) -> Self;
}

impl<C, R: Readers> MapLock<C, R> {
    /// Creates an unlocked lock.
    #[inline]
    pub fn new(contents: C) -> MapLock<C, R> {
        MapLock {
            word: AtomicU64::new(epoch()),
            readers: R::default(),
            queue: Queue::new(),
            writes_beside_paused: AtomicU64::new(0),
            contents: UnsafeCell::new(contents),
        }
    }

    /// Creates the lock of a closed map.
    #[inline]
    pub fn closed(contents: C) -> MapLock<C, R> {
        let lock = MapLock::new(contents);
        lock.word.store(epoch() | CLOSED, Ordering::Relaxed);
        lock
    }

    /// Returns whether the map is closed.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Returns whether the process was forked while another thread resized the map. The state
    /// of the mapping is then unknown, and it must not be used, not even to unmap it.
    pub fn is_lost(&self) -> bool {
        self.forget_other_processes();
        self.word.load(Ordering::Relaxed) & LOST != 0
    }

    /// Returns whether the map is open, and no operation holds the lock.
    pub fn is_unused(&self) -> bool {
        self.forget_other_processes();
        self.word.load(Ordering::SeqCst) & !(EPOCH | PAUSED) == 0 && self.readers.are_out()
    }

    /// Returns the map without an entry, for an operation that takes no longer than an entry.
    /// Returns `None` if the map is closed, or a writer holds the lock.
    ///
    /// # Safety
    ///
    /// If threads take turns, this thread has its turn and keeps it until the lock guard is
    /// dropped.
    #[inline(always)]
    pub unsafe fn read(&self) -> Option<ShortRead<'_, C, R>> {
        let reading = ShortRead {
            contents: &self.contents,
            readers: &self.readers,
            place: self.readers.enter(),
        };
        // Refused, it is dropped: it leaves again.
        (self.word.load(R::ORDER) & (CLOSED | WRITER) == 0).then_some(reading)
    }

    /// Returns the map for exclusive use, like [`read`](MapLock::read). Returns `None` if the map
    /// is closed, or another operation holds the lock.
    ///
    /// # Safety
    ///
    /// The condition of [`read`](MapLock::read).
    #[inline(always)]
    pub unsafe fn write(&self) -> Option<ShortWrite<'_, C, R>> {
        let guard = match R::TAKE_TURNS {
            true if self.word.load(Ordering::Relaxed) & !EPOCH != 0 => return None,
            true => None,
            false => Some(self.try_write()?),
        };
        Some(ShortWrite {
            contents: &self.contents,
            _guard: guard,
        })
    }

    fn try_write(&self) -> Option<WriteGuard<'_, C, R>> {
        let entered = self.queue.with(|waiting| {
            waiting.writers == 0 && self.admit(waiting, WriteGuard::<C, R>::BITS, Wanted::Write)
        });
        // If it is dropped here, it wakes the others.
        let guard = entered.then(|| WriteGuard::new(self))?;
        (0..LOOKS)
            .any(|_| self.readers.are_out() || not_yet())
            .then_some(guard)
    }

    /// Enters the lock if no operation blocks it and no earlier one waits; else queues this
    /// thread.
    ///
    /// A writer waits here until the short readers have left. If these are counted, the caller
    /// must let other threads run meanwhile.
    pub fn enter<'a, G: Pass<'a, C, R>>(&'a self) -> Enter<'a, C, R, G> {
        self.forget_other_processes();
        let (entered, listed) = self.queue.with(|waiting| {
            if waiting.writers == 0 && self.admit(waiting, G::BITS, G::WANTED) {
                return (true, false);
            }
            *waiting.count(G::WANTED) += 1;
            (false, waiting.list_this_thread())
        });
        let sleep = || Sleep {
            lock: self,
            listed,
            guard: PhantomData,
        };
        match entered {
            true => Enter::Entered(self.entered()),
            false if self.is_closed() => {
                drop(sleep());
                Enter::Closed
            }
            false => Enter::Sleep(sleep()),
        }
    }

    /// Enters the lock if no operation blocks it, even if others wait: for operations too short
    /// to delay another thread. Returns `None` otherwise.
    pub fn enter_at_once<'a, G: Pass<'a, C, R>>(&'a self) -> Option<G> {
        self.forget_other_processes();
        self.enter_word(G::BITS, G::WANTED).then(|| self.entered())
    }

    /// Enters the lock of a closed map, to end what it still has. Returns `None` if the map is
    /// open, or another operation holds the lock.
    pub fn enter_closed(&self) -> Option<ResizeGuard<'_, C, R>> {
        self.forget_other_processes();
        let free = |word: u64| word & (CLOSED | LOST | WRITER | READERS) == CLOSED;
        let enter = |word: u64| free(word).then_some(word | ResizeGuard::<C, R>::BITS);
        let entered = self
            .word
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, enter);
        entered.ok().map(|_| self.entered())
    }

    /// Makes the lock guard after the word was entered.
    fn entered<'a, G: Pass<'a, C, R>>(&'a self) -> G {
        let guard = G::new(self);
        while G::WANTED == Wanted::Write && !self.readers.are_out() {
            relax();
        }
        guard
    }

    /// Enters the word if no operation blocks it and it is the turn of this kind.
    fn admit(&self, waiting: &mut Waiting, bits: u64, wanted: Wanted) -> bool {
        let turn = match wanted {
            Wanted::Read => waiting.writers == 0 || waiting.readers_first > 0,
            Wanted::Write => waiting.readers_first == 0,
        };
        let entered = turn && self.enter_word(bits, wanted);
        if entered && wanted == Wanted::Read {
            waiting.readers_first = waiting.readers_first.saturating_sub(1);
        }
        entered
    }

    /// Enters the word if no operation blocks it.
    fn enter_word(&self, bits: u64, wanted: Wanted) -> bool {
        let blocking = match wanted {
            Wanted::Read => CLOSED | WRITER,
            Wanted::Write => CLOSED | WRITER | READERS,
        };
        let kept = match wanted {
            Wanted::Read => !0,
            Wanted::Write => !PAUSED,
        };
        let enter = |word: u64| (word & blocking == 0).then(|| (word & kept) + bits);
        let entered = self
            .word
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, enter);
        if entered.is_ok_and(|word| word & !kept != 0) {
            // Before this writer leaves, so a reader that enters later sees it.
            self.writes_beside_paused.fetch_add(1, Ordering::Relaxed);
        }
        entered.is_ok()
    }

    /// Forgets entries of the parent's threads after a fork (L3).
    fn forget_other_processes(&self) {
        let epoch = epoch();
        let forget = |word: u64| {
            if word & EPOCH == epoch {
                return None;
            }
            let lost = if word & RESIZER != 0 {
                CLOSED | LOST
            } else {
                0
            };
            Some(epoch | word & (CLOSED | LOST) | lost)
        };
        let _ = self
            .word
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, forget);
    }

    /// Returns the contents.
    #[inline]
    pub fn get_mut(&mut self) -> &mut C {
        // SAFETY: L1: `&mut self` says that there is no lock guard.
        self.contents.with_mut(|contents| unsafe { &mut *contents })
    }
}

/// The number of times that a writer that must not wait checks for short readers.
const LOOKS: usize = 100;

fn not_yet() -> bool {
    relax();
    false
}

/// A thread's place in the queue for a lock guard. Dropping it gives up the place.
#[derive(Debug)]
pub struct Sleep<'a, C, R: Readers, G: Pass<'a, C, R>> {
    lock: &'a MapLock<C, R>,
    listed: bool,
    guard: PhantomData<G>,
}

impl<'a, C, R: Readers, G: Pass<'a, C, R>> Sleep<'a, C, R, G> {
    /// Returns the function with which this thread waits until an operation leaves the lock, or
    /// the time has passed. The caller must let other threads run meanwhile.
    pub fn wait(&self) -> fn(Duration) {
        match self.listed {
            true => park,
            false => sleep,
        }
    }

    /// Enters the lock if no operation blocks it and it is the turn of this kind.
    pub fn try_enter(self) -> Enter<'a, C, R, G> {
        let lock = self.lock;
        let entered = lock
            .queue
            .with(|waiting| lock.admit(waiting, G::BITS, G::WANTED));
        match entered {
            true => {
                drop(self);
                Enter::Entered(lock.entered())
            }
            false if lock.is_closed() => Enter::Closed,
            false => Enter::Sleep(self),
        }
    }
}

impl<'a, C, R: Readers, G: Pass<'a, C, R>> Drop for Sleep<'a, C, R, G> {
    fn drop(&mut self) {
        self.lock.queue.with(|waiting| {
            if self.listed {
                waiting.unlist_this_thread();
            }
            let count = waiting.count(G::WANTED);
            *count -= 1;
            let was_last = *count == 0;
            let before = waiting.readers_first;
            waiting.readers_first = before.min(waiting.readers);
            // Readers waited for the last waiting writer, and writers for the readers first.
            let lets_readers = G::WANTED == Wanted::Write && was_last;
            let lets_writers = before > 0 && waiting.readers_first == 0;
            if lets_readers || lets_writers {
                waiting.wake();
            }
        });
    }
}
