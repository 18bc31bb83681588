//! The damaged pages of a region, in one atomic word.
//!
//! The signal handler of any thread adds to the word while other threads read it, and
//! neither may wait. The word names the first and the last damaged page. Pages between two
//! places of damage count as damaged: that costs an error too many, never a wrong byte.

use std::ops::Range;
use std::sync::atomic::compiler_fence;

use super::atomics::{AtomicU64, Ordering, fence};
use crate::guarded_region::{LAST, LostPages};

/// Set when some pages between the first and the last are not damaged.
const SCATTERED: u64 = 1 << 63;

/// Set until the first use of the region in this process, which checks that the handler is
/// installed. The bit is not damage; adding damage keeps it.
const UNCHECKED: u64 = 1 << 31;

/// The numbers of the damaged pages: the first in bits 0 to 30, the end in bits 32 to 62. Zero
/// is no damage.
#[derive(Debug, Default)]
pub(crate) struct Damage(AtomicU64);

/// The extent to cover where the extent of the damage is not known: one page, or twice the
/// last extent if that ended here. A long tail then takes few faults, and few intact pages
/// are lost after an unreadable one.
#[derive(Debug, Default)]
pub(crate) struct Recent(AtomicU64);

impl Recent {
    #[cfg(not(loom))]
    pub(crate) const fn none() -> Recent {
        Recent(AtomicU64::new(0))
    }

