//! What a fork leaves behind: a child does not have the pages that were advised
//! `MADV_DONTFORK`.

use std::ops::Range;

use super::atomics::{AtomicBool, Ordering};
use super::damage::Damage;
use crate::guarded_region::LostPages;

/// Of one region. By default it has all of its pages in every process.
#[derive(Debug, Default)]
pub(crate) struct LeftBehind {
    /// Whether a child may lack some of the pages.
    expected: AtomicBool,
    /// Those that this process lacks, and has zeros of its own in their place.
    pages: Damage,
    /// Whether it has not, for some of them: there are others' mappings, or none.
    given_up: AtomicBool,
}

impl LeftBehind {
    /// What `default` is, in a `static` too, where loom's atomics cannot be.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> LeftBehind {
        LeftBehind {
            expected: AtomicBool::new(false),
            pages: Damage::none(),
            given_up: AtomicBool::new(false),
        }
    }

    /// Before another region.
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
