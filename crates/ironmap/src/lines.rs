//! The lines of a map, one after the other, from a window of private memory.
//!
//! A window is copied, and its newlines found, at the speed of memory; a line is
//! then a piece of it, and costs no search and no memory of its own.

use std::cmp::min;
use std::fmt;
use std::ops::{Range, RangeBounds};

use crate::error::{Cause, Error, Result};
use crate::mmap::Mmap;
use crate::{range, search};

/// Bytes of a window: few enough to stay in the second-level cache.
const WINDOW: usize = 64 << 10;

impl Mmap {
    /// Reads the lines of a range, one after the other.
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
        let rest = range::resolve(range, self.len())?;
        // Windows are too small to ask for it.
        self.before(rest.len());
        Ok(LineReader {
            map: self,
            rest,
            window: Vec::new(),
            start: 0,
            ends: Vec::new(),
            used: 0,
        })
    }
}

/// Lines, each lent until the next is asked for; made by [`Mmap::lines`].
///
/// [`Cursor::lines`](crate::Cursor::lines) gives lines to keep.
pub struct LineReader<'m> {
    map: &'m Mmap,
    /// What no window had yet.
    rest: Range<usize>,
    window: Vec<u8>,
    /// Where the next line begins in the window.
    start: usize,
    /// Behind each newline of the window.
    ends: Vec<usize>,
    /// How many of them belong to lines already lent.
    used: usize,
}

impl fmt::Debug for LineReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LineReader")
            .field("map", self.map)
            .field("position", &self.position())
            .field("end", &self.rest.end)
            .finish()
    }
}

impl LineReader<'_> {
    /// The next line, with its `\n` if it has one; none at the end.
    ///
    /// # Errors
    ///
    /// `NotReadable`; `Fault` where the line, or the search for its end, meets
    /// damage: all lines before it have been lent then; `OutOfMemory` if there is
    /// no room for a long line. The next call tries the same line again.
    #[inline]
    pub fn next_line(&mut self) -> Result<Option<&[u8]>> {
        if self.used == self.ends.len() && !self.fill()? {
            return Ok(None);
        }
        let line = self.start..self.ends[self.used];
        self.used += 1;
        self.start = line.end;
        Ok(Some(&self.window[line]))
    }

    /// The index in the map at which the next line begins.
    pub fn position(&self) -> usize {
        self.rest.start - (self.window.len() - self.start)
    }

    /// Goes on until a line ends in the window; false if there is none any more.
    fn fill(&mut self) -> Result<bool> {
        self.window.drain(..self.start);
        self.start = 0;
        self.ends.clear();
        self.used = 0;
        while self.ends.is_empty() && !self.rest.is_empty() {
            let begun = self.window.len();
            self.extend()?;
            let ends = &mut self.ends;
            search::newlines(&self.window[begun..], |at| ends.push(begun + at + 1));
        }
        if self.ends.is_empty() && !self.window.is_empty() {
            self.ends.push(self.window.len());
        }
        Ok(!self.ends.is_empty())
    }

    /// Takes up to [`WINDOW`] bytes more into the window, those before damage if
    /// there is any.
    fn extend(&mut self) -> Result<()> {
        let start = self.rest.start;
        let mut end = min(self.rest.end, start.saturating_add(WINDOW));
        // Each of them may end a line.
        let bytes = (end - start) * size_of::<usize>();
        let room = self.ends.try_reserve(end - start);
        room.map_err(|_| Error::new(Cause::OutOfMemory { bytes }))?;
        if let Err(error) = self.map.append_to(&mut self.window, start..end) {
            end = match error.fault() {
                Some(fault) if fault.at > start => fault.at,
                _ => return Err(error),
            };
            self.map.append_to(&mut self.window, start..end)?;
        }
        self.rest.start = end;
        Ok(())
    }
}
