//! The lock of a map.
//!
//! | wants | waits for |
//! |---|---|
//! | to read for a short time | a writer |
//! | to read for long | the same, and writers that wait already |
//! | to write, resize or close | every reader and writer, writers that wait already, and readers that waited for the writer before |
//!
//! The second halves keep a stream of readers from starving a writer, and a stream of
//! writers from starving a reader or another writer. A guard is held only while no code of
//! the user's can run, so its holder always gets on: there is no cycle to deadlock in.
//!
//! # Safety
//!
//! * L1: a shared reference to the contents exists only while the word counts its reader
//!   ([`ReadGuard`]), or while [`Readers`] do and the word has no writer ([`MapLock::read`]).
//!   A mutable one exists only while the word has its writer and no reader, and the readers
//!   are out ([`WriteGuard`]).
//! * L2: a short reader counts itself before it looks at the word, and a writer enters the
//!   word before it looks at the counts, both sequentially consistent: at least one of the
//!   two sees the other.
//! * L3: a forked child has one thread, and none that held a guard. What the word and the
//!   counters say of another process's threads is not true any more, and is not used.
#![allow(unsafe_code)]

mod guards;

use std::marker::PhantomData;
use std::time::Duration;

use crate::queue::{Queue, Waiting, Wanted};
use crate::readers::{EPOCH, Readers, TakingTurns, epoch};
use crate::sync::{AtomicU64, Ordering, UnsafeCell, park, relax, sleep};
use guards::Count;
pub use guards::{Paused, ReadGuard, ResizeGuard, ShortRead, ShortWrite, WriteGuard};

/// There is no map any more.
const CLOSED: u64 = 1;
/// A writer is in.
const WRITER: u64 = 2;
/// The writer changes the mapping itself.
const RESIZER: u64 = 4;
/// A fork has left the mapping in a state that nobody knows.
const LOST: u64 = 8;
/// A reader has paused, and no writer has entered since.
const PAUSED: u64 = 16;
/// One long reader. The bits from here on, up to those of [`EPOCH`], count them.
const READER: u64 = 32;
const READERS: u64 = !EPOCH & !(READER - 1);

/// A map, and who may use it now.
#[derive(Debug)]
pub struct MapLock<C, R = TakingTurns> {
    word: AtomicU64,
    readers: R,
    queue: Queue,
    /// How many writers have entered while a reader was paused and no other writer had
    /// entered since its pause.
    writes_beside_paused: AtomicU64,
    contents: UnsafeCell<C>,
}

// SAFETY: L1: as for a lock of readers and writers.
unsafe impl<C: Send + Sync, R: Readers> Sync for MapLock<C, R> {}

/// What [`MapLock::enter`] returns.
#[derive(Debug)]
pub enum Enter<'a, C, R: Readers, G: Pass<'a, C, R>> {
    /// The guard.
    Entered(G),
    /// Another operation is in the way.
    Sleep(Sleep<'a, C, R, G>),
    /// There is no map.
    Closed,
}

/// A guard that [`MapLock::enter`] can make.
pub trait Pass<'a, C, R>: Sized {
    #[doc(hidden)]
    const WANTED: Wanted;
    /// What an entry adds to the word.
    #[doc(hidden)]
    const BITS: u64;
    #[doc(hidden)]
    fn new(lock: &'a MapLock<C, R>) -> Self;
}

impl<C, R: Readers> MapLock<C, R> {
    /// A lock that nobody has.
    pub fn new(contents: C) -> MapLock<C, R> {
        MapLock {
            word: AtomicU64::new(epoch()),
            readers: R::default(),
            queue: Queue::new(),
            writes_beside_paused: AtomicU64::new(0),
            contents: UnsafeCell::new(contents),
        }
    }

    /// The lock of a map that never was open.
    pub fn closed(contents: C) -> MapLock<C, R> {
        let lock = MapLock::new(contents);
        lock.word.store(epoch() | CLOSED, Ordering::Relaxed);
        lock
    }

    /// Returns whether there is no map any more.
    #[inline]
    pub fn is_closed(&self) -> bool {
        self.word.load(Ordering::Relaxed) & CLOSED != 0
    }

    /// Returns whether a fork met a thread that resized the map: then nothing is known of
    /// the mapping, and nobody may touch it, not even to unmap it.
    pub fn is_lost(&self) -> bool {
        self.forget_other_processes();
        self.word.load(Ordering::Relaxed) & LOST != 0
    }

