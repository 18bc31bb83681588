//! Counts transfers of address ranges between slots, so that a scan over all slots can detect
//! a concurrent transfer and retry.

use super::atomics::{AtomicUsize, Ordering, fence};

#[derive(Debug, Default)]
pub(crate) struct MoveEpoch(AtomicUsize);

impl MoveEpoch {
    /// Makes one in a `static`; loom's atomics cannot be in one and use `default`.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> MoveEpoch {
        MoveEpoch(AtomicUsize::new(0))
    }

    /// Counts a transfer: after the new slot is written and before the old one is erased.
    pub(crate) fn advance(&self) {
        self.0.fetch_add(1, Ordering::Release);
        fence(Ordering::Release);
    }

    /// Runs `f`, which looks for an address in all slots, until it returns true or no transfer
    /// came in between.
    pub(crate) fn scan(&self, mut f: impl FnMut() -> bool) -> bool {
        loop {
            let before = self.0.load(Ordering::Acquire);
            if f() {
                return true;
            }
            fence(Ordering::Acquire);
            if self.0.load(Ordering::Relaxed) == before {
                return false;
            }
        }
    }
}
