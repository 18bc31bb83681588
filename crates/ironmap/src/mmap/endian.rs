//! Numbers, read and written at any offset.

use super::Mmap;
use crate::error::Result;

macro_rules! numbers {
    ($($read:ident $write:ident $number:ident $from:ident $to:ident $order:literal;)*) => {
        $(
            #[doc = concat!("Reads a `", stringify!($number), "` at index `at`, ", $order, " byte first.")]
            ///
            /// # Errors
            ///
            /// `OutOfBounds` if one of its bytes is, `NotReadable`, `Fault`.
            ///
            /// ```
            /// let mut map = ironmap::Mmap::anonymous(16)?;
            #[doc = concat!("map.", stringify!($write), "(3, 42 as ", stringify!($number), ")?;")]
            #[doc = concat!("assert_eq!(map.", stringify!($read), "(3)?, 42 as ", stringify!($number), ");")]
            /// # Ok::<(), ironmap::Error>(())
            /// ```
            #[inline]
            pub fn $read(&self, at: usize) -> Result<$number> {
                self.read_array::<{ size_of::<$number>() }>(at).map($number::$from)
            }

            #[doc = concat!("Writes a `", stringify!($number), "` at index `at`, ", $order, " byte first.")]
            ///
            /// # Errors
            ///
            /// Those of [`write_at`](Mmap::write_at): `OutOfBounds` if one of its bytes is,
            /// `NotWritable`, `Fault`.
            ///
            /// ```
            /// let mut map = ironmap::Mmap::anonymous(16)?;
            #[doc = concat!("map.", stringify!($write), "(3, 42 as ", stringify!($number), ")?;")]
            #[doc = concat!("assert_eq!(map.read_array(3)?, (42 as ", stringify!($number), ").", stringify!($to), "());")]
            /// # Ok::<(), ironmap::Error>(())
            /// ```
            #[inline]
            pub fn $write(&mut self, at: usize, number: $number) -> Result<()> {
                self.write_at(at, &number.$to())
            }
        )*
    };
}

/// # Numbers
///
/// At any index, aligned or not. If another process writes to the file at the same time, a
/// number can be a mixture of old and new bytes; atomics
/// ([`as_atomic_u32`](Mmap::as_atomic_u32)) cannot.
impl Mmap {
    /// Returns the `N` bytes from index `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `Fault`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let magic: [u8; 4] = map.read_array(0)?;
    /// assert_eq!(&magic, b"[pac");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_at(at, &mut bytes)?;
        Ok(bytes)
    }

    numbers! {
        read_u16_le write_u16_le u16 from_le_bytes to_le_bytes "lowest";
        read_u16_be write_u16_be u16 from_be_bytes to_be_bytes "highest";
        read_u32_le write_u32_le u32 from_le_bytes to_le_bytes "lowest";
        read_u32_be write_u32_be u32 from_be_bytes to_be_bytes "highest";
        read_u64_le write_u64_le u64 from_le_bytes to_le_bytes "lowest";
        read_u64_be write_u64_be u64 from_be_bytes to_be_bytes "highest";
        read_i16_le write_i16_le i16 from_le_bytes to_le_bytes "lowest";
        read_i16_be write_i16_be i16 from_be_bytes to_be_bytes "highest";
        read_i32_le write_i32_le i32 from_le_bytes to_le_bytes "lowest";
        read_i32_be write_i32_be i32 from_be_bytes to_be_bytes "highest";
        read_i64_le write_i64_le i64 from_le_bytes to_le_bytes "lowest";
        read_i64_be write_i64_be i64 from_be_bytes to_be_bytes "highest";
        read_f32_le write_f32_le f32 from_le_bytes to_le_bytes "lowest";
        read_f32_be write_f32_be f32 from_be_bytes to_be_bytes "highest";
        read_f64_le write_f64_le f64 from_le_bytes to_le_bytes "lowest";
        read_f64_be write_f64_be f64 from_be_bytes to_be_bytes "highest";
    }
}