    /// Resets it for another region.
    pub(crate) fn forget(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    /// Returns the number of pages to cover from `first` on. Two handlers that race get fewer.
    pub(crate) fn next(&self, first: usize) -> usize {
        let recent = self.0.load(Ordering::Relaxed);
        let (end, covered) = ((recent >> 32) as usize, recent as u32 as usize);
        let count = if end == first { 2 * covered } else { 1 };
        let count = count.clamp(1, LAST + 1 - first.min(LAST));
        let new = ((first + count) as u64) << 32 | count as u64;
        self.0.store(new, Ordering::Relaxed);
        count
    }
}

/// Orders loads of mapped bytes before the check of the damage (SAFETY.md: G2).
#[inline(always)]
pub(crate) fn order_loads() {
    fence(Ordering::Acquire);
}

/// Orders stores to mapped bytes before the check of the damage (SAFETY.md: G2).
///
/// x86 needs no instruction for this. A store that reaches the zeros got their page after the
/// damage was noted. A later load that ran ahead becomes final after the store, and is
/// repeated if the value it saw has changed.
#[inline(always)]
pub(crate) fn order_stores() {
    if cfg!(all(
        any(target_arch = "x86", target_arch = "x86_64"),
        not(loom)
    )) {
        compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

impl Damage {
    /// Makes one in a `static`; loom's atomics cannot be in one and use `default`.
    #[cfg(not(loom))]
    pub(crate) const fn none() -> Damage {
        Damage(AtomicU64::new(0))
    }

    /// Returns whether there is no damage and no check to make. The caller runs [`order_loads`]
    /// or [`order_stores`] first.
    #[inline]
    pub(crate) fn is_quiet(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }

    /// Makes the next use of the region check the guard: it is new, or the process is a
    /// forked child.
    pub(crate) fn demand_check(&self) {
        self.0.fetch_or(UNCHECKED, Ordering::Relaxed);
    }

    pub(crate) fn wants_check(&self) -> bool {
        self.0.load(Ordering::Relaxed) & UNCHECKED != 0
    }

    /// Clears the bit after the check: a thread that sees it cleared has our handler.
    pub(crate) fn note_check(&self) {
        self.0.fetch_and(!UNCHECKED, Ordering::Release);
    }

    pub(crate) fn get(&self) -> Option<LostPages> {
        unpack(self.0.load(Ordering::Acquire))
    }

    /// Adds pages. A thread that sees a later write of this thread, and then reads the damage,
    /// sees them.
    pub(crate) fn add(&self, pages: Range<usize>) {
        let pages = pages.start.min(LAST)..pages.end.min(LAST + 1);
        let mut old = self.0.load(Ordering::Relaxed);
        loop {
            let new = pack(&joined(unpack(old), pages.clone())) | old & UNCHECKED;
            match self
                .0
                .compare_exchange_weak(old, new, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => break,
                Err(now) => old = now,
            }
        }
        // Orders the store of this word before the change of the pages'.
        fence(Ordering::SeqCst);
    }

    /// Forgets all damage. The caller has the region alone.
    pub(crate) fn clear(&self) {
        self.0.store(0, Ordering::SeqCst);
    }
}

fn joined(old: Option<LostPages>, pages: Range<usize>) -> LostPages {
    let Some(old) = old else {
        return LostPages {
            pages,
            scattered: false,
        };
    };
    let apart = pages.end < old.pages.start || old.pages.end < pages.start;
    LostPages {
        pages: old.pages.start.min(pages.start)..old.pages.end.max(pages.end),
        scattered: old.scattered || apart,
    }
}

fn pack(damaged: &LostPages) -> u64 {
    let Range { start, end } = damaged.pages;
    let scattered = if damaged.scattered { SCATTERED } else { 0 };
    start as u64 | (end as u64) << 32 | scattered
}

fn unpack(word: u64) -> Option<LostPages> {
    let word = word & !UNCHECKED;
    if word == 0 {
        return None;
    }
    let start = (word & u64::from(u32::MAX)) as usize;
    let end = ((word & !SCATTERED) >> 32) as usize;
    Some(LostPages {
        pages: start..end,
        scattered: word & SCATTERED != 0,
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn damaged(pages: Range<usize>, scattered: bool) -> Option<LostPages> {
        Some(LostPages { pages, scattered })
    }

    #[test]
    fn add_joins_and_clear_forgets() {
        let damage = Damage::none();
        assert!(damage.is_quiet());
        assert_eq!(damage.get(), None);
        damage.add(5..8);
        assert!(!damage.is_quiet());
        assert_eq!(damage.get(), damaged(5..8, false));
        damage.add(8..9);
        assert_eq!(damage.get(), damaged(5..9, false));
        damage.add(6..7);
        assert_eq!(damage.get(), damaged(5..9, false));
        damage.add(2..3);
        assert_eq!(damage.get(), damaged(2..9, true));
        damage.add(3..5);
        assert_eq!(damage.get(), damaged(2..9, true));
        damage.clear();
        assert!(damage.is_quiet());
    }

    #[test]
    fn demand_check_is_no_damage_and_outlives_add() {
        let damage = Damage::none();
        damage.demand_check();
        assert!(damage.wants_check() && !damage.is_quiet());
        assert_eq!(damage.get(), None);
        damage.add(LAST..LAST + 1);
        assert!(damage.wants_check());
        assert_eq!(damage.get(), damaged(LAST..LAST + 1, false));
        damage.note_check();
        assert!(!damage.wants_check());
        assert_eq!(damage.get(), damaged(LAST..LAST + 1, false));
    }

    #[test]
    fn recent_next_doubles_at_its_end() {
        let recent = Recent::none();
        assert_eq!(recent.next(0), 1);
        assert_eq!(recent.next(1), 2);
        assert_eq!(recent.next(3), 4);
        assert_eq!(recent.next(100), 1);
        assert_eq!(recent.next(3), 1);
        assert_eq!(recent.next(4), 2);
        recent.forget();
        assert_eq!(recent.next(6), 1);
        assert_eq!(recent.next(LAST), 1);
        assert_eq!(recent.next(LAST + 1), 1);
    }

    #[test]
    fn add_page_zero_is_damage() {
        let damage = Damage::none();
        damage.add(0..1);
        assert!(!damage.is_quiet());
        assert!(damage.get().unwrap().meets(0, 0));
        assert!(!damage.get().unwrap().meets(1, 5));
    }

    #[test]
    fn meets_ranges_that_share_a_page() {
        let damage = Damage::none();
        damage.add(4..6);
        let damaged = damage.get().unwrap();
        assert!(!damaged.meets(0, 3));
        assert!(damaged.meets(0, 4));
        assert!(damaged.meets(5, 9));
        assert!(!damaged.meets(6, 9));
    }

    #[test]
    fn add_past_last_number_damages_the_tail() {
        let damage = Damage::none();
        damage.add(LAST + 100..LAST + 101);
        assert!(damage.get().unwrap().meets(LAST + 5, LAST + 5));
        assert!(!damage.get().unwrap().meets(0, LAST - 1));
    }
}
