//! The state of a map object: that of `ironmap_state`, with a map of the core in its lock.

use ironmap::Mmap;
use ironmap::raw::{MmapExt, Reserved};
use ironmap_state::{MapLock, MapState};

use crate::interpreter::Python;

pub(super) type State = MapState<Contents, ShortReaders>;

/// The contents of the lock.
pub(super) struct Contents {
    /// Empty if the lock is closed.
    pub(super) map: Mmap,
    /// The addresses of a closed map, for code that kept one and a reference to the object.
    pub(super) reserved: Reserved,
}

/// How the lock knows its short readers: with a GIL, threads take turns (O1).
#[cfg(feature = "abi3")]
pub(super) type ShortReaders = ironmap_state::TakingTurns;
#[cfg(not(feature = "abi3"))]
pub(super) type ShortReaders = Box<ironmap_state::Counted>;

impl Contents {
    #[inline(always)]
    pub(super) fn needs_attention(&self) -> bool {
        self.map.needs_attention()
    }

    /// Unmaps, detached, and keeps the addresses that were exported.
    pub(super) fn retire(&mut self, py: Python<'_>) {
        let map = &mut self.map;
        self.reserved = py.detach(|| map.retire());
    }
}

/// A closed map.
impl Default for Contents {
    fn default() -> Contents {
        Contents {
            map: no_map(),
            reserved: Reserved::default(),
        }
    }
}

/// Returns the state of a new object, closed without a map.
#[inline(always)]
pub(super) fn state_of(map: Option<Mmap>) -> State {
    MapState::new(match map {
        Some(map) => MapLock::new(Contents {
            map,
            reserved: Reserved::default(),
        }),
        None => MapLock::closed(Contents::default()),
    })
}

/// Returns an empty map.
fn no_map() -> Mmap {
    Mmap::anonymous(0).expect("needs no system call and no memory")
}
