//! Reads, writes and searches.

use std::mem::MaybeUninit;
use std::ops::{Range, RangeBounds};

use memsearch::Finder;

use super::Mmap;
use crate::deadline::Deadline;
use crate::error::Result;
use crate::range::Direction;
use crate::region::LargeReads;
use crate::{range, search};

/// # Reading
///
/// Errors: [`OutOfBounds`](crate::ErrorKind::OutOfBounds);
/// [`NotReadable`](crate::ErrorKind::NotReadable) if the protection forbids reading;
/// [`Fault`](crate::ErrorKind::Fault) if one of the bytes is in a page that is not
/// available.
impl Mmap {
    /// Returns the byte at index `at`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `Fault`.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.byte(0)?, b'[');
    /// assert!(map.byte(map.len()).is_err());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn byte(&self, at: usize) -> Result<u8> {
        self.region.byte(at)
    }

    /// Fills `into` with the bytes from index `at` on.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`: `into` stays as it was. `Fault`: the contents of `into` are
    /// unspecified.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut start = [0; 9];
    /// map.read_at(0, &mut start)?;
    /// assert_eq!(&start, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_at(&self, at: usize, into: &mut [u8]) -> Result<()> {
        self.region.read_over(at, into)
    }

    /// Fills uninitialised memory with the bytes from index `at` on.
    ///
    /// After `Ok` all of `into` is initialised.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`: `into` stays as it was. `Fault`: the contents of `into` are
    /// unspecified.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut bytes = Vec::with_capacity(9);
    /// map.read_uninit_at(0, &mut bytes.spare_capacity_mut()[..9])?;
    /// // SAFETY: nine bytes were initialised.
    /// unsafe { bytes.set_len(9) };
    /// assert_eq!(bytes, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn read_uninit_at(&self, at: usize, into: &mut [MaybeUninit<u8>]) -> Result<()> {
        self.region.read(at, into).map(drop)
    }

    /// Copies a range into a vector.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `Fault`, and
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if there is no room for
    /// the copy.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.to_vec(1..8)?, b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn to_vec(&self, range: impl RangeBounds<usize>) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.append_to(&mut bytes, range)?;
        Ok(bytes)
    }

    /// Reinstalls a lost handler before `count` bytes are touched in pieces that are too small to
    /// do so themselves.
    pub(crate) fn ensure_installed_before(&self, count: usize) {
        self.region.ensure_installed_before(count);
    }

    /// Appends a copy of a range to `bytes`.
    pub(crate) fn append_to(
        &self,
        bytes: &mut Vec<u8>,
        range: impl RangeBounds<usize>,
    ) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        self.region.append_to(bytes, range)
    }
}

/// # Writing
///
/// Errors: [`OutOfBounds`](crate::ErrorKind::OutOfBounds), and
/// [`NotWritable`](crate::ErrorKind::NotWritable) if the protection forbids writing: the map
/// stays as it was. [`Fault`](crate::ErrorKind::Fault) if one of the bytes is in a page that
/// is not available: nothing was stored, unless the page was lost during the call.
impl Mmap {
    /// Sets the byte at index `at`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// map.set_byte(9, 7)?;
    /// assert_eq!(map.byte(9)?, 7);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn set_byte(&mut self, at: usize, byte: u8) -> Result<()> {
        self.region.set_byte(at, byte)
    }

    /// Writes `bytes` from index `at` on. The map keeps its length.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// map.write_at(5, b"world")?;
    /// assert!(map.write_at(6, b"world").is_err());
    /// assert_eq!(map.to_vec(5..)?, b"world");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn write_at(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        self.region.write(at, bytes)
    }

    /// Sets every byte of a range to `byte`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(6)?;
    /// map.fill(b'.', 1..5)?;
    /// assert_eq!(map.to_vec(..)?, b"\0....\0");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn fill(&mut self, byte: u8, range: impl RangeBounds<usize>) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        self.region.fill(byte, range)
    }

    /// Copies the range `from` to index `to`, which may overlap it.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `NotWritable`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(6)?;
    /// map.write_at(0, b"abcdef")?;
    /// map.copy_within(0..5, 1)?;
    /// assert_eq!(map.to_vec(..)?, b"aabcde");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn copy_within(&mut self, from: impl RangeBounds<usize>, to: usize) -> Result<()> {
        let from = range::resolve(from, self.len())?;
        self.region.copy_within(from, to)
    }
}

