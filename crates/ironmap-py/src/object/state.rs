//! The state of a map object: that of `ironmap_state`, with a map of the core in its lock.

use ironmap::Mmap;
use ironmap::raw::{MmapExt, Reserved};
use ironmap_state::{MapLock, MapState};

pub(super) type State = MapState<Contents>;

/// The contents of the lock.
pub(super) struct Contents {
    pub(super) map: Option<Mmap>,
    /// The addresses of a closed map, for code that kept one and a reference to the object.
    pub(super) reserved: Reserved,
}

/// Returns the state of a new object, closed without a map.
pub(super) fn state_of(map: Option<Mmap>) -> State {
    let is_open = map.is_some();
    let reserved = Reserved::default();
    let contents = Contents { map, reserved };
    MapState::new(match is_open {
        true => MapLock::new(contents),
        false => MapLock::closed(contents),
    })
}

const OPEN: &str = "a lock that is not closed has a map";

/// Returns the map of a lock that is not closed.
#[inline(always)]
pub(super) fn open(contents: &Contents) -> &Mmap {
    contents.map.as_ref().expect(OPEN)
}

#[inline(always)]
pub(super) fn open_mut(contents: &mut Contents) -> &mut Mmap {
    contents.map.as_mut().expect(OPEN)
}

#[inline(always)]
pub(super) fn needs_attention(contents: &Contents) -> bool {
    open(contents).needs_attention()
}
