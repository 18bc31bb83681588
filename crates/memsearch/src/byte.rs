//! Searches for one byte, by `memchr`'s searchers on raw pointers.
//!
//! # Safety
//!
//! A [`VolatileSlice`] stands for S3. The searchers work on raw pointers and make no
//! reference (S1).

#![allow(unsafe_code)]
// Processors without vectors have one way, and leave no block early.
#![allow(unused_labels)]

#[cfg(target_arch = "x86_64")]
use std::cmp::min;

use memchr::arch;

#[cfg(target_arch = "x86_64")]
use crate::vector::{Avx2, Block, PLACES, Probe};
use crate::volatile_slice::VolatileSlice;

/// Runs a method of the fastest searcher that this processor has.
macro_rules! fastest {
    ($method:ident($byte:ident, $start:ident, $end:ident) -> $result:ty) => {
        'found: {
            #[cfg(target_arch = "x86_64")]
            if std::arch::is_x86_feature_detected!("avx2") {
                /// # Safety
                ///
                /// S3, S1, and the processor has AVX2.
                #[target_feature(enable = "avx2")]
                unsafe fn with_avx2(byte: u8, start: *const u8, end: *const u8) -> $result {
                    // SAFETY: the processor has AVX2.
                    let searcher = unsafe { arch::x86_64::avx2::memchr::One::new_unchecked(byte) };
                    // SAFETY: S3, S1.
                    unsafe { searcher.$method(start, end) }
                }
                // SAFETY: S3, S1; the processor has AVX2, as just checked.
                break 'found unsafe { with_avx2($byte, $start, $end) };
            }
            #[cfg(target_arch = "x86_64")]
            if let Some(searcher) = arch::x86_64::sse2::memchr::One::new($byte) {
                // SAFETY: S3, S1.
                break 'found unsafe { searcher.$method($start, $end) };
            }
            #[cfg(target_arch = "aarch64")]
            if let Some(searcher) = arch::aarch64::neon::memchr::One::new($byte) {
                // SAFETY: S3, S1.
                break 'found unsafe { searcher.$method($start, $end) };
            }
            let searcher = arch::all::memchr::One::new($byte);
            // SAFETY: S3, S1.
            unsafe { searcher.$method($start, $end) }
        }
    };
}

/// Returns the index of the first `byte`.
#[inline(always)]
pub fn find_byte(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as just checked.
        return unsafe { find_byte_with_avx2(haystack, byte) };
    }
    find_byte_without_avx2(haystack, byte)
}

#[inline(never)]
fn find_byte_without_avx2(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    let [start, end] = haystack.ends();
    let found = fastest!(find_raw(byte, start, end) -> Option<*const u8>);
    found.map(|at| at.addr() - start.addr())
}

/// The number of blocks that are looked at before `memchr`'s loop, which takes longer to enter.
#[cfg(target_arch = "x86_64")]
const NEAR: usize = 4;

/// # Safety
///
/// The processor has AVX2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn find_byte_with_avx2(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    let [start, end] = haystack.ends();
    let probes = [Probe { offset: 0, byte }; 2];
    let near = PLACES * min(NEAR, haystack.len() / PLACES);
    for at in (0..near).step_by(PLACES) {
        // SAFETY: S3: the block is the haystack's; the processor is the caller's promise.
        let hits = unsafe { Avx2::hits(start.wrapping_add(at), &probes) };
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize);
        }
    }
    // SAFETY: the caller's promise.
    let searcher = unsafe { arch::x86_64::avx2::memchr::One::new_unchecked(byte) };
    // SAFETY: S3, S1.
    let found = unsafe { searcher.find_raw(start.wrapping_add(near), end) };
    found.map(|at| at.addr() - start.addr())
}

/// Returns the index of the last `byte`.
#[inline]
pub fn rfind_byte(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    let [start, end] = haystack.ends();
    let found = fastest!(rfind_raw(byte, start, end) -> Option<*const u8>);
    found.map(|at| at.addr() - start.addr())
}

/// Returns how many times `byte` is in the haystack.
#[inline]
pub fn count_byte(haystack: VolatileSlice<'_>, byte: u8) -> usize {
    let [start, end] = haystack.ends();
    fastest!(count_raw(byte, start, end) -> usize)
}
