//! The bytes a search has scanned, the words it has compared, and what it has learned.

use crate::vector::Probe;

/// Comparisons of a word that are allowed before any byte is scanned: enough to compare
/// a few candidates whole.
const CREDIT: usize = 4096;

/// Probes that are remembered.
const MAX_LEARNED: usize = 8;

#[derive(Clone, Debug, Default)]
pub(crate) struct Budget {
    pub(crate) scanned: usize,
    compared: usize,
    /// Offsets at which candidates were wrong: they tell most of the next ones from matches.
    probes: [[Probe; 2]; MAX_LEARNED / 2],
    learned: usize,
}

impl Budget {
    /// Counts the comparison of one word.
    #[inline(always)]
    pub(crate) fn spend(&mut self) {
        self.compared += 1;
    }

    #[cfg(test)]
    pub(crate) fn compared(&self) -> usize {
        self.compared
    }

    /// Returns true if more words were compared than the scanned bytes pay for.
    ///
    /// Two bytes pay for one word: a linear search takes about half a nanosecond for a byte,
    /// and a comparison about one.
    #[inline(always)]
    pub(crate) fn is_exceeded(&self, scanned_since: usize, needle_len: usize) -> bool {
        self.compared > (self.scanned + scanned_since) / 2 + CREDIT + needle_len
    }

    pub(crate) fn learn(&mut self, probe: Probe) {
        let pair = &mut self.probes[self.learned / 2 % (MAX_LEARNED / 2)];
        // Until the next probe both places of a pair hold the same.
        pair[1] = probe;
        if self.learned % 2 == 0 {
            pair[0] = probe;
        }
        self.learned += 1;
    }

    /// Returns the learned probes, in pairs.
    #[inline(always)]
    pub(crate) fn learned_probes(&self) -> &[[Probe; 2]] {
        &self.probes[..self.learned.min(MAX_LEARNED).div_ceil(2)]
    }
}
