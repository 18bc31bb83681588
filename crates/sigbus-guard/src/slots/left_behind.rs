//! Pages that a forked child does not have: those advised `MADV_DONTFORK`.

use std::ops::Range;

use super::atomics::{AtomicBool, Ordering};
use super::damage::Damage;
use crate::guarded_region::LostPages;

/// The pages of one region that this process lacks; by default none.
#[derive(Debug, Default)]
pub(crate) struct LeftBehind {
    /// True if a child may lack some of the pages.
    expected: AtomicBool,
    /// The pages that this process lacks and has covered with zeros.
    pages: Damage,
    /// True if it has not, for some of them: there are others' mappings, or none.
    given_up: AtomicBool,
}

impl LeftBehind {
    /// Makes one in a `static`; loom's atomics cannot be in one and use `default`.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> LeftBehind {
        LeftBehind {
            expected: AtomicBool::new(false),
            pages: Damage::none(),
            given_up: AtomicBool::new(false),
        }
    }

    /// Resets it for another region.
    pub(crate) fn forget(&self) {
        self.expected.store(false, Ordering::Relaxed);
        self.pages.clear();
        self.given_up.store(false, Ordering::Relaxed);
    }

    /// Called before advice that leaves pages behind.
    pub(crate) fn expect(&self) {
        self.expected.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_expected(&self) -> bool {
        self.expected.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, pages: Range<usize>) {
        self.pages.add(pages);
    }

    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_given_up(&self) -> bool {
        self.given_up.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self) -> Option<LostPages> {
        self.pages.get()
    }

    pub(crate) fn has(&self, page: usize) -> bool {
        self.get().is_some_and(|pages| pages.meets(page, page))
    }
}
