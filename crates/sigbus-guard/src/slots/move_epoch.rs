//! How often a slot has taken over addresses of another: who looks for an address in all
//! slots, one after the other, can miss it on its way.

use super::atomics::{AtomicUsize, Ordering, fence};

#[derive(Debug, Default)]
pub(crate) struct MoveEpoch(AtomicUsize);

impl MoveEpoch {
    /// In a `static` too; under loom, whose atomics cannot be, it is `default`.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> MoveEpoch {
        MoveEpoch(AtomicUsize::new(0))
    }

    /// After a slot was written, and before the one that had its addresses is erased.
    pub(crate) fn note(&self) {
        self.0.fetch_add(1, Ordering::Release);
        fence(Ordering::Release);
    }

    /// Runs `f`, which looks for an address among all slots, until it is true, or what
    /// it looked at stood still.
    pub(crate) fn look(&self, mut f: impl FnMut() -> bool) -> bool {
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
