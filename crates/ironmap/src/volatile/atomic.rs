//! Numbers in mapped memory that are loaded, stored and changed by one access of their size.
//!
//! # Safety
//!
//! Every function asks its caller for S3, and for an address that is a multiple of the number's
//! size. Others change an atomic as they like (S1).

#![allow(unsafe_code)]

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU16, AtomicU32, AtomicU64, fence};

mod sealed {
    pub trait Access: Copy {
        /// # Safety
        ///
        /// `from` is aligned, mapped readable memory.
        unsafe fn load(from: *const u8) -> Self;

        /// # Safety
        ///
        /// `to` is aligned, mapped writable memory.
        unsafe fn store(to: *mut u8, number: Self);

        /// # Safety
        ///
        /// `at` is aligned, mapped memory that is readable and writable.
        unsafe fn fetch_add(at: *mut u8, number: Self) -> Self;

        /// # Safety
        ///
        /// `at` is aligned, mapped memory that is readable and writable.
        unsafe fn compare_exchange(at: *mut u8, expected: Self, new: Self) -> Self;
    }
}

/// A number that [`AtomicExt`](crate::raw::AtomicExt) loads, stores and changes by one access of its
/// size, in native byte order.
pub trait AtomicNumber: sealed::Access {}

macro_rules! numbers {
    ($($number:ident $atomic:ident;)*) => {
        $(
            impl AtomicNumber for $number {}

            impl sealed::Access for $number {
                #[inline]
                unsafe fn load(from: *const u8) -> $number {
                    // SAFETY: S3; aligned.
                    let atomic = unsafe { &*from.cast::<$atomic>() };
                    // Only relaxed loads of at most a pointer's size are promised to work on memory
                    // that can only be read.
                    let number = atomic.load(Relaxed);
                    fence(Acquire);
                    number
                }

                #[inline]
                unsafe fn store(to: *mut u8, number: $number) {
                    // SAFETY: S3; aligned.
                    let atomic = unsafe { &*to.cast::<$atomic>() };
                    // A stronger order is an exchange on x86, which also loads.
                    atomic.store(number, Release);
                }

                #[inline]
                unsafe fn fetch_add(at: *mut u8, number: $number) -> $number {
                    // SAFETY: S3; aligned.
                    let atomic = unsafe { &*at.cast::<$atomic>() };
                    atomic.fetch_add(number, AcqRel)
                }

                #[inline]
                unsafe fn compare_exchange(
                    at: *mut u8,
                    expected: $number,
                    new: $number,
                ) -> $number {
                    // SAFETY: S3; aligned.
                    let atomic = unsafe { &*at.cast::<$atomic>() };
                    match atomic.compare_exchange(expected, new, AcqRel, Acquire) {
                        Ok(before) | Err(before) => before,
                    }
                }
            }
        )*
    };
}

numbers! {
    u8 AtomicU8;
    u16 AtomicU16;
    u32 AtomicU32;
    u64 AtomicU64;
}
