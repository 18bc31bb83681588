//! Loads from mapped memory and stores to it, except the loads of searches (`memsearch`).
//!
//! # Safety
//!
//! Mapped memory changes at any time: other processes write to the file, and this one may
//! write through raw pointers. This file keeps two rules (SAFETY.md: S1, S2):
//!
//! 1. No reference into mapped memory is made except to an atomic, only raw pointers.
//! 2. A byte is loaded once, into private memory, and only the copy is used. Loads of single
//!    bytes are volatile. Where no look for damage follows a load (B3), loads of numbers are
//!    volatile, too, and a fence follows longer ones, so that the compiler cannot load them
//!    twice.
//!
//! Every function asks its caller for S3: the bytes it names are mapped, with the protection
//! that the access needs, until it returns.

#![allow(unsafe_code)]

mod atomic;

use std::cmp;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering, compiler_fence};

pub use atomic::AtomicNumber;

/// Loads one byte.
///
/// # Safety
///
/// `at` is mapped readable memory.
#[inline]
pub(crate) unsafe fn load(at: *const u8) -> u8 {
    // SAFETY: S3; a byte has no alignment.
    unsafe { ptr::read_volatile(at) }
}

/// Stores one byte.
///
/// # Safety
///
/// `at` is mapped writable memory.
#[inline]
pub(crate) unsafe fn store(at: *mut u8, byte: u8) {
    // SAFETY: S3; a byte has no alignment.
    unsafe { ptr::write_volatile(at, byte) }
}

/// A number at any address. A volatile load of it is one load, where one of `[u8; 8]` would be
/// eight.
#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Unaligned<T>(T);

/// Loads `N` bytes.
///
/// # Safety
///
/// `N` bytes from `from` are mapped readable memory.
#[inline]
pub(crate) unsafe fn load_array<const N: usize>(from: *const u8) -> [u8; N] {
    let mut bytes = [0; N];
    match N {
        // SAFETY: S3.
        1 => bytes.fill(unsafe { load(from) }),
        2 => {
            // SAFETY: S3; packed, so it has no alignment.
            let Unaligned(number) = unsafe { from.cast::<Unaligned<u16>>().read_volatile() };
            bytes.copy_from_slice(&number.to_ne_bytes());
        }
        4 => {
            // SAFETY: S3; packed, so it has no alignment.
            let Unaligned(number) = unsafe { from.cast::<Unaligned<u32>>().read_volatile() };
            bytes.copy_from_slice(&number.to_ne_bytes());
        }
        8 => {
            // SAFETY: S3; packed, so it has no alignment.
            let Unaligned(number) = unsafe { from.cast::<Unaligned<u64>>().read_volatile() };
            bytes.copy_from_slice(&number.to_ne_bytes());
        }
        _ => {
            // SAFETY: S3; bytes have no alignment.
            bytes = unsafe { from.cast::<[u8; N]>().read() };
            forbid_reload();
        }
    }
    bytes
}

/// Stores `N` bytes.
///
/// # Safety
///
/// `N` bytes from `to` are mapped writable memory.
#[inline]
pub(crate) unsafe fn store_array<const N: usize>(to: *mut u8, bytes: [u8; N]) {
    // SAFETY: S3; bytes have no alignment.
    unsafe { to.cast::<[u8; N]>().write(bytes) }
}

/// Keeps the compiler from loading again, after this, what was copied before: a signal handler
/// may have changed it in between (B3).
#[inline(always)]
pub(crate) fn forbid_reload() {
    compiler_fence(Ordering::SeqCst);
}

/// Compares mapped bytes with as many private ones, like slices.
///
/// # Safety
///
/// `other.len()` bytes from `from` are mapped readable memory.
#[inline]
pub(crate) unsafe fn compare(from: *const u8, other: &[u8]) -> cmp::Ordering {
    let Some(last) = other.len().checked_sub(8) else {
        // SAFETY: S3, the caller's promise.
        return unsafe { compare_bytes(from, other) };
    };
    let word = |at: usize| {
        // SAFETY: S3: eight of as many bytes as `other` has.
        let ours = unsafe { load_array(from.wrapping_add(at)) };
        let theirs = other[at..].first_chunk().expect("eight bytes from `at` on");
        u64::from_be_bytes(ours).cmp(&u64::from_be_bytes(*theirs))
    };
    let mut at = 0;
    while at < last {
        match word(at) {
            cmp::Ordering::Equal => at += 8,
            unequal => return unequal,
        }
    }
    // It may have bytes of the word before it, which were equal.
    word(last)
}

