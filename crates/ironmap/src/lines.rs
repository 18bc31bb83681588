//! The lines of a map, one after the other, from a window of private memory.
//!
//! Copying a window and finding its newlines runs at the speed of memory. A line is a slice of
//! the window, so it needs no further search and no allocation.

use std::cmp::{max, min};
use std::fmt;
use std::ops::{Range, RangeBounds};

use crate::error::{self, Result};
use crate::mmap::Mmap;
use crate::range::Direction;
use crate::region::LargeReads;
use crate::{range, search};

/// The size of a window in bytes. It fits into the second-level cache.
const WINDOW: usize = 64 << 10;

impl Mmap {
    /// Returns a reader of the lines of a range, each with its `\n` if it has one.
    /// ([`Cursor::lines`](crate::Cursor::lines) leaves it out, as `BufRead::lines` does.)
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](crate::ErrorKind::OutOfBounds).
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut lines = map.lines(..)?;
    /// let mut keys = 0;
    /// while let Some(line) = lines.next_line()? {
    ///     keys += usize::from(line.contains(&b'='));
    /// }
    /// assert!(keys > 3);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn lines(&self, range: impl RangeBounds<usize>) -> Result<LineReader<'_>> {
        let range = range::resolve(range, self.len())?;
        // A window is too small to reinstall the handler by itself.
        self.ensure_installed_before(range.len());
        Ok(LineReader {
            map: self,
            window: LineWindow::new(range),
            longest: usize::MAX,
        })
    }
}

/// A reader of lines, each lent until the next call; made by [`Mmap::lines`].
///
/// [`Cursor::lines`](crate::Cursor::lines) returns vectors instead.
///
/// ```
/// let map = ironmap::Mmap::open("Cargo.toml")?;
/// let mut longest = 0;
/// let mut lines = map.lines(..)?;
/// while let Some(line) = lines.next_line()? {
///     longest = longest.max(line.len());
/// }
/// assert!(longest > 20);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is read until a line is asked for"]
pub struct LineReader<'m> {
    map: &'m Mmap,
    window: LineWindow,
    longest: usize,
}

impl fmt::Debug for LineReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineReader")
            .field("map", self.map)
            .field("position", &self.position())
            .field("end", &self.window.rest.end)
            .finish()
    }
}

impl LineReader<'_> {
    /// Returns the next line, with its `\n` if it has one, or `None` at the end.
    ///
    /// # Errors
    ///
    /// `NotReadable`; `Fault` if the line, or the search for its end, hits damage, after all
    /// lines before it were returned; `OutOfMemory` if there is no room for a long line. The
    /// next call tries the same line again.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.lines(..)?.next_line()?, Some(&b"[package]\n"[..]));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<&[u8]>> {
        while !self.window.has_piece(self.longest) {
            if !self.window.read_on(self.map)? {
                return Ok(None);
            }
        }
        Ok(self.window.next_piece(self.longest))
    }

    /// Sets the longest line: a longer one comes in pieces of `bytes`, of which the last one has the
    /// `\n`. So a file without newlines takes no memory for all of it. Default: no limit; 0 counts
    /// as 1.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut lines = map.lines(..)?.longest(8);
    /// assert_eq!(lines.next_line()?, Some(&b"[package"[..]));
    /// assert_eq!(lines.next_line()?, Some(&b"]\n"[..]));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes.max(1);
        self
    }

    /// Returns the index in the map at which the next line begins.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut lines = map.lines(..)?;
    /// lines.next_line()?;
    /// assert_eq!(lines.position(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn position(&self) -> usize {
        self.window.position()
    }
}

/// A reader of lines like [`LineReader`], which borrows the map only while it reads a window.
///
/// ```
/// use ironmap::{Mmap, raw::LineWindow};
///
/// let map = Mmap::open("Cargo.toml")?;
/// let mut lines = LineWindow::new(0..map.len());
/// let mut bytes = 0;
/// while lines.read_on(&map)? {
///     while let Some(line) = lines.next_line() {
///         bytes += line.len();
///     }
/// }
/// assert_eq!(bytes, map.len());
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is read until a window is asked for"]
pub struct LineWindow {
    /// The range that no window has had yet.
    rest: Range<usize>,
    bytes: Vec<u8>,
    /// The index in the window at which the next line begins.
    start: usize,
    /// The index after each newline of the window.
    ends: Vec<usize>,
    /// The number of these that belong to lines already lent.
    used: usize,
    reads: LargeReads,
}

