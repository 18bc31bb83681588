//! Aligned numbers, each loaded, stored or changed by one access.
//!
//! # Safety
//!
//! * Only `aligned` makes a pointer, after a check of the bounds. It is used only under the borrow it
//!   was made from. So S7 and S8 are all that `volatile/atomic.rs` asks for (S3).
//! * Stores and changes take `&Region`, beside loads by other threads (S11). So each asks its caller
//!   that no reference to the number's bytes exists, but to an atomic.

#![allow(unsafe_code)]

use super::Region;
use crate::error::{Cause, Error, Result};
use crate::range;
use crate::volatile::AtomicNumber;

impl Region {
    pub(crate) fn load<N: AtomicNumber>(&self, at: usize) -> Result<N> {
        self.require_readable()?;
        if size_of::<N>() > size_of::<usize>() {
            // Such a load may be an exchange.
            self.require_writable()?;
        }
        let from = self.aligned::<N>(at)?;
        // SAFETY: S7: readable as just checked, and aligned.
        let number = self.catch_fault(at, || unsafe { N::load(from) })?;
        self.check_loaded(at, size_of::<N>())?;
        Ok(number)
    }

    /// # Safety
    ///
    /// No reference to the number's bytes exists, but to an atomic.
    pub(crate) unsafe fn store<N: AtomicNumber>(&self, at: usize, number: N) -> Result<()> {
        self.require_writable()?;
        let to = self.aligned::<N>(at)?;
        // SAFETY: S7: writable as just checked, and aligned; the caller's promise.
        self.catch_fault(at, || unsafe { N::store(to, number) })?;
        self.check_stored(at, size_of::<N>())
    }

    /// Returns the number from before.
    ///
    /// # Safety
    ///
    /// No reference to the number's bytes exists, but to an atomic.
    pub(crate) unsafe fn fetch_add<N: AtomicNumber>(&self, at: usize, number: N) -> Result<N> {
        let place = self.changeable::<N>(at)?;
        // SAFETY: S7: readable and writable as just checked, and aligned; the caller's promise.
        let before = self.catch_fault(at, || unsafe { N::fetch_add(place, number) })?;
        self.check_copied(at, at, size_of::<N>())?;
        Ok(before)
    }

    /// Returns the number from before.
    ///
    /// # Safety
    ///
    /// No reference to the number's bytes exists, but to an atomic.
    pub(crate) unsafe fn compare_exchange<N: AtomicNumber>(
        &self,
        at: usize,
        expected: N,
        new: N,
    ) -> Result<N> {
        let place = self.changeable::<N>(at)?;
        // SAFETY: S7: readable and writable as just checked, and aligned; the caller's promise.
        let exchange = || unsafe { N::compare_exchange(place, expected, new) };
        let before = self.catch_fault(at, exchange)?;
        self.check_copied(at, at, size_of::<N>())?;
        Ok(before)
    }

    fn changeable<N: AtomicNumber>(&self, at: usize) -> Result<*mut u8> {
        self.require_readable()?;
        self.require_writable()?;
        self.aligned::<N>(at)
    }

    /// Returns the address of a number.
    fn aligned<N: AtomicNumber>(&self, at: usize) -> Result<*mut u8> {
        let bytes = size_of::<N>();
        range::span(at, bytes, self.len)?;
        let address = self.start.as_ptr().wrapping_add(at);
        match address.addr() % bytes {
            0 => Ok(address),
            _ => Err(self.misaligned(at, bytes)),
        }
    }

    #[cold]
    fn misaligned(&self, at: usize, bytes: usize) -> Error {
        // The mapping begins at a multiple of a page, in memory and in the file.
        let text = match self.head_padding {
            0 => text!("offset {at} must be a multiple of {bytes}"),
            _ => text!(
                "offset {at} is byte {} of the file, which must be a multiple of {bytes}",
                self.layout.file_offset() + at as u64,
            ),
        };
        Error::new(Cause::InvalidInput(text))
    }
}
