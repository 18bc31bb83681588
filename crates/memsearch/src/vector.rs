//! Blocks: 64 places that are scanned together, by vectors.
//!
//! # Safety
//!
//! Each byte is loaded once, into a register, and no reference is made (S1, S2). A function
//! asks its caller for S3 (64 bytes from each of its addresses are readable) and for a
//! processor that has the instructions in its name.

#![allow(unsafe_code)]
// Newer compilers find some vector instructions safe that older ones do not.
#![allow(unused_unsafe)]

/// Places of a block.
pub(crate) const PLACES: usize = 64;

/// A byte that a match has at some offset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Probe {
    pub(crate) offset: usize,
    pub(crate) byte: u8,
}

/// A way to scan a block.
pub(crate) trait Block {
    /// Returns one bit for each place from `at` on: 1 if both bytes are right.
    ///
    /// # Safety
    ///
    /// 64 bytes from `at` plus either offset are readable, and the processor has the
    /// instructions.
    unsafe fn hits(at: *const u8, probes: &[Probe; 2]) -> u64;

    /// Has the processor load what is at an address into its caches, if anything is.
    #[inline(always)]
    fn prefetch(_at: *const u8) {}
}

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub(crate) use portable::Portable;

#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod portable {
    use super::{Block, PLACES, Probe};
    use crate::volatile_slice;

    /// Byte by byte, for processors without vectors.
    pub(crate) struct Portable;

    impl Block for Portable {
        #[inline(always)]
        unsafe fn hits(at: *const u8, probes: &[Probe; 2]) -> u64 {
            let [one, other] = probes;
            (0..PLACES).fold(0, |hits, place| {
                let at = at.wrapping_add(place);
                // SAFETY: S3, the caller's promise.
                let first = unsafe { volatile_slice::load(at.wrapping_add(one.offset)) };
                // SAFETY: S3, the caller's promise.
                let second = unsafe { volatile_slice::load(at.wrapping_add(other.offset)) };
                let hit = (first == one.byte) & (second == other.byte);
                hits | u64::from(hit) << place
            })
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{Avx2, Sse2};

#[cfg(target_arch = "x86_64")]
mod x86_64 {
    use std::arch::x86_64::*;

    use super::{Block, PLACES, Probe};

    /// `prefetcht0`.
    #[inline(always)]
    fn prefetch(at: *const u8) {
        // SAFETY: a hint for any address. It loads nothing that the program sees, never faults,
        // and does nothing for memory that is not cached, as that of devices.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(at.cast()) }
    }

    /// Two vectors of 32 bytes.
    pub(crate) struct Avx2;

    impl Block for Avx2 {
        #[inline(always)]
        unsafe fn hits(at: *const u8, probes: &[Probe; 2]) -> u64 {
            let equal = |from: *const u8, probe: &Probe| {
                let from = from.wrapping_add(probe.offset).cast();
                // SAFETY: S3, the caller's promise.
                let bytes = unsafe { _mm256_loadu_si256(from) };
                // SAFETY: the processor has AVX2.
                let wanted = unsafe { _mm256_set1_epi8(probe.byte as i8) };
                // SAFETY: the processor has AVX2.
                unsafe { _mm256_cmpeq_epi8(bytes, wanted) }
            };
            let half = |from: *const u8| {
                let [one, other] = [equal(from, &probes[0]), equal(from, &probes[1])];
                // SAFETY: the processor has AVX2.
                unsafe { _mm256_and_si256(one, other) }
            };
            let bits = |both: __m256i| {
                // SAFETY: the processor has AVX2.
                let bits = unsafe { _mm256_movemask_epi8(both) };
                u64::from(bits as u32)
            };
            let [low, high] = [half(at), half(at.wrapping_add(PLACES / 2))];
            // SAFETY: the processor has AVX2.
            let any = unsafe { _mm256_or_si256(low, high) };
            if bits(any) == 0 {
                return 0;
            }
            bits(low) | bits(high) << (PLACES / 2)
        }

        #[inline(always)]
        fn prefetch(at: *const u8) {
            prefetch(at);
        }
    }

    /// Four vectors of 16 bytes; every processor of this kind has them.
    pub(crate) struct Sse2;

    impl Block for Sse2 {
        #[inline(always)]
        unsafe fn hits(at: *const u8, probes: &[Probe; 2]) -> u64 {
            let equal = |from: *const u8, probe: &Probe| {
                let from = from.wrapping_add(probe.offset).cast();
                // SAFETY: S3, the caller's promise.
                let bytes = unsafe { _mm_loadu_si128(from) };
                // SAFETY: the processor has SSE2.
                let wanted = unsafe { _mm_set1_epi8(probe.byte as i8) };
                // SAFETY: the processor has SSE2.
                unsafe { _mm_cmpeq_epi8(bytes, wanted) }
            };
            let quarter = |from: *const u8| {
                let [one, other] = [equal(from, &probes[0]), equal(from, &probes[1])];
                // SAFETY: the processor has SSE2.
                let both = unsafe { _mm_and_si128(one, other) };
                // SAFETY: the processor has SSE2.
                let hits = unsafe { _mm_movemask_epi8(both) };
                u64::from(hits as u16)
            };
            (0..4).fold(0, |hits, i| {
                hits | quarter(at.wrapping_add(16 * i)) << (16 * i)
            })
        }

        #[inline(always)]
        fn prefetch(at: *const u8) {
            prefetch(at);
        }
    }
}

#[cfg(target_arch = "aarch64")]
pub(crate) use aarch64::Neon;

#[cfg(target_arch = "aarch64")]
mod aarch64 {
    use std::arch::aarch64::*;

    use super::{Block, Probe};

    /// The bit of each byte in the mask of eight.
    const BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

    /// Four vectors of 16 bytes; every processor of this kind has them.
    pub(crate) struct Neon;

    impl Block for Neon {
        #[inline(always)]
        unsafe fn hits(at: *const u8, probes: &[Probe; 2]) -> u64 {
            let equal = |from: *const u8, probe: &Probe| {
                // SAFETY: S3, the caller's promise.
                let bytes = unsafe { vld1q_u8(from.wrapping_add(probe.offset)) };
                // SAFETY: the processor has NEON.
                let wanted = unsafe { vdupq_n_u8(probe.byte) };
                // SAFETY: the processor has NEON.
                unsafe { vceqq_u8(bytes, wanted) }
            };
            // SAFETY: the constant has 16 bytes.
            let bits = unsafe { vld1q_u8(BITS.as_ptr()) };
            let quarter = |i: usize| {
                let from = at.wrapping_add(16 * i);
                let [one, other] = [equal(from, &probes[0]), equal(from, &probes[1])];
                // SAFETY: the processor has NEON.
                let both = unsafe { vandq_u8(one, other) };
                // SAFETY: the processor has NEON.
                unsafe { vandq_u8(both, bits) }
            };
            // Each addition of neighbours halves the bytes and joins their bits.
            // SAFETY: the processor has NEON.
            let low = unsafe { vpaddq_u8(quarter(0), quarter(1)) };
            // SAFETY: the processor has NEON.
            let high = unsafe { vpaddq_u8(quarter(2), quarter(3)) };
            // SAFETY: the processor has NEON.
            let sum = unsafe { vpaddq_u8(low, high) };
            // SAFETY: the processor has NEON.
            let sum = unsafe { vpaddq_u8(sum, sum) };
            // SAFETY: the processor has NEON.
            unsafe { vgetq_lane_u64::<0>(vreinterpretq_u64_u8(sum)) }
        }
    }
}
