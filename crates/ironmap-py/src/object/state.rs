//! The state of a map object: that of `ironmap_state`, with a map of the core in its lock.

use ironmap::Mmap;
use ironmap_state::MapState;

/// A closed lock has an empty map, which keeps the addresses that were exported, or the map of
/// buffers that are still in use.
pub(super) type State = MapState<Mmap, ShortReaders>;

/// How the lock knows its short readers: with a GIL, threads take turns (O1).
#[cfg(feature = "abi3")]
pub(super) type ShortReaders = ironmap_state::TakingTurns;
#[cfg(not(feature = "abi3"))]
pub(super) type ShortReaders = Box<ironmap_state::Counted>;

/// Returns an empty map.
pub(super) fn no_map() -> Mmap {
    Mmap::anonymous(0).expect("needs no system call and no memory")
}