    /// Returns whether there is a map, and no operation is in.
    pub fn is_unused(&self) -> bool {
        self.forget_other_processes();
        self.word.load(Ordering::SeqCst) & !(EPOCH | PAUSED) == 0 && self.readers.are_out()
    }

    /// Returns the map at once, for an operation that takes no longer than an entry would.
    /// Returns `None` if there is no map, or a writer is in.
    ///
    /// # Safety
    ///
    /// Where threads take turns, this one has its turn and keeps it until the guard is
    /// dropped.
    #[inline(always)]
    pub unsafe fn read(&self) -> Option<ShortRead<'_, C, R>> {
        let count = Count::new(&self.readers);
        if self.word.load(R::ORDER) & (CLOSED | WRITER) != 0 {
            return None;
        }
        Some(ShortRead {
            contents: &self.contents,
            _count: count,
        })
    }

    /// As [`read`](MapLock::read), alone. Returns `None` if there is no map, or another
    /// operation is in.
    ///
    /// # Safety
    ///
    /// As for [`read`](MapLock::read).
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
        // Dropped, it lets the others go on.
        let guard = entered.then(|| WriteGuard::new(self))?;
        (0..LOOKS)
            .any(|_| self.readers.are_out() || not_yet())
            .then_some(guard)
    }

    /// Enters the lock, if nobody is in the way and nobody waits that came before; else puts
    /// this thread among those that wait.
    ///
    /// A writer waits here until the short readers are out, so where they are counted the
    /// caller lets other threads run meanwhile.
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

    /// Enters the lock if nobody is in the way, whoever waits: for what ends before another
    /// thread can be kept waiting by it. Returns `None` otherwise.
    pub fn enter_at_once<'a, G: Pass<'a, C, R>>(&'a self) -> Option<G> {
        self.forget_other_processes();
        self.enter_word(G::BITS, G::WANTED).then(|| self.entered())
    }

    /// After the word was entered.
    fn entered<'a, G: Pass<'a, C, R>>(&'a self) -> G {
        let guard = G::new(self);
        while G::WANTED == Wanted::Write && !self.readers.are_out() {
            relax();
        }
        guard
    }

    /// Enters the word, if nobody is in the way and it is the turn of this kind.
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

    /// Enters the word, if nobody is in the way.
    fn enter_word(&self, bits: u64, wanted: Wanted) -> bool {
        let in_the_way = match wanted {
            Wanted::Read => CLOSED | WRITER,
            Wanted::Write => CLOSED | WRITER | READERS,
        };
        let kept = match wanted {
            Wanted::Read => !0,
            Wanted::Write => !PAUSED,
        };
        let enter = |word: u64| (word & in_the_way == 0).then(|| (word & kept) + bits);
        let entered = self
            .word
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, enter);
        if entered.is_ok_and(|word| word & !kept != 0) {
            // Before this writer leaves, so a reader that enters later sees it.
            self.writes_beside_paused.fetch_add(1, Ordering::Relaxed);
        }
        entered.is_ok()
    }

    /// L3: drops what a fork carried over.
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

    /// Returns the contents, for who has the lock for good.
    pub fn into_inner(self) -> C {
        self.contents.into_inner()
    }
}

/// How often a writer that cannot wait looks whether the short readers are out.
const LOOKS: usize = 100;

fn not_yet() -> bool {
    relax();
    false
}

/// A thread that waits for a guard. Dropped, it has given up its place.
#[derive(Debug)]
pub struct Sleep<'a, C, R: Readers, G: Pass<'a, C, R>> {
    lock: &'a MapLock<C, R>,
    listed: bool,
    guard: PhantomData<G>,
}

impl<'a, C, R: Readers, G: Pass<'a, C, R>> Sleep<'a, C, R, G> {
    /// Returns how this thread waits until an operation has left the lock, or so long.
    /// Other threads are to run meanwhile.
    pub fn wait(&self) -> fn(Duration) {
        match self.listed {
            true => park,
            false => sleep,
        }
    }

    /// Enters the lock, if nobody is in the way and it is the turn of this kind.
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
            // Readers let the writers go first, and writers the readers whose turn it is.
            let lets_readers = G::WANTED == Wanted::Write && was_last;
            let lets_writers = before > 0 && waiting.readers_first == 0;
            if lets_readers || lets_writers {
                waiting.wake();
            }
        });
    }
}
