//! Numbers of a view, at any index.

use super::{View, ViewMut};
use crate::error::Result;

macro_rules! numbers {
    ($($read:ident $write:ident $number:ident $from:ident $to:ident $order:literal;)*) => {
        /// # Numbers
        ///
        /// At any index, aligned or not.
        impl View<'_> {
            $(
                #[doc = concat!("Reads a `", stringify!($number), "` at index `at`, ", $order, ".")]
                ///
                /// # Errors
                ///
                /// `OutOfBounds` if one of its bytes is.
                ///
                /// ```
                /// let mut map = ironmap::Mmap::anonymous(16)?;
                #[doc = concat!("map.write_at(3, &(42 as ", stringify!($number), ").", stringify!($to), "())?;")]
                #[doc = concat!("assert_eq!(map.view(.., |bytes| bytes.", stringify!($read), "(3))??, 42 as ", stringify!($number), ");")]
                /// # Ok::<(), ironmap::Error>(())
                /// ```
                #[inline]
                pub fn $read(self, at: usize) -> Result<$number> {
                    self.read_array(at).map($number::$from)
                }
            )*
        }

        /// # Numbers
        ///
        /// At any index, aligned or not.
        impl ViewMut<'_> {
            $(
                #[doc = concat!("Writes a `", stringify!($number), "` at index `at`, ", $order, ".")]
                ///
                /// # Errors
                ///
                /// `OutOfBounds` if one of its bytes is.
                ///
                /// ```
                /// let mut map = ironmap::Mmap::anonymous(16)?;
                #[doc = concat!("map.view_mut(.., |mut bytes| bytes.", stringify!($write), "(3, 42 as ", stringify!($number), "))??;")]
                #[doc = concat!("assert_eq!(map.read_array(3)?, (42 as ", stringify!($number), ").", stringify!($to), "());")]
                /// # Ok::<(), ironmap::Error>(())
                /// ```
                #[inline]
                pub fn $write(&mut self, at: usize, number: $number) -> Result<()> {
                    self.write_array(at, number.$to())
                }
            )*
        }
    };
}

numbers! {
    read_u16_le write_u16_le u16 from_le_bytes to_le_bytes "lowest byte first";
    read_u16_be write_u16_be u16 from_be_bytes to_be_bytes "highest byte first";
    read_u16_ne write_u16_ne u16 from_ne_bytes to_ne_bytes "in native byte order";
    read_u32_le write_u32_le u32 from_le_bytes to_le_bytes "lowest byte first";
    read_u32_be write_u32_be u32 from_be_bytes to_be_bytes "highest byte first";
    read_u32_ne write_u32_ne u32 from_ne_bytes to_ne_bytes "in native byte order";
    read_u64_le write_u64_le u64 from_le_bytes to_le_bytes "lowest byte first";
    read_u64_be write_u64_be u64 from_be_bytes to_be_bytes "highest byte first";
    read_u64_ne write_u64_ne u64 from_ne_bytes to_ne_bytes "in native byte order";
    read_i16_le write_i16_le i16 from_le_bytes to_le_bytes "lowest byte first";
    read_i16_be write_i16_be i16 from_be_bytes to_be_bytes "highest byte first";
    read_i32_le write_i32_le i32 from_le_bytes to_le_bytes "lowest byte first";
    read_i32_be write_i32_be i32 from_be_bytes to_be_bytes "highest byte first";
    read_i64_le write_i64_le i64 from_le_bytes to_le_bytes "lowest byte first";
    read_i64_be write_i64_be i64 from_be_bytes to_be_bytes "highest byte first";
    read_f32_le write_f32_le f32 from_le_bytes to_le_bytes "lowest byte first";
    read_f32_be write_f32_be f32 from_be_bytes to_be_bytes "highest byte first";
    read_f64_le write_f64_le f64 from_le_bytes to_le_bytes "lowest byte first";
    read_f64_be write_f64_be f64 from_be_bytes to_be_bytes "highest byte first";
}
