//! The state of a map that several threads use: a lock, a position, and counters of exported
//! buffers and of faults. The crate depends on neither Python nor mappings.
//!
//! * [`MapLock`] holds the map. Short operations do not enter the lock: under a GIL they only
//!   load a word ([`TakingTurns`]); without one they also count themselves in a counter that few
//!   threads share ([`Counted`]). Long operations, writers and
//!   [`close`](WriteGuard::close) enter the lock and wait for each other.
//! * [`Position`] is a file position: two readers that claim bytes get different bytes.
//! * [`Exports`] counts exported buffers.
//! * [`DamageCounters`] counts the faults that were reported.
//! * [`MapState`] is all of these.
//! * A forked child lacks the other threads of its parent. The lock forgets their
//!   entries; a map that one of them was resizing is lost.
//!
//! # Safety
//!
//! L1 to L3 in `lock.rs` and Q1 in `queue.rs` are the whole argument. `tests/models.rs` runs
//! the lock in every order of its atomic operations (`make check WHAT=loom`).

mod counters;
mod damage;
#[cfg(not(loom))]
pub mod forks;
mod lock;
mod queue;
mod readers;
mod state;
mod sync;

#[cfg(loom)]
pub mod forks {
    //! Replaces the count of forks in models, which do not fork.

    pub(crate) fn count() -> u32 {
        0
    }
}

pub use counters::{Exports, Position};
pub use damage::DamageCounters;
pub use lock::{
    Enter, MapLock, Pass, Paused, ReadGuard, ResizeGuard, ShortRead, ShortWrite, Sleep, WriteGuard,
};
pub use queue::Wanted;
pub use readers::{Counted, Readers, TakingTurns};
pub use state::MapState;