/// Compares single bytes.
///
/// # Safety
///
/// That of [`compare`].
unsafe fn compare_bytes(from: *const u8, other: &[u8]) -> cmp::Ordering {
    for (at, byte) in other.iter().enumerate() {
        // SAFETY: S3: as many bytes as `other` has.
        match unsafe { load(from.wrapping_add(at)) }.cmp(byte) {
            cmp::Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    cmp::Ordering::Equal
}

/// Makes the page of a byte ready for stores. Exchanges the byte for itself in one step,
/// because others may store to it at the same time.
///
/// # Safety
///
/// `at` is mapped writable memory.
#[inline]
pub(crate) unsafe fn touch(at: *mut u8) {
    // SAFETY: S3; others change an atomic as they like (S1).
    let byte = unsafe { AtomicU8::from_ptr(at) };
    let now = byte.load(Ordering::Relaxed);
    // If the byte has changed, the store that changed it has made the page ready.
    let _ = byte.compare_exchange(now, now, Ordering::Relaxed, Ordering::Relaxed);
}

/// Copies mapped bytes into private memory. Returns it as initialised.
///
/// # Safety
///
/// `into.len()` bytes from `from` are mapped readable memory.
#[inline]
pub(crate) unsafe fn copy_out(from: *const u8, into: &mut [MaybeUninit<u8>]) -> &mut [u8] {
    // SAFETY: S3 for the source; the target is a borrow of private memory
    // (S1), so the two cannot overlap.
    unsafe { ptr::copy_nonoverlapping(from, into.as_mut_ptr().cast(), into.len()) };
    // SAFETY: the copy above has initialised every byte of `into`.
    unsafe { &mut *(ptr::from_mut(into) as *mut [u8]) }
}

/// Copies mapped bytes into private memory that is initialised.
///
/// # Safety
///
/// `into.len()` bytes from `from` are mapped readable memory.
#[inline]
pub(crate) unsafe fn copy_over(from: *const u8, into: &mut [u8]) {
    let into = ptr::from_mut(into) as *mut [MaybeUninit<u8>];
    // SAFETY: the same bytes, borrowed as before; none is left uninitialised.
    let into = unsafe { &mut *into };
    // SAFETY: S3, the caller's promise.
    unsafe { copy_out(from, into) };
}

/// Copies bytes into mapped memory, or out of it to memory that others may change. Source and
/// target may overlap.
///
/// # Safety
///
/// `count` bytes from `from` are readable, and `count` bytes from `to` are writable memory;
/// one of the two is mapped.
#[inline]
pub(crate) unsafe fn copy_in(from: *const u8, to: *mut u8, count: usize) {
    // SAFETY: S3 for the target, the caller's promise for the source.
    unsafe { ptr::copy(from, to, count) }
}

/// Loads the bytes at `from`, `from + step`, … into private memory.
///
/// # Safety
///
/// Each of the `into.len()` addresses is mapped readable memory of one region.
pub(crate) unsafe fn gather(from: *const u8, step: isize, into: &mut [MaybeUninit<u8>]) {
    if step == -1 && !into.is_empty() {
        // A copy that is reversed is several times faster than loads backwards.
        let first = from.wrapping_sub(into.len() - 1);
        // SAFETY: S3: these are the caller's addresses, in ascending order.
        unsafe { copy_out(first, into) }.reverse();
        return;
    }
    let mut at = from;
    for byte in into {
        // SAFETY: S3: `at` is one of the caller's addresses.
        byte.write(unsafe { load(at) });
        // The step past the last byte may leave the region.
        at = at.wrapping_offset(step);
    }
}

/// Stores `count` bytes from `from` at `to`, `to + step`, ….
///
/// # Safety
///
/// `count` bytes from `from` are readable and not the region's own; each of the `count`
/// addresses is mapped writable memory of one region.
pub(crate) unsafe fn scatter(from: *const u8, count: usize, to: *mut u8, step: isize) {
    let mut at = to;
    for i in 0..count {
        // SAFETY: the caller's promise; `i < count`.
        let from = unsafe { from.add(i) };
        // SAFETY: the caller's promise. Others may write to the source, so it is no slice.
        let byte = unsafe { load(from) };
        // SAFETY: S3: `at` is one of the caller's addresses.
        unsafe { store(at, byte) };
        // The step past the last byte may leave the region.
        at = at.wrapping_offset(step);
    }
}

/// Sets `count` bytes to `byte`.
///
/// # Safety
///
/// `count` bytes from `to` are mapped writable memory.
pub(crate) unsafe fn fill(to: *mut u8, byte: u8, count: usize) {
    // SAFETY: S3; a byte has no alignment.
    unsafe { ptr::write_bytes(to, byte, count) }
}
