//! Lock guards: proof that the map may be used while they live.
//!
//! # Safety
//!
//! L1 and L2 of `lock`.
#![allow(unsafe_code)]

use std::ops::{Deref, DerefMut};

use super::{CLOSED, MapLock, PAUSED, Pass, READER, RESIZER, WRITER};
use crate::queue::Wanted;
use crate::readers::{Readers, TakingTurns, epoch};
use crate::sync::{Ordering, UnsafeCell};

/// Short shared access to the map.
pub struct ShortRead<'a, C, R: Readers = TakingTurns> {
    pub(super) contents: &'a UnsafeCell<C>,
    pub(super) readers: &'a R,
    /// The result of [`Readers::enter`].
    pub(super) place: usize,
}

impl<C, R: Readers> Drop for ShortRead<'_, C, R> {
    #[inline(always)]
    fn drop(&mut self) {
        self.readers.leave(self.place);
    }
}

impl<C, R: Readers> ShortRead<'_, C, R> {
    /// Runs `f` on the map.
    #[inline(always)]
    pub fn with<T>(&self, f: impl FnOnce(&C) -> T) -> T {
        // SAFETY: L1, L2: the readers count this one, and the word had no writer afterwards.
        self.contents.with(|contents| f(unsafe { &*contents }))
    }
}

/// Short exclusive access to the map.
pub struct ShortWrite<'a, C, R: Readers = TakingTurns> {
    pub(super) contents: &'a UnsafeCell<C>,
    pub(super) _guard: Option<WriteGuard<'a, C, R>>,
}

/// For a short operation that had to wait.
impl<'a, C, R: Readers> From<WriteGuard<'a, C, R>> for ShortWrite<'a, C, R> {
    fn from(guard: WriteGuard<'a, C, R>) -> Self {
        ShortWrite {
            contents: &guard.0.contents,
            _guard: Some(guard),
        }
    }
}

impl<C, R: Readers> ShortWrite<'_, C, R> {
    /// Runs `f` on the map, without changing it.
    #[inline(always)]
    pub fn with<T>(&self, f: impl FnOnce(&C) -> T) -> T {
        // SAFETY: L1: this operation has the map alone.
        self.contents.with(|contents| f(unsafe { &*contents }))
    }

    /// Runs `f` on the map.
    #[inline(always)]
    pub fn with_mut<T>(&mut self, f: impl FnOnce(&mut C) -> T) -> T {
        // SAFETY: L1: there was no reader and no writer. The lock guard keeps others out, or this
        // thread has its turn.
        self.contents
            .with_mut(|contents| f(unsafe { &mut *contents }))
    }
}

/// Long shared access to the map.
#[derive(Debug)]
pub struct ReadGuard<'a, C, R: Readers = TakingTurns>(&'a MapLock<C, R>);

impl<'a, C, R: Readers> Pass<'a, C, R> for ReadGuard<'a, C, R> {
    const WANTED: Wanted = Wanted::Read;
    const BITS: u64 = READER;

    fn new(lock: &'a MapLock<C, R>) -> Self {
        ReadGuard(lock)
    }
}

impl<C, R: Readers> ReadGuard<'_, C, R> {
    /// Runs `f` on the map.
    #[inline]
    pub fn with<T>(&self, f: impl FnOnce(&C) -> T) -> T {
        // SAFETY: L1: the word counts this reader.
        self.0.contents.with(|contents| f(unsafe { &*contents }))
    }
}

impl<C, R: Readers> ReadGuard<'_, C, R> {
    /// Leaves the lock, to enter it again later and learn whether a writer entered meanwhile.
    pub fn pause(self) -> Paused {
        let lock = self.0;
        let writes = lock.writes_beside_paused.load(Ordering::Relaxed);
        let pause = |word: u64| Some((word - READER) | PAUSED);
        // Always succeeds: `pause` returns `Some`.
        let _ = lock
            .word
            .fetch_update(Ordering::SeqCst, Ordering::Relaxed, pause);
        std::mem::forget(self);
        lock.queue.with(|waiting| waiting.wake());
        Paused {
            writes,
            epoch: epoch(),
        }
    }
}

