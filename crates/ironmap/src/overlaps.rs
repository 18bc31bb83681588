//! Windows: overlapping copies of a range, one after the other.

use std::cmp::min;
use std::fmt;
use std::ops::{Range, RangeBounds};

use crate::error::{Cause, Error, Result};
use crate::mmap::Mmap;
use crate::range;

impl Mmap {
    /// Returns windows of `size` bytes over a range, for code that works on slices: a regular
    /// expression, a hash, a parser. Each window begins with the last `overlap` bytes of the one
    /// before it, so that what lies across its end is whole in the next one. The last window may
    /// be shorter.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](crate::ErrorKind::OutOfBounds);
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) if `overlap` is not less than `size`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut windows = map.windows(.., 64, 6)?;
    /// let mut names = Vec::new();
    /// while let Some(window) = windows.next_window()? {
    ///     // In the place of the search: `regex::bytes`, or any other on slices.
    ///     let found: Vec<usize> = (0..window.len())
    ///         .filter(|&at| window[at..].starts_with(b"name = "))
    ///         .collect();
    ///     names.extend(found.iter().map(|at| windows.position() + at));
    /// }
    /// assert_eq!(names, map.find_all(b"name = ", ..)?);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn windows(
        &self,
        range: impl RangeBounds<usize>,
        size: usize,
        overlap: usize,
    ) -> Result<Windows<'_>> {
        let range = range::resolve(range, self.len())?;
        if overlap >= size {
            return Err(Error::new(Cause::InvalidInput(text!(
                "windows of {size} bytes cannot overlap by {overlap}"
            ))));
        }
        // A window can be too small to reinstall the handler by itself.
        self.ensure_installed_before(range.len());
        Ok(Windows {
            map: self,
            rest: range,
            size,
            overlap,
            window: Vec::new(),
            repeated: 0,
        })
    }
}

/// A reader of windows, each lent until the next call; made by [`Mmap::windows`].
///
/// ```
/// use std::hash::{DefaultHasher, Hasher};
///
/// let map = ironmap::Mmap::open("Cargo.toml")?;
/// let mut hasher = DefaultHasher::new();
/// let mut windows = map.windows(.., 64 << 10, 0)?;
/// while let Some(window) = windows.next_window()? {
///     hasher.write(window);
/// }
/// println!("{:x}", hasher.finish());
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is read until a window is asked for"]
pub struct Windows<'m> {
    map: &'m Mmap,
    /// The range that no window has had yet.
    rest: Range<usize>,
    size: usize,
    overlap: usize,
    window: Vec<u8>,
    /// The number of bytes that the window before it had, too.
    repeated: usize,
}

impl Windows<'_> {
    /// Returns the next window, or `None` at the end.
    ///
    /// # Errors
    ///
    /// `NotReadable`, `OutOfMemory`; `Fault` if a byte of the window is in a page that is not
    /// available. The next call tries the same window again.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(7)?;
    /// map.write_at(0, b"abcdefg")?;
    /// let mut windows = map.windows(.., 4, 2)?;
    /// assert_eq!(windows.next_window()?, Some(&b"abcd"[..]));
    /// assert_eq!(windows.next_window()?, Some(&b"cdef"[..]));
    /// assert_eq!(windows.next_window()?, Some(&b"efg"[..]));
    /// assert_eq!(windows.next_window()?, None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn next_window(&mut self) -> Result<Option<&[u8]>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        self.repeated = min(self.overlap, self.window.len());
        self.window.drain(..self.window.len() - self.repeated);
        let start = self.rest.start;
        let end = start.saturating_add(self.size - self.repeated);
        let end = min(end, self.rest.end);
        self.map.append_to(&mut self.window, start..end)?;
        self.rest.start = end;
        Ok(Some(&self.window))
    }

    /// Returns the index in the map of the first byte of the last window; after an error, of the
    /// window that failed.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// let mut windows = map.windows(.., 40, 10)?;
    /// windows.next_window()?;
    /// windows.next_window()?;
    /// assert_eq!(windows.position(), 30);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn position(&self) -> usize {
        self.rest.start - self.window.len()
    }

    /// Returns how many of the last window's first bytes the window before it had, too. A match
    /// that ends within them was found there.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// let mut windows = map.windows(.., 40, 10)?;
    /// windows.next_window()?;
    /// assert_eq!(windows.repeated(), 0);
    /// windows.next_window()?;
    /// assert_eq!(windows.repeated(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn repeated(&self) -> usize {
        self.repeated
    }
}

impl fmt::Debug for Windows<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windows")
            .field("map", self.map)
            .field("position", &self.position())
            .field("end", &self.rest.end)
            .finish_non_exhaustive()
    }
}
