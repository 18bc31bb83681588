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
    ($method:ident($byte:ident, $start:ident, $end:ident)) => {
        'found: {
            #[cfg(target_arch = "x86_64")]
            if let Some(searcher) = arch::x86_64::avx2::memchr::One::new($byte) {
                // SAFETY: S3, S1.
                break 'found unsafe { searcher.$method($start, $end) };
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
    let found = fastest!(find_raw(byte, start, end));
    found.map(|at| at.addr() - start.addr())
}

/// Returns the index of the last `byte`.
#[inline]
pub fn rfind_byte(haystack: VolatileSlice<'_>, byte: u8) -> Option<usize> {
    let [start, end] = haystack.ends();
    let found = fastest!(rfind_raw(byte, start, end));
    found.map(|at| at.addr() - start.addr())
}

/// Returns how many times `byte` is in the haystack.
#[inline]
pub fn count_byte(haystack: VolatileSlice<'_>, byte: u8) -> usize {
    let [start, end] = haystack.ends();
    fastest!(count_raw(byte, start, end))
}
