//! What looking and comparing has cost a search so far, and what it has learned.

use super::block::Probe;

/// How many comparisons of a word are paid for before any is saved: so many that a
/// few candidates may be compared whole, whatever the needle.
const CREDIT: usize = 4096;

/// How many lessons are remembered.
const LESSONS: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Effort {
    pub(super) looked_at: usize,
    compared: usize,
    /// Where candidates were wrong: what tells most of the next ones from matches.
    lessons: [[Probe; 2]; LESSONS / 2],
    learned: usize,
}

impl Effort {
    /// One word has been compared.
    #[inline(always)]
    pub(super) fn compare(&mut self) {
        self.compared += 1;
    }

    #[cfg(test)]
    pub(super) fn compared(&self) -> usize {
        self.compared
    }

    /// To compare takes about as long as to look at this many bytes, many times
    /// over; a search that is linear takes about half a nanosecond for a byte.
    #[inline(always)]
    pub(super) fn is_too_much(&self, looked_at_since: usize, needle_len: usize) -> bool {
        self.compared > (self.looked_at + looked_at_since) / 2 + CREDIT + needle_len
    }

    pub(super) fn learn(&mut self, lesson: Probe) {
        let pair = &mut self.lessons[self.learned / 2 % (LESSONS / 2)];
        // Until the next lesson both places of a pair say the same.
        pair[1] = lesson;
        if self.learned % 2 == 0 {
            pair[0] = lesson;
        }
        self.learned += 1;
    }

    /// The lessons, in pairs.
    #[inline(always)]
    pub(super) fn lessons(&self) -> &[[Probe; 2]] {
        &self.lessons[..self.learned.min(LESSONS).div_ceil(2)]
    }
}
