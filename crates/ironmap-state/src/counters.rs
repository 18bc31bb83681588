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
    /// The buffers in use, and [`ENDING`].
    out: AtomicUsize,
    total: AtomicU64,
}

/// The end of the last buffer ends the map.
const ENDING: usize = 1 << (usize::BITS - 1);

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
    /// it. Returns whether it was the last one after [`end_with_last`](Exports::end_with_last).
    #[inline]
    pub fn remove(&self) -> bool {
        self.out.fetch_sub(1, Ordering::AcqRel) == ENDING + 1
    }

    /// Asks [`remove`](Exports::remove) to tell of the last buffer. Returns true if none is in use
    /// now. The map is closed, so none will be added: exactly one call returns true.
    pub fn end_with_last(&self) -> bool {
        self.out.fetch_or(ENDING, Ordering::AcqRel) == 0
    }

    /// Returns the number of buffers in use.
    #[inline]
    pub fn out(&self) -> usize {
        self.out.load(Ordering::Acquire) & !ENDING
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn end_with_last_without_buffers_is_the_end() {
        let exports = Exports::new();
        assert!(exports.end_with_last());
        assert_eq!(exports.out(), 0);
    }

    #[test]
    fn remove_tells_of_the_last_after_end_with_last() {
        let exports = Exports::new();
        exports.add();
        assert!(!exports.remove(), "nothing ends with it");
        exports.add();
        exports.add();
        assert!(!exports.end_with_last());
        assert_eq!(exports.out(), 2);
        assert!(!exports.remove());
        assert!(exports.remove());
        assert_eq!((exports.out(), exports.total()), (0, 3));
    }
}
