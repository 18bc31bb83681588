//! The packed pair: vectors look for two bytes of the needle that are likely to be rare. A
//! place where both are right is a candidate, and is compared with the whole needle.
//!
//! This runs at the speed of memory if candidates are few. If they are many, the search also
//! looks at the bytes that were wrong with earlier ones. If comparing still costs more than
//! scanning, the search stops over budget.
//!
//! # Safety
//!
//! A [`VolatileSlice`] stands for S3. A function for vectors is called only if the processor
//! has them, as [`Isa::fastest`] found out.

#![allow(unsafe_code)]

use crate::budget::Budget;
use crate::cpu::Isa;
use crate::needle::Needle;
use crate::scan::{Outcome, Walk, each, find, rfind};
use crate::vector::Block;
#[cfg(target_arch = "aarch64")]
use crate::vector::Neon;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
use crate::vector::Portable;
#[cfg(target_arch = "x86_64")]
use crate::vector::{Avx2, Sse2};
use crate::volatile_slice::VolatileSlice;

impl Needle<'_> {
    /// Returns the first match.
    #[inline]
    pub(crate) fn find(&self, haystack: VolatileSlice<'_>, budget: &mut Budget) -> Outcome {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Avx2 => unsafe { find_avx2(self, haystack, budget) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Sse2 => unsafe { find_with::<Sse2>(self, haystack, budget) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: the instructions are this processor's.
            Isa::Neon => unsafe { find_with::<Neon>(self, haystack, budget) },
            #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
            // SAFETY: it needs no instructions of its own.
            Isa::Portable => unsafe { find_with::<Portable>(self, haystack, budget) },
        }
    }

    /// Calls `found` with the matches in order, each `apart` bytes or more after the one
    /// before it.
    #[inline]
    pub(crate) fn each(
        &self,
        haystack: VolatileSlice<'_>,
        apart: usize,
        budget: &mut Budget,
        found: impl FnMut(usize),
    ) -> Walk {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Avx2 => unsafe { each_avx2(self, haystack, apart, budget, found) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Sse2 => unsafe { each_with::<Sse2>(self, haystack, apart, budget, found) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: the instructions are this processor's.
            Isa::Neon => unsafe { each_with::<Neon>(self, haystack, apart, budget, found) },
            #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
            // SAFETY: it needs no instructions of its own.
            Isa::Portable => unsafe { each_with::<Portable>(self, haystack, apart, budget, found) },
        }
    }

    /// Returns the last match.
    #[inline]
    pub(crate) fn rfind(&self, haystack: VolatileSlice<'_>, budget: &mut Budget) -> Outcome {
        match self.isa {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Avx2 => unsafe { rfind_avx2(self, haystack, budget) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the instructions are this processor's.
            Isa::Sse2 => unsafe { rfind_with::<Sse2>(self, haystack, budget) },
            #[cfg(target_arch = "aarch64")]
            // SAFETY: the instructions are this processor's.
            Isa::Neon => unsafe { rfind_with::<Neon>(self, haystack, budget) },
            #[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
            // SAFETY: it needs no instructions of its own.
            Isa::Portable => unsafe { rfind_with::<Portable>(self, haystack, budget) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn find_avx2(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    // SAFETY: the caller's promise.
    unsafe { find::<Avx2>(needle, haystack, budget) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn each_avx2(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    apart: usize,
    budget: &mut Budget,
    found: impl FnMut(usize),
) -> Walk {
    // SAFETY: the caller's promise.
    unsafe { each::<Avx2>(needle, haystack, apart, budget, found) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn rfind_avx2(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    // SAFETY: the caller's promise.
    unsafe { rfind::<Avx2>(needle, haystack, budget) }
}

// The others are not inlined, so that the calls above stay short.

#[inline(never)]
unsafe fn find_with<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    // SAFETY: the caller's promise.
    unsafe { find::<B>(needle, haystack, budget) }
}

#[inline(never)]
unsafe fn each_with<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    apart: usize,
    budget: &mut Budget,
    found: impl FnMut(usize),
) -> Walk {
    // SAFETY: the caller's promise.
    unsafe { each::<B>(needle, haystack, apart, budget, found) }
}

#[inline(never)]
unsafe fn rfind_with<B: Block>(
    needle: &Needle<'_>,
    haystack: VolatileSlice<'_>,
    budget: &mut Budget,
) -> Outcome {
    // SAFETY: the caller's promise.
    unsafe { rfind::<B>(needle, haystack, budget) }
}

#[cfg(test)]
mod tests {
    // Compares with a naive search, at every distance from the edges of blocks and of memory.

    use super::{Budget, Outcome, VolatileSlice};
    use crate::cpu::Isa;
    use crate::guard_page::GuardedPage;
    use crate::needle::Needle;
    use crate::oracle::{Numbers, matches_in};

    fn outcome(found: Option<usize>) -> Outcome {
        found.map_or(Outcome::NoMatch, Outcome::Match)
    }

    fn check(guarded: &mut GuardedPage, haystack: &[u8], needle: &[u8]) {
        let mut matches = haystack.windows(needle.len());
        let first = outcome(matches.position(|window| window == needle));
        let mut matches = haystack.windows(needle.len());
        let last = outcome(matches.rposition(|window| window == needle));
        for isa in Isa::all() {
            for &at_end in GuardedPage::ENDS {
                let needle = Needle::by(isa, needle.into());
                let held = guarded.hold(haystack, at_end);
                let found = needle.find(held, &mut Budget::default());
                assert_eq!(found, first, "{isa:?}: {haystack:?} {:?}", needle.bytes());
                for apart in [needle.bytes().len(), 1] {
                    let (mut budget, mut places) = (Budget::default(), Vec::new());
                    let walk = needle.each(held, apart, &mut budget, |at| places.push(at));
                    assert_eq!(places, matches_in(haystack, needle.bytes(), apart));
                    assert!(
                        !walk.is_over_budget && walk.next + needle.bytes().len() > haystack.len()
                    );
                }
                let found = needle.rfind(held, &mut Budget::default());
                assert_eq!(found, last, "{isa:?}: {haystack:?} {:?}", needle.bytes());
            }
        }
    }

    #[test]
    fn one_match_at_any_place_is_found() {
        let mut guarded = GuardedPage::new();
        // A few of every kind: Miri takes some thousand times as long.
        let steps = if cfg!(miri) { [7, 139] } else { [1, 1] };
        let lens = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 70];
        for needle_len in lens.into_iter().step_by(steps[0]) {
            let needle: Vec<u8> = (0..needle_len).map(|i| b'A' + i as u8).collect();
            for len in (needle_len..needle_len + 140).step_by(steps[1]) {
                check(&mut guarded, &vec![b'.'; len], &needle);
                for at in [0, 1, 31, 63, 64, 65, len - needle_len] {
                    if at + needle_len <= len {
                        let mut haystack = vec![b'.'; len];
                        haystack[at..at + needle_len].copy_from_slice(&needle);
                        check(&mut guarded, &haystack, &needle);
                    }
                }
            }
        }
    }

    #[test]
    fn search_of_random_bytes_agrees_with_the_oracle() {
        const ROUNDS: usize = if cfg!(miri) {
            3
        } else if cfg!(debug_assertions) {
            20_000
        } else {
            200_000
        };
        let mut guarded = GuardedPage::new();
        let mut numbers = Numbers::new();
        for _ in 0..ROUNDS {
            let [haystack, needle] = numbers.haystack_and_needle();
            check(&mut guarded, &haystack, &needle);
        }
    }

    /// Returns a needle, and a text of needles that are wrong at their ends.
    fn near_misses() -> (Vec<u8>, Vec<u8>) {
        let needle = b"ab".repeat(500);
        let miss = [&needle[..998], b"ba"].concat();
        (needle, miss.repeat(1 << 10))
    }

    #[cfg_attr(miri, ignore = "a megabyte for each way: minutes")]
    #[test]
    fn near_misses_exceed_the_budget() {
        let (needle, haystack) = near_misses();
        let volatile = VolatileSlice::from(&haystack[..]);
        for isa in Isa::all() {
            let needle = Needle::by(isa, needle.clone().into());
            let forward = needle.find(volatile, &mut Budget::default());
            assert!(matches!(forward, Outcome::BudgetExceeded(at) if at < haystack.len() / 4));
            let walk = needle.each(volatile, 1000, &mut Budget::default(), drop);
            assert!(walk.is_over_budget && walk.next < haystack.len() / 4);
            let back = needle.rfind(volatile, &mut Budget::default());
            assert!(matches!(back, Outcome::BudgetExceeded(at) if at > haystack.len() / 2));
        }
    }

    #[cfg_attr(miri, ignore = "a megabyte for each way: minutes")]
    #[test]
    fn rare_bytes_in_a_crowd_are_learned() {
        // The text has only the byte that the table calls rarest.
        let haystack = vec![b'Z'; 1 << 20];
        let volatile = VolatileSlice::from(&haystack[..]);
        let lens = [64, 600, 100_000];
        for (isa, len) in Isa::all()
            .into_iter()
            .flat_map(|isa| lens.map(|len| (isa, len)))
        {
            let mut needle = vec![b'Z'; len];
            needle[len / 2..len / 2 + 2].fill(b'a');
            let needle = Needle::by(isa, needle.into());
            let mut budgets = [Budget::default(), Budget::default(), Budget::default()];
            assert_eq!(needle.find(volatile, &mut budgets[0]), Outcome::NoMatch);
            assert!(
                !needle
                    .each(volatile, len, &mut budgets[1], drop)
                    .is_over_budget
            );
            assert_eq!(needle.rfind(volatile, &mut budgets[2]), Outcome::NoMatch);
            // Only one candidate is compared, up to where it is wrong.
            let most = len / 12 + 10;
            assert!(
                budgets.iter().all(|budget| budget.compared() < most),
                "{budgets:?}"
            );
        }
    }

    #[test]
    fn learned_probes_do_not_read_past_the_haystack() {
        const STEP: usize = if cfg!(miri) { 31 } else { 1 };
        let crowd = vec![b'Z'; 4000];
        let mut guarded = GuardedPage::new();
        for (isa, len) in Isa::all()
            .into_iter()
            .flat_map(|isa| (5..70).step_by(STEP).map(move |len| (isa, len)))
        {
            // The last byte is one of the crowd: every place is a candidate.
            let mut bytes = vec![b'Z'; len];
            bytes[len / 2..][..2].fill(b'a');
            let needle = Needle::by(isa, bytes.into());
            let mut budget = Budget::default();
            needle.find(VolatileSlice::from(&crowd[..]), &mut budget);
            assert!(!budget.learned_probes().is_empty());
            for places in (1..64).step_by(STEP) {
                let haystack = vec![b'Z'; places + len - 1];
                let held = guarded.hold(&haystack, true);
                assert_eq!(needle.find(held, &mut budget), Outcome::NoMatch);
                assert_eq!(needle.rfind(held, &mut budget), Outcome::NoMatch);
            }
        }
    }
}
