//! The options of `mremap`.

/// Options of [`Mmap::remap`](crate::Mmap::remap).
#[derive(Copy, Clone, Default, Debug)]
pub struct RemapOptions {
    pub(crate) may_move: bool,
}

impl RemapOptions {
    /// Returns options for a map that stays where it is.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether the map may move to another address. A `StableDeref` of a map that moves is
    /// wrong.
    pub fn may_move(mut self, may_move: bool) -> Self {
        self.may_move = may_move;
        self
    }
}
