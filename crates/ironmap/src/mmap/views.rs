//! Views.

use std::ops::RangeBounds;

use super::Mmap;
use crate::error::Result;
use crate::range;
use crate::view::{self, View, ViewMut};

/// # Views
///
/// For parsers, searches and sums: raw access to a range in a scope, without a look for damage
/// after each load.
impl Mmap {
    /// Runs `f` on a [`View`] of a range, and looks for damage when it returns.
    ///
    /// A result of `f` that is an error of its own comes out as `Ok(Err(…))`, so the call ends in
    /// `??`. A fault comes before it: what failed in `f` may be its zeros. The whole range counts,
    /// so a narrow one has fewer faults that do not matter.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`: `f` does not run. [`Fault`](crate::ErrorKind::Fault) if a
    /// byte of the range is in a page that is not available: the result of `f` is dropped.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let longest = map.view(.., |bytes| {
    ///     let (mut longest, mut rest) = (0, bytes);
    ///     while let Some(end) = rest.find(b"\n") {
    ///         longest = longest.max(end);
    ///         rest = rest.slice(end + 1..)?;
    ///     }
    ///     Ok::<usize, ironmap::Error>(longest)
    /// })??;
    /// assert!(longest > 40);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn view<R>(
        &self,
        range: impl RangeBounds<usize>,
        f: impl FnOnce(View<'_>) -> R,
    ) -> Result<R> {
        let range = range::resolve(range, self.len())?;
        view::scope(&self.region, range, f)
    }

    /// Runs `f` on a [`ViewMut`] of a range, and looks for damage when it returns.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`: `f` does not run. [`Fault`](crate::ErrorKind::Fault) if a
    /// byte of the range is in a page that is not available: stores to such pages are lost,
    /// others are not, and the result of `f` is dropped.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1000)?;
    /// map.view_mut(100..200, |mut bytes| bytes.write_u32_le(96, 7))??;
    /// assert_eq!(map.read_u32_le(196)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn view_mut<R>(
        &mut self,
        range: impl RangeBounds<usize>,
        f: impl FnOnce(ViewMut<'_>) -> R,
    ) -> Result<R> {
        let range = range::resolve(range, self.len())?;
        view::scope_mut(&mut self.region, range, f)
    }
}
