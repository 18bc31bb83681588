//! A needle, and the two of its bytes that are likely to be rare.
//!
//! # Safety
//!
//! Loads from volatile memory, by address; no reference into it is made (S1). The bytes
//! of a candidate were loaded before, which S2 allows because memory safety does not
//! depend on either value: what others change meanwhile is a match or not. A function
//! asks its caller for S3: the bytes at the address are readable.

#![allow(unsafe_code)]

use std::borrow::Cow;
use std::cmp::min;

use memchr::arch::all::packedpair::Pair;

use crate::budget::Budget;
use crate::cpu::Isa;
use crate::vector::Probe;
use crate::volatile_slice;

/// A needle that is prepared for a search.
#[derive(Clone, Debug)]
pub(crate) struct Needle<'n> {
    bytes: Cow<'n, [u8]>,
    /// Their offsets are less than the needle's length, if it is not empty.
    probes: [Probe; 2],
    pub(crate) isa: Isa,
}

impl<'n> Needle<'n> {
    #[inline]
    pub(crate) fn new(bytes: Cow<'n, [u8]>) -> Needle<'n> {
        Needle::by(Isa::fastest(), bytes)
    }

    #[inline]
    pub(crate) fn by(isa: Isa, bytes: Cow<'n, [u8]>) -> Needle<'n> {
        let probes = rare_bytes(&bytes);
        Needle { bytes, probes, isa }
    }

    /// Looks for its first and its last byte, however frequent they are.
    #[inline]
    pub(crate) fn by_ends(bytes: &'n [u8]) -> Needle<'n> {
        let last = bytes.len().saturating_sub(1);
        let probe = |offset| bytes.get(offset).map(|&byte| Probe { offset, byte });
        Needle {
            bytes: Cow::Borrowed(bytes),
            probes: [0, last].map(|offset| probe(offset).unwrap_or_default()),
            isa: Isa::fastest(),
        }
    }

    #[inline(always)]
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    #[inline(always)]
    pub(crate) fn probes(&self) -> &[Probe; 2] {
        &self.probes
    }

    /// Returns true if the bytes at an address are the needle's. The probes have matched.
    ///
    /// # Safety
    ///
    /// The needle's length of bytes is readable there (S3).
    #[inline(always)]
    pub(crate) unsafe fn matches_at(&self, at: *const u8, budget: &mut Budget) -> bool {
        match self.bytes.len() {
            // The probes are all of it.
            ..=2 => true,
            // SAFETY: the caller's promise.
            3 => unsafe { self.first_wrong_word::<2>(at, budget) }.is_none(),
            // SAFETY: the caller's promise.
            4..8 => unsafe { self.first_wrong_word::<4>(at, budget) }.is_none(),
            // SAFETY: the caller's promise.
            _ => unsafe { self.first_wrong_word::<8>(at, budget) }.is_none(),
        }
    }

    /// Learns a probe from a byte that is wrong at an address, if there is one.
    ///
    /// # Safety
    ///
    /// The needle's length of bytes is readable there (S3).
    #[inline(never)]
    pub(crate) unsafe fn learn_from(&self, at: *const u8, budget: &mut Budget) -> Option<Probe> {
        let is_wrong = |offset: &usize| {
            // SAFETY: S3, the caller's promise.
            self.bytes[*offset] != unsafe { volatile_slice::load(at.wrapping_add(*offset)) }
        };
        let word = min(8, self.bytes.len());
        let wrong = match word {
            // SAFETY: S3, the caller's promise.
            8 => unsafe { self.first_wrong_word::<8>(at, budget) },
            _ => Some(0),
        };
        let offset = wrong.and_then(|first| (first..first + word).find(is_wrong))?;
        let probe = Probe {
            offset,
            byte: self.bytes[offset],
        };
        budget.learn(probe);
        Some(probe)
    }

    /// Returns the offset of the first word that is wrong at an address. The needle has one
    /// word at least; its last one may overlap the one before it.
    ///
    /// # Safety
    ///
    /// The needle's length of bytes is readable there (S3).
    #[inline(always)]
    unsafe fn first_wrong_word<const WORD: usize>(
        &self,
        at: *const u8,
        budget: &mut Budget,
    ) -> Option<usize> {
        let last = self.bytes.len() - WORD;
        (0..last).step_by(WORD).chain([last]).find(|&i| {
            budget.spend();
            let at = at.wrapping_add(i).cast::<[u8; WORD]>();
            // SAFETY: S3, the caller's promise: a word's bytes from `i` on.
            let word = unsafe { at.read_unaligned() };
            word != self.bytes[i..i + WORD]
        })
    }
}

/// Chooses two bytes of a needle that are likely to be rare.
fn rare_bytes(needle: &[u8]) -> [Probe; 2] {
    let Some(last) = needle.len().checked_sub(1) else {
        return [Probe::default(); 2];
    };
    let pair = Pair::new(needle).map_or([0, last], |pair| {
        [usize::from(pair.index1()), usize::from(pair.index2())]
    });
    let [one, other] = pair;
    // Two equal bytes tell more if they are far apart.
    let pair = if needle[one] == needle[other] {
        [0, last]
    } else {
        pair
    };
    pair.map(|offset| Probe {
        offset,
        byte: needle[offset],
    })
}
