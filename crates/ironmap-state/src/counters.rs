//! Numbers of a map that are right without a lock.

use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// A file position, in bytes.
#[derive(Debug)]
pub struct Position(AtomicUsize);

impl Position {
    /// A position in front of the first byte.
    #[must_use]
    pub fn new() -> Position {
        Position(AtomicUsize::new(0))
    }

    /// Returns the position.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Moves the position.
    #[inline]
    pub fn set(&self, position: usize) {
        self.0.store(position, Ordering::Relaxed);
    }

    /// Moves the position from `start` to `end`. Returns false, and leaves it, if another
    /// thread has moved it from `start`: then `start` is another thread's to read from.
    #[inline]
    pub fn advance(&self, start: usize, end: usize) -> bool {
        let exchanged = self
            .0
            .compare_exchange(start, end, Ordering::Relaxed, Ordering::Relaxed);
        exchanged.is_ok()
    }
}

impl Default for Position {
    fn default() -> Position {
        Position::new()
    }
}

/// How many buffers of a map are out, and how many ever were.
///
/// A buffer is added under a [`ReadGuard`](crate::ReadGuard) or in
/// [`MapLock::read`](crate::MapLock::read), so that who has a
/// [`WriteGuard`](crate::WriteGuard) and finds none knows that there will be none.
#[derive(Debug)]
pub struct Exports {
    out: AtomicUsize,
    total: AtomicU64,
}

impl Exports {
    /// None is out.
    #[must_use]
    pub fn new() -> Exports {
        Exports {
            out: AtomicUsize::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// Counts a buffer that goes out.
    #[inline]
    pub fn add(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.out.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a buffer that comes back. What was stored through it is there for who then
    /// finds none out.
    #[inline]
    pub fn remove(&self) {
        self.out.fetch_sub(1, Ordering::Release);
    }

    /// Returns how many are out.
    #[inline]
    pub fn out(&self) -> usize {
        self.out.load(Ordering::Acquire)
    }

    /// Returns how many ever went out.
    #[inline]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

impl Default for Exports {
    fn default() -> Exports {
        Exports::new()
    }
}
