//! Every match of a needle that overlaps itself, in one pass over the bytes, by
//! Knuth, Morris and Pratt: <https://doi.org/10.1137/0206024>.

use std::collections::TryReserveError;

/// A needle, and how much of it the bytes so far end with.
pub struct Kmp<'n> {
    needle: &'n [u8],
    /// For each length of a beginning of the needle, how much of it is its end, too,
    /// without being all of it.
    lens: Vec<usize>,
    matched: usize,
}

impl<'n> Kmp<'n> {
    pub fn new(needle: &'n [u8]) -> Result<Kmp<'n>, TryReserveError> {
        let mut lens = Vec::new();
        lens.try_reserve(needle.len() + 1)?;
        lens.extend([0, 0]);
        let mut len = 0;
        for &byte in &needle[1..] {
            len = longer(needle, &lens, len, byte);
            lens.push(len);
        }
        Ok(Kmp {
            needle,
            lens,
            matched: 0,
        })
    }

    /// Takes the next byte; whether a match ends with it.
    #[inline]
    pub fn matches_at(&mut self, byte: u8) -> bool {
        self.matched = longer(self.needle, &self.lens, self.matched, byte);
        let is_match = self.matched == self.needle.len();
        if is_match {
            self.matched = self.lens[self.matched];
        }
        is_match
    }
}

/// How much of the needle there is at the end of `byte`, where there were `len` bytes
/// of it, not all, in front.
#[inline]
fn longer(needle: &[u8], lens: &[usize], mut len: usize, byte: u8) -> usize {
    while needle[len] != byte {
        if len == 0 {
            return 0;
        }
        len = lens[len];
    }
    len + 1
}

#[cfg(test)]
mod tests {
    use super::Kmp;

    fn ends(needle: &[u8], bytes: &[u8]) -> Vec<usize> {
        let mut kmp = Kmp::new(needle).unwrap();
        let is_match = |&at: &usize| kmp.matches_at(bytes[at]);
        (0..bytes.len()).filter(is_match).collect()
    }

    #[test]
    fn every_match_ends_where_the_naive_search_says() {
        // All needles of up to 6 letters, in a text that has all of 10 letters; Miri takes
        // some thousand times as long.
        let [longest, letters_of_words] = if cfg!(miri) { [3, 5] } else { [6, 10] };
        let words = |len: u32| (0..2u32.pow(len)).map(move |word| (word, len));
        let letters = |(word, len): (u32, u32)| -> Vec<u8> {
            (0..len).map(|i| b'a' + (word >> i & 1) as u8).collect()
        };
        let text: Vec<u8> = words(letters_of_words).flat_map(letters).collect();
        for needle in (1..=longest).flat_map(words).map(letters) {
            let expected: Vec<usize> = (0..text.len())
                .filter(|&at| text[..=at].ends_with(&needle))
                .collect();
            assert_eq!(ends(&needle, &text), expected);
        }
    }
}
