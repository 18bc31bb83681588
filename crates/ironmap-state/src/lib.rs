//! The state of one map that several threads use: a lock, a position, and counters of
//! buffers and faults. It knows nothing of Python and nothing of mappings.
//!
//! * [`MapLock`] holds the map. Short operations read it without an entry where threads
//!   take turns (an interpreter with a GIL: [`TakingTurns`]), and with a counter that few
//!   threads share where they do not ([`Counted`]). Operations that run for long, writers and
//!   [`close`](WriteGuard::close) enter the lock and wait for each other.
//! * [`Position`] is a file position: two readers that claim bytes get different bytes.
//! * [`Exports`] counts the buffers that are out.
//! * A forked child has none of the threads that its parent had. The lock forgets their
//!   entries; a map that one of them was resizing is lost.
//!
//! # Safety
//!
//! L1 to L3, in `lock.rs`, are the whole argument. `tests/models.rs` runs the lock in every
//! order of its atomic operations (`make loom`).

mod counters;
#[cfg(not(loom))]
pub mod forks;
mod lock;
mod queue;
mod readers;
mod sync;

#[cfg(loom)]
pub mod forks {
    //! Models do not fork.

    pub(crate) fn count() -> u32 {
        0
    }
}

pub use counters::{Exports, Position};
pub use lock::{
    Enter, MapLock, Pass, Paused, ReadGuard, ResizeGuard, ShortRead, ShortWrite, Sleep, WriteGuard,
};
pub use queue::Wanted;
pub use readers::{Counted, Readers, TakingTurns};