/// # Searching
///
/// Errors: [`OutOfBounds`](crate::ErrorKind::OutOfBounds),
/// [`NotReadable`](crate::ErrorKind::NotReadable), and, for needles of two
/// bytes and more, [`OutOfMemory`](crate::ErrorKind::OutOfMemory);
/// [`Fault`](crate::ErrorKind::Fault) if a searched page is not available. A match before that
/// page (for `rfind` after it) is still found. A search takes time in proportion to the range,
/// for any needle.
impl Mmap {
    /// Returns the index of the first `needle` that lies wholly in `range`.
    ///
    /// The empty needle is found at the start of the range.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `OutOfMemory`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(16)?;
    /// map.write_at(4, b"abab")?;
    /// assert_eq!(map.find(b"ab", ..)?, Some(4));
    /// assert_eq!(map.find(b"ab", 5..)?, Some(6));
    /// assert_eq!(map.rfind(b"ab", ..7)?, Some(4));
    /// assert_eq!(map.find(b"abc", ..)?, None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn find(&self, needle: &[u8], range: impl RangeBounds<usize>) -> Result<Option<usize>> {
        let range = range::resolve(range, self.len())?;
        search::find(&self.region, needle, range)
    }

    /// Returns the index of the last `needle` that lies wholly in `range`.
    ///
    /// The empty needle is found at the end of the range.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `OutOfMemory`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// map.write_at(0, b"a/b/c.rs")?;
    /// let name = map.rfind(b"/", ..)?.map_or(0, |slash| slash + 1);
    /// assert_eq!(map.to_vec(name..)?, b"c.rs");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn rfind(&self, needle: &[u8], range: impl RangeBounds<usize>) -> Result<Option<usize>> {
        let range = range::resolve(range, self.len())?;
        search::rfind(&self.region, needle, range)
    }

    /// Counts the matches of `needle` in `range`, from the front and without overlap.
    ///
    /// The empty needle matches before every byte and at the end: once more than
    /// there are bytes. From 16 MiB on, the search runs on all cores
    /// ([`available_parallelism`](std::thread::available_parallelism)).
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `OutOfMemory`, `Fault`.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(8)?;
    /// map.write_at(0, b"a\nb\ncccc")?;
    /// assert_eq!(map.count(b"\n", ..)?, 2);
    /// assert_eq!(map.count(b"cc", ..)?, 2);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn count(&self, needle: &[u8], range: impl RangeBounds<usize>) -> Result<usize> {
        let range = range::resolve(range, self.len())?;
        let (count, _) = search::count(&self.region, needle, range, Deadline::NEVER)?;
        Ok(count)
    }

    /// Returns the index of every `needle` in `range`, from the front and without overlap: the
    /// matches that [`count`](Mmap::count) counts.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`, `Fault`, `OutOfMemory`. It needs eight bytes for each index,
    /// and twice that while it joins the results of several cores.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(16)?;
    /// map.write_at(4, b"ababab")?;
    /// assert_eq!(map.find_all(b"ab", ..)?, [4, 6, 8]);
    /// assert_eq!(map.find_all(b"aba", ..)?, [4]);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn find_all(&self, needle: &[u8], range: impl RangeBounds<usize>) -> Result<Vec<usize>> {
        let range = range::resolve(range, self.len())?;
        let (found, _) = search::find_all(&self.region, needle, range, Deadline::NEVER)?;
        Ok(found)
    }

    /// Returns the index of every `needle` in `range`, overlapping ones too.
    ///
    /// # Errors
    ///
    /// Those of [`find_all`](Mmap::find_all).
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(16)?;
    /// map.write_at(4, b"ababab")?;
    /// assert_eq!(map.find_all(b"abab", ..)?, [4]);
    /// assert_eq!(map.find_all_overlapping(b"abab", ..)?, [4, 6]);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn find_all_overlapping(
        &self,
        needle: &[u8],
        range: impl RangeBounds<usize>,
    ) -> Result<Vec<usize>> {
        let range = range::resolve(range, self.len())?;
        let (found, _) =
            search::find_all_overlapping(&self.region, needle, range, Deadline::NEVER)?;
        Ok(found)
    }
}

/// # Searching in steps
///
/// For jobs. The range lies in the map.
impl Mmap {
    /// Called before `piece` bytes of `rest` are touched: see [`LargeReads`].
    #[inline]
    pub(crate) fn read_first(
        &self,
        reads: &mut LargeReads,
        rest: &Range<usize>,
        direction: Direction,
        piece: usize,
    ) {
        self.region.read_first(reads, rest, direction, piece);
    }

    pub(crate) fn find_with(
        &self,
        finder: &mut Finder<'_>,
        range: Range<usize>,
    ) -> Result<Option<usize>> {
        search::find_with(&self.region, finder, range)
    }

    pub(crate) fn rfind_with(
        &self,
        finder: &mut Finder<'_>,
        range: Range<usize>,
    ) -> Result<Option<usize>> {
        search::rfind_with(&self.region, finder, range)
    }

    pub(crate) fn count_until(
        &self,
        needle: &[u8],
        range: Range<usize>,
        until: Deadline,
    ) -> Result<(usize, usize)> {
        search::count(&self.region, needle, range, until)
    }

    pub(crate) fn find_all_until(
        &self,
        needle: &[u8],
        range: Range<usize>,
        until: Deadline,
    ) -> Result<(Vec<usize>, usize)> {
        search::find_all(&self.region, needle, range, until)
    }

    pub(crate) fn find_all_overlapping_until(
        &self,
        needle: &[u8],
        range: Range<usize>,
        until: Deadline,
    ) -> Result<(Vec<usize>, usize)> {
        search::find_all_overlapping(&self.region, needle, range, until)
    }
}