/// Copies the reader. Without memory for the bytes read ahead, the copy reads them again.
impl Clone for LineWindow {
    fn clone(&self) -> LineWindow {
        let unread = || LineWindow::new(self.position()..self.rest.end);
        self.try_clone().unwrap_or_else(|_| unread())
    }
}

impl fmt::Debug for LineWindow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineWindow")
            .field("position", &self.position())
            .field("end", &self.rest.end)
            .finish_non_exhaustive()
    }
}

impl LineWindow {
    /// Creates a reader of the lines of a range, and reads nothing yet. A range past the end of
    /// the map ends with the map.
    ///
    /// ```
    /// let lines = ironmap::raw::LineWindow::new(100..200);
    /// assert_eq!(lines.position(), 100);
    /// ```
    pub fn new(range: Range<usize>) -> LineWindow {
        LineWindow {
            rest: range,
            bytes: Vec::new(),
            start: 0,
            ends: Vec::new(),
            used: 0,
            reads: LargeReads::default(),
        }
    }

    /// Copies the reader with all bytes read ahead.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory). (`clone` then returns a copy without
    /// lines, which must read on first.)
    ///
    /// ```
    /// let lines = ironmap::raw::LineWindow::new(100..200);
    /// assert_eq!(lines.try_clone()?.position(), 100);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn try_clone(&self) -> Result<LineWindow> {
        Ok(LineWindow {
            rest: self.rest.clone(),
            bytes: error::copy_of(&self.bytes)?,
            ends: error::copy_of(&self.ends)?,
            ..*self
        })
    }

    /// Returns the index in the map at which the next line begins.
    ///
    /// ```
    /// let lines = ironmap::raw::LineWindow::new(100..200);
    /// assert_eq!(lines.position(), 100);
    /// ```
    pub fn position(&self) -> usize {
        self.rest.start - (self.bytes.len() - self.start)
    }

    /// Returns whether there is a line to lend before more is read.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// assert!(!lines.has_line()); // none is read yet
    /// lines.read_on(&map)?;
    /// assert!(lines.has_line());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn has_line(&self) -> bool {
        self.used < self.ends.len()
    }

    /// Returns the next line of those read, with its `\n` if it has one.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// lines.read_on(&map)?;
    /// assert_eq!(lines.next_line(), Some(&b"[package]\n"[..]));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn next_line(&mut self) -> Option<&[u8]> {
        let end = *self.ends.get(self.used)?;
        let line = self.start..end;
        self.used += 1;
        self.start = end;
        Some(&self.bytes[line])
    }

    /// Returns, for each line read that contains a match, the number of lines without one between
    /// it and the one before it. No needle is empty or goes past the end of a line.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    ///
    /// ```
    /// use ironmap::{Mmap, Needles, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// lines.read_on(&map)?;
    /// let gaps = lines.gaps_before_matches(&Needles::new(["name = ", "version"])?)?;
    /// lines.skip_lines(gaps[0]);
    /// assert!(lines.next_line().unwrap().starts_with(b"name = "));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(feature = "needles")]
    pub fn gaps_before_matches(&self, needles: &search::Needles) -> Result<Vec<usize>> {
        let mut ends = self.ends[self.used..].iter();
        let lines = self.start..self.ends.last().copied().unwrap_or(self.start);
        let mut gaps = Vec::new();
        search::scan_bytes(needles, &self.bytes[lines], |at| {
            let (gap, &end) = (0..)
                .zip(ends.by_ref())
                .find(|&(_, &end)| end > self.start + at)
                .expect("a match lies in a line");
            error::reserve(&mut gaps, 1)?;
            gaps.push(gap);
            Ok(end - self.start)
        })?;
        Ok(gaps)
    }

    /// Skips the next `count` lines of those read, or all of them.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// lines.read_on(&map)?;
    /// lines.skip_lines(1);
    /// assert!(lines.next_line().unwrap().starts_with(b"name"));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn skip_lines(&mut self, count: usize) {
        self.used = min(self.used.saturating_add(count), self.ends.len());
        if let Some(last) = self.used.checked_sub(1) {
            self.start = self.ends[last];
        }
    }

    /// Returns whether there is a line of up to `longest` bytes, or as many bytes of a longer one.
    #[inline]
    fn has_piece(&self, longest: usize) -> bool {
        self.has_line() || self.bytes.len() - self.start >= longest
    }

    /// Returns the next line, or `longest` bytes of a longer one.
    #[inline]
    fn next_piece(&mut self, longest: usize) -> Option<&[u8]> {
        let line = self.ends.get(self.used).map(|&end| end - self.start);
        match line {
            Some(len) if len <= longest => self.next_line(),
            _ => {
                let piece = self.start..self.start + longest;
                self.start = piece.end;
                self.bytes.get(piece)
            }
        }
    }

    /// Returns the index in the map at which the next line of those read ends.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// lines.read_on(&map)?;
    /// assert_eq!(lines.next_end(), Some(10));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn next_end(&self) -> Option<usize> {
        let end = *self.ends.get(self.used)?;
        Some(self.position() + (end - self.start))
    }

    /// Returns the part of a map of `len` bytes that is not read yet, for callers that search
    /// for the end of a long line themselves.
    ///
    /// ```
    /// let mut lines = ironmap::raw::LineWindow::new(100..200);
    /// assert_eq!(lines.unread(150), 100..150);
    /// ```
    pub fn unread(&self, len: usize) -> Range<usize> {
        let end = min(self.rest.end, len);
        min(self.rest.start, end)..end
    }

    /// Continues at index `at`, and forgets the bytes read ahead.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// lines.resume_at(10);
    /// lines.read_on(&map)?;
    /// assert!(lines.next_line().unwrap().starts_with(b"name"));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn resume_at(&mut self, at: usize) {
        self.rest = at..max(at, self.rest.end);
        self.bytes.clear();
        self.ends.clear();
        (self.start, self.used) = (0, 0);
    }

    /// Reads up to 64 KiB more, or up to damage; the bytes need not contain the end of a line.
    /// Returns false at the end.
    ///
    /// # Errors
    ///
    /// `NotReadable`; `Fault` if damage comes next; `OutOfMemory` if there is no
    /// room for a long line. The next call tries the same again.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::LineWindow};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// let mut lines = LineWindow::new(0..map.len());
    /// let mut count = 0;
    /// while lines.read_on(&map)? {
    ///     while lines.next_line().is_some() {
    ///         count += 1;
    ///     }
    /// }
    /// assert_eq!(count, map.count(b"\n", ..)?);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn read_on(&mut self, map: &Mmap) -> Result<bool> {
        self.bytes.drain(..self.start);
        self.ends.drain(..self.used);
        self.ends.iter_mut().for_each(|end| *end -= self.start);
        (self.start, self.used) = (0, 0);
        self.rest.end = min(self.rest.end, map.len());
        if !self.rest.is_empty() {
            let begun = self.bytes.len();
            self.extend(map)?;
            let ends = &mut self.ends;
            search::newlines(&self.bytes[begun..], |at| ends.push(begun + at + 1));
        }
        let ended = self.ends.last().copied().unwrap_or(0);
        if self.rest.is_empty() && ended < self.bytes.len() {
            error::reserve(&mut self.ends, 1)?;
            self.ends.push(self.bytes.len());
        }
        Ok(self.has_line() || !self.rest.is_empty())
    }

    /// Copies up to [`WINDOW`] bytes more, only those before damage.
    fn extend(&mut self, map: &Mmap) -> Result<()> {
        let start = self.rest.start;
        let mut end = min(self.rest.end, start.saturating_add(WINDOW));
        // Each byte may end a line, and the last line may end without a newline.
        error::reserve(&mut self.ends, end - start + 1)?;
        map.read_first(&mut self.reads, &self.rest, Direction::Forward, end - start);
        if let Err(error) = map.append_to(&mut self.bytes, start..end) {
            end = match error.fault() {
                Some(fault) if fault.at > start => fault.at,
                _ => return Err(error),
            };
            map.append_to(&mut self.bytes, start..end)?;
        }
        self.rest.start = end;
        Ok(())
    }
}
