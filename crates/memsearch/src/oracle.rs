//! The naive search that tests compare with, and random bytes for it.

/// Returns all matches that begin `apart` bytes or more after the one before.
pub(crate) fn matches_in(haystack: &[u8], needle: &[u8], apart: usize) -> Vec<usize> {
    let (mut at, mut places) = (0, Vec::new());
    while at + needle.len() <= haystack.len() {
        let is_match = haystack[at..].starts_with(needle);
        places.extend(is_match.then_some(at));
        at += if is_match { apart } else { 1 };
    }
    places
}

/// A generator whose numbers are the same in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Numbers {
        Numbers(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn bytes(&mut self, count: usize, alphabet: &[u8]) -> Vec<u8> {
        let letters = (0..count).map(|_| alphabet[self.below(alphabet.len())]);
        letters.collect()
    }

    /// Makes a haystack, and a needle that is often a part of it.
    pub(crate) fn haystack_and_needle(&mut self) -> [Vec<u8>; 2] {
        let alphabet = &b"\0abcdefg"[..1 + self.below(8)];
        let haystack_len = self.below(400);
        let haystack = self.bytes(haystack_len, alphabet);
        let needle_len = 1 + self.below(40);
        let mut needle = self.bytes(needle_len, alphabet);
        if haystack.len() > needle.len() && self.below(2) == 0 {
            let at = self.below(haystack.len() - needle.len());
            needle.copy_from_slice(&haystack[at..at + needle_len]);
        }
        [haystack, needle]
    }
}