/// A reader that has left the lock and will enter it again.
#[derive(Debug)]
#[must_use = "a reader that resumes must ask whether a writer entered"]
pub struct Paused {
    writes: u64,
    epoch: u64,
}

impl Paused {
    /// Returns whether a writer has entered the lock since the pause. `guard` must belong to the
    /// same lock.
    pub fn met_writer<C, R: Readers>(self, guard: &ReadGuard<'_, C, R>) -> bool {
        // A child of a fork does not know that a reader had paused.
        self.epoch != epoch() || guard.0.writes_beside_paused.load(Ordering::Relaxed) != self.writes
    }
}

impl<C, R: Readers> Drop for ReadGuard<'_, C, R> {
    fn drop(&mut self) {
        self.0.word.fetch_sub(READER, Ordering::SeqCst);
        self.0.queue.with(|waiting| waiting.wake());
    }
}

/// Exclusive access to the map.
#[derive(Debug)]
pub struct WriteGuard<'a, C, R: Readers = TakingTurns>(&'a MapLock<C, R>);

impl<'a, C, R: Readers> Pass<'a, C, R> for WriteGuard<'a, C, R> {
    const WANTED: Wanted = Wanted::Write;
    const BITS: u64 = WRITER;

    fn new(lock: &'a MapLock<C, R>) -> Self {
        WriteGuard(lock)
    }
}

impl<C, R: Readers> WriteGuard<'_, C, R> {
    /// Runs `f` on the map.
    pub fn with<T>(&self, f: impl FnOnce(&C) -> T) -> T {
        // SAFETY: L1: the word has this writer.
        self.0.contents.with(|contents| f(unsafe { &*contents }))
    }

    /// Runs `f` on the map.
    pub fn with_mut<T>(&mut self, f: impl FnOnce(&mut C) -> T) -> T {
        // SAFETY: L1: the word has this writer, and the readers had left.
        self.0
            .contents
            .with_mut(|contents| f(unsafe { &mut *contents }))
    }

    /// Closes the map: later entries return [`Enter::Closed`](super::Enter::Closed).
    pub fn close(&mut self) {
        self.0.word.fetch_or(CLOSED, Ordering::SeqCst);
    }
}

impl<C, R: Readers> Drop for WriteGuard<'_, C, R> {
    fn drop(&mut self) {
        self.0.queue.with(|waiting| {
            waiting.readers_first = waiting.readers;
            self.0.word.fetch_and(!(WRITER | RESIZER), Ordering::SeqCst);
            waiting.wake();
        });
    }
}

/// Exclusive access, like [`WriteGuard`], for an operation that changes the mapping itself.
#[derive(Debug)]
pub struct ResizeGuard<'a, C, R: Readers = TakingTurns>(WriteGuard<'a, C, R>);

impl<'a, C, R: Readers> Pass<'a, C, R> for ResizeGuard<'a, C, R> {
    const WANTED: Wanted = Wanted::Write;
    const BITS: u64 = WRITER | RESIZER;

    fn new(lock: &'a MapLock<C, R>) -> Self {
        ResizeGuard(WriteGuard(lock))
    }
}

impl<'a, C, R: Readers> From<ResizeGuard<'a, C, R>> for WriteGuard<'a, C, R> {
    fn from(guard: ResizeGuard<'a, C, R>) -> Self {
        guard.0
    }
}

impl<'a, C, R: Readers> Deref for ResizeGuard<'a, C, R> {
    type Target = WriteGuard<'a, C, R>;

    fn deref(&self) -> &WriteGuard<'a, C, R> {
        &self.0
    }
}

impl<C, R: Readers> DerefMut for ResizeGuard<'_, C, R> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
