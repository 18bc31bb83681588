//! Numbers, read at any offset.

use std::mem::size_of;

use super::Mmap;
use crate::error::Result;

macro_rules! numbers {
    ($($name:ident -> $number:ident $from:ident $order:literal;)*) => {
        $(
            #[doc = concat!("The `", stringify!($number), "` at `at`, ", $order, " byte first.")]
            ///
            /// # Errors
            ///
            /// `OutOfBounds` if one of its bytes is, `NotReadable`, `Fault`.
            #[inline]
            pub fn $name(&self, at: usize) -> Result<$number> {
                self.read_array::<{ size_of::<$number>() }>(at).map($number::$from)
            }
        )*
    };
}

/// # Reading numbers
///
/// At any offset, aligned or not. Others may write to the file meanwhile: a number is
/// then a mixture of old and new bytes, unless it is read as an atomic
/// ([`as_atomic_u32`](Mmap::as_atomic_u32)).
impl Mmap {
    /// The `N` bytes from `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(16)?;
    /// map.write_at(3, &1.5f64.to_le_bytes())?;
    /// assert_eq!(f64::from_le_bytes(map.read_array(3)?), 1.5);
    /// assert_eq!(map.read_u16_be(9)?, 0xf83f);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_at(at, &mut bytes)?;
        Ok(bytes)
    }

    numbers! {
        read_u16_le -> u16 from_le_bytes "lowest";
        read_u16_be -> u16 from_be_bytes "highest";
        read_u32_le -> u32 from_le_bytes "lowest";
        read_u32_be -> u32 from_be_bytes "highest";
        read_u64_le -> u64 from_le_bytes "lowest";
        read_u64_be -> u64 from_be_bytes "highest";
    }
}
