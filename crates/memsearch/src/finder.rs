//! The search for one needle: by packed pair, or by two-way if that costs too much.

use std::borrow::Cow;
use std::cmp::max;

use crate::budget::Budget;
use crate::byte;
use crate::needle::Needle;
use crate::scan::Outcome;
use crate::two_way::{Backwards, Forwards, Position, TwoWay};
use crate::volatile_slice::VolatileSlice;

/// The length of a haystack up to which [`Finder::for_one`] looks for the ends of the needle.
const SHORT: usize = 512;

/// A needle that is prepared once and searched for in one haystack after another.
///
/// It keeps what it has learned from one to the next: the parts of a long range cost
/// together what the range would cost, if each begins `needle.len() - 1` bytes before
/// the end of the one before it.
///
/// ```
/// let mut finder = memsearch::Finder::new(b"fox");
/// assert_eq!(finder.find_in(b"the quick brown fox"[..].into()), Some(16));
/// assert_eq!(finder.find_in(b"the lazy dog"[..].into()), None);
/// ```
#[derive(Clone, Debug)]
pub struct Finder<'n> {
    needle: Needle<'n>,
    budget: Budget,
    /// Set when the budget is exceeded: the packed pair is not tried again.
    forwards: Option<TwoWay<Forwards>>,
    backwards: Option<TwoWay<Backwards>>,
}

