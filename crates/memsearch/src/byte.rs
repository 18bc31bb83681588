//! Searches for one byte, by `memchr`'s searchers on raw pointers.
//!
//! # Safety
//!
//! A [`VolatileSlice`] stands for S3. The searchers work on raw pointers and make no
//! reference (S1).

#![allow(unsafe_code)]
// Processors without vectors have one way, and leave no block early.
#![allow(unused_labels)]

use memchr::arch;

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
#[inline]
pub fn find_byte(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    let [start, end] = haystack.ends();
    let found = fastest!(find_raw(byte, start, end) -> Option<*const u8>);
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
