//! Searches for several needles.

use std::ops::{Range, RangeBounds};

use super::Mmap;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::range;
use crate::search::{self, Match, Needles};

/// # Searching for several needles
impl Mmap {
    /// Returns the first match in `range` of any of several needles. If several needles match
    /// there, returns the first of them in the list.
    ///
    /// The empty needle is found at the start of the range.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `OutOfMemory`. `Fault` if damage comes before the end of the
    /// first match, or before the end that the longest needle would have there.
    ///
    /// ```
    /// use ironmap::Needles;
    ///
    /// let mut map = ironmap::Mmap::anonymous(32)?;
    /// map.write_at(0, b"..WARNING....ERROR")?;
    /// let needles = Needles::new(["ERROR", "WARNING"])?;
    /// let found = map.find_any(&needles, ..)?.unwrap();
    /// assert_eq!((found.at, found.len, found.needle), (2, 7, 1));
    /// assert_eq!(map.find_any(&needles, 14..)?, None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn find_any(
        &self,
        needles: &Needles,
        range: impl RangeBounds<usize>,
    ) -> Result<Option<Match>> {
        let range = range::resolve(range, self.len())?;
        search::find_any(&self.region, needles, range)
    }

    /// Searches in steps, for jobs. The range lies in the map.
    pub(crate) fn find_each_until(
        &self,
        needles: &Needles,
        range: Range<usize>,
        part: usize,
        until: Deadline,
    ) -> Result<(Vec<Match>, usize)> {
        search::find_each(&self.region, needles, range, part, until)
    }
}
