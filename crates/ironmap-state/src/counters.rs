//! Numbers of a map that need no lock.

use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// A file position, in bytes.
#[derive(Debug)]
pub struct Position(AtomicUsize);

impl Position {
    /// Creates a position at the first byte.
    #[must_use]
    pub fn new() -> Position {
        Position(AtomicUsize::new(0))
    }

    /// Returns the position.
    #[inline]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Sets the position.
    #[inline]
    pub fn set(&self, position: usize) {
        self.0.store(position, Ordering::Relaxed);
    }

    /// Moves the position from `start` to `end`. Returns false, and does not move it, if it is
    /// not at `start`: another thread has claimed the bytes from `start`.
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

/// Counts a map's exported buffers: those in use, and all that ever were.
///
/// A buffer is added under a [`ReadGuard`](crate::ReadGuard) or in
/// [`MapLock::read`](crate::MapLock::read). So a thread that holds a
/// [`WriteGuard`](crate::WriteGuard) and finds none knows that none will be added.
#[derive(Debug)]
pub struct Exports {
    out: AtomicUsize,
    total: AtomicU64,
}

impl Exports {
    /// Creates the counts of a map without exports.
    #[must_use]
    pub fn new() -> Exports {
        Exports {
            out: AtomicUsize::new(0),
            total: AtomicU64::new(0),
        }
    }

    /// Counts a new buffer.
    #[inline]
    pub fn add(&self) {
        self.total.fetch_add(1, Ordering::Relaxed);
        self.out.fetch_add(1, Ordering::Relaxed);
    }

    /// Uncounts a released buffer. A thread that then finds none in use sees all stores through
    /// it.
    #[inline]
    pub fn remove(&self) {
        self.out.fetch_sub(1, Ordering::Release);
    }

    /// Returns the number of buffers in use.
    #[inline]
    pub fn out(&self) -> usize {
        self.out.load(Ordering::Acquire)
    }

    /// Returns the number of all buffers ever exported.
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