impl<'n> Finder<'n> {
    /// Prepares a needle, which it borrows (`&[u8]`) or owns (`Vec<u8>`).
    #[inline]
    pub fn new(needle: impl Into<Cow<'n, [u8]>>) -> Finder<'n> {
        Finder {
            needle: Needle::new(needle.into()),
            budget: Budget::default(),
            forwards: None,
            backwards: None,
        }
    }

    /// Prepares a needle for one haystack of `len` bytes. In a short one, choosing rare bytes of
    /// the needle takes longer than the search.
    ///
    /// ```
    /// let line = b"the quick brown fox";
    /// let mut finder = memsearch::Finder::for_one(b"fox", line.len());
    /// assert_eq!(finder.find_in(line[..].into()), Some(16));
    /// ```
    #[inline]
    pub fn for_one(needle: &'n [u8], len: usize) -> Finder<'n> {
        if len > SHORT {
            return Finder::new(needle);
        }
        Finder {
            needle: Needle::by_ends(needle),
            budget: Budget::default(),
            forwards: None,
            backwards: None,
        }
    }

    /// Forgets what it has learned. A finder whose search was left in the middle needs this:
    /// it may have learned half a thing.
    #[cold]
    pub fn reset(&mut self) {
        self.budget = Budget::default();
        self.forwards = None;
        self.backwards = None;
    }

    /// Returns the needle.
    #[inline]
    pub fn needle(&self) -> &[u8] {
        self.needle.bytes()
    }

    /// Returns the place of the first match. An empty needle matches at the start.
    pub fn find_in(&mut self, haystack: VolatileSlice<'_>) -> Option<usize> {
        let needle = &self.needle;
        let mut from = 0;
        if needle.bytes().len() > 1 && self.forwards.is_none() {
            match needle.find(haystack, &mut self.budget) {
                Outcome::Match(place) => return Some(place),
                Outcome::NoMatch => return None,
                Outcome::BudgetExceeded(place) => from = place,
            }
        }
        self.find_otherwise(haystack, from)
    }

    /// Returns the place of the last match. An empty needle matches at the end.
    pub fn rfind_in(&mut self, haystack: VolatileSlice<'_>) -> Option<usize> {
        let needle = &self.needle;
        let mut unseen = haystack;
        if needle.bytes().len() > 1 && self.backwards.is_none() {
            match needle.rfind(haystack, &mut self.budget) {
                Outcome::Match(place) => return Some(place),
                Outcome::NoMatch => return None,
                Outcome::BudgetExceeded(place) => {
                    unseen = haystack.first(place + needle.bytes().len() - 1);
                }
            }
        }
        self.rfind_otherwise(unseen)
    }

    /// Calls `found` with the place of every match in order. Returns the first place that
    /// a match in the bytes after this haystack can have.
    ///
    /// A match that begins less than `apart` bytes after the one before it is passed over: 1
    /// finds all matches, the length of the needle those that do not overlap, and more than
    /// that is taken for it. An empty needle matches before each byte and at the end.
    #[inline]
    pub fn each_in(
        &mut self,
        haystack: VolatileSlice<'_>,
        apart: usize,
        mut found: impl FnMut(usize),
    ) -> usize {
        let needle = &self.needle;
        let len = needle.bytes().len();
        if len == 0 {
            (0..=haystack.len()).for_each(found);
            return haystack.len() + 1;
        }
        let apart = apart.clamp(1, len);
        let mut from = 0;
        if self.forwards.is_none() {
            let budget = &mut self.budget;
            let walk = needle.each(haystack, apart, budget, &mut found);
            if !walk.is_over_budget {
                return walk.next;
            }
            from = walk.next;
        }
        self.each_linearly(haystack, from, apart, &mut found)
    }

    /// Finds needles of less than two bytes, and others linearly.
    #[inline(never)]
    fn find_otherwise(&mut self, haystack: VolatileSlice<'_>, from: usize) -> Option<usize> {
        match *self.needle.bytes() {
            [] => Some(0),
            [byte] => byte::find_byte(haystack, byte),
            ref needle => {
                let two_way = self.forwards.get_or_insert_with(|| TwoWay::new(needle));
                two_way.next(needle, haystack, &mut Position::from(from))
            }
        }
    }

    #[inline(never)]
    fn rfind_otherwise(&mut self, haystack: VolatileSlice<'_>) -> Option<usize> {
        match *self.needle.bytes() {
            [] => Some(haystack.len()),
            [byte] => byte::rfind_byte(haystack, byte),
            ref needle => {
                let two_way = self.backwards.get_or_insert_with(|| TwoWay::new(needle));
                let found = two_way.next(needle, haystack, &mut Position::default())?;
                Some(haystack.len() - found - needle.len())
            }
        }
    }

    #[cold]
    fn each_linearly(
        &mut self,
        haystack: VolatileSlice<'_>,
        from: usize,
        apart: usize,
        found: &mut dyn FnMut(usize),
    ) -> usize {
        let needle = self.needle.bytes();
        let two_way = self.forwards.get_or_insert_with(|| TwoWay::new(needle));
        let places = (haystack.len() + 1).saturating_sub(needle.len());
        let mut free = max(places, from);
        let mut position = Position::from(from);
        while let Some(place) = two_way.next(needle, haystack, &mut position) {
            found(place);
            // Position by position, the search keeps what it knows of the last match.
            if apart > 1 {
                position = Position::from(place + apart);
                free = max(places, position.place);
            }
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard_page::GuardedPage;
    use crate::oracle::{Numbers, matches_in};

    fn each(finder: &mut Finder<'_>, haystack: VolatileSlice<'_>, apart: usize) -> Vec<usize> {
        let mut places = Vec::new();
        let next = finder.each_in(haystack, apart, |place| places.push(place));
        assert!(next + finder.needle().len() > haystack.len());
        places
    }

    /// A finder that has exceeded its budget.
    fn linear(needle: &[u8]) -> Finder<'_> {
        Finder {
            forwards: Some(TwoWay::new(needle)),
            backwards: Some(TwoWay::new(needle)),
            ..Finder::new(needle)
        }
    }

    fn check(finder: &mut Finder<'_>, haystack: &[u8], held: VolatileSlice<'_>) {
        let needle = finder.needle().to_vec();
        let all = matches_in(haystack, &needle, 1);
        assert_eq!(finder.find_in(held), all.first().copied());
        assert_eq!(finder.rfind_in(held), all.last().copied());
        assert_eq!(each(finder, held, 1), all);
        let disjoint = matches_in(haystack, &needle, needle.len());
        assert_eq!(each(finder, held, needle.len()), disjoint);
    }

    #[test]
    fn search_for_short_needles_agrees_with_the_oracle() {
        // All needles of up to 6 letters, in a text with all words of 10 letters.
        let [longest, letters_of_words] = if cfg!(miri) { [3, 4] } else { [6, 10] };
        let words = |len: u32| (0..2u32.pow(len)).map(move |word| (word, len));
        let letters = |(word, len): (u32, u32)| -> Vec<u8> {
            (0..len).map(|i| b'a' + (word >> i & 1) as u8).collect()
        };
        let text: Vec<u8> = words(letters_of_words).flat_map(letters).collect();
        for needle in (1..=longest).flat_map(words).map(letters) {
            check(&mut Finder::new(&needle[..]), &text, text[..].into());
            check(&mut linear(&needle), &text, text[..].into());
        }
    }

    #[test]
    fn search_for_random_needles_agrees_with_the_oracle() {
        const ROUNDS: usize = if cfg!(miri) { 3 } else { 5_000 };
        let mut guarded = GuardedPage::new();
        let mut numbers = Numbers::new();
        for _ in 0..ROUNDS {
            let [haystack, needle] = numbers.haystack_and_needle();
            for &at_end in GuardedPage::ENDS {
                let held = guarded.hold(&haystack, at_end);
                check(&mut Finder::new(&needle[..]), &haystack, held);
                check(&mut Finder::for_one(&needle, 0), &haystack, held);
                check(&mut linear(&needle), &haystack, held);
            }
        }
    }

    #[test]
    fn empty_needle_matches_everywhere() {
        let mut finder = Finder::new(Vec::new());
        assert_eq!(finder.find_in(b"ab"[..].into()), Some(0));
        assert_eq!(finder.rfind_in(b"ab"[..].into()), Some(2));
        assert_eq!(each(&mut finder, b"ab"[..].into(), 1), [0, 1, 2]);
    }

    #[test]
    fn haystack_in_parts_stays_linear() {
        let needle = b"ab".repeat(500);
        let miss = [&needle[..998], b"ba"].concat();
        let haystack = [
            miss.repeat(if cfg!(miri) { 4 } else { 100 }),
            needle.clone(),
        ]
        .concat();
        let mut finder = Finder::new(&needle[..]);
        let (mut at, mut places) = (0, Vec::new());
        while at + needle.len() <= haystack.len() {
            let end = haystack.len().min(at + 3000);
            let part = &haystack[at..end];
            at += finder.each_in(part.into(), needle.len(), |place| places.push(at + place));
        }
        assert_eq!(places, [haystack.len() - needle.len()]);
        assert!(finder.forwards.is_some() || cfg!(miri));
    }
}
