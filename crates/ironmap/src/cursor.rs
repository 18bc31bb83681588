//! The file interface: a map with a position.

use std::borrow::{Borrow, BorrowMut};
use std::cmp::min;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::iter::FusedIterator;
use std::ops::Range;

use crate::error::{Cause, Error, Result};
use crate::mmap::Mmap;
use crate::range;

impl Mmap {
    /// Returns a reader at the start of the map.
    ///
    /// ```
    /// use std::io::Read;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut text = String::new();
    /// map.reader().read_to_string(&mut text)?;
    /// assert!(text.starts_with("[package]"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn reader(&self) -> Cursor<&Mmap> {
        Cursor::new(self)
    }

    /// Returns a reader and writer at the start of the map.
    ///
    /// ```
    /// use std::io::Write;
    ///
    /// let mut map = ironmap::Mmap::anonymous(100)?;
    /// let mut cursor = map.cursor();
    /// write!(cursor, "{} bytes", 100)?;
    /// assert_eq!(cursor.position(), 9);
    /// assert_eq!(map.to_vec(..9)?, b"100 bytes");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cursor(&mut self) -> Cursor<&mut Mmap> {
        Cursor::new(self)
    }
}

/// A map with a position, for reading and writing like a file.
///
/// `M` is the map itself or a pointer to it: `&Mmap`, `&mut Mmap`, `Arc<Mmap>`. Reads and writes
/// end at the map's end.
///
/// Each read is one copy. `std::io::copy` reads 8 KiB at a time; with
/// `BufReader::with_capacity(256 << 10, map.reader())` it takes larger pieces.
///
/// ```
/// use ironmap::{Cursor, Mmap};
/// use std::io::{Read, Seek, SeekFrom};
/// use std::sync::Arc;
///
/// let map = Arc::new(Mmap::open("Cargo.toml")?);
/// let mut cursor = Cursor::new(map.clone()); // may go to another thread
/// cursor.seek(SeekFrom::Start(1))?;
/// let mut word = [0; 7];
/// cursor.read_exact(&mut word)?;
/// assert_eq!(&word, b"package");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is read or written by itself"]
#[derive(Clone, Debug)]
pub struct Cursor<M> {
    map: M,
    position: usize,
}

impl<M: Borrow<Mmap>> Cursor<M> {
    /// Creates a cursor at the start of a map.
    ///
    /// ```
    /// let mut cursor = ironmap::Cursor::new(ironmap::Mmap::open("Cargo.toml")?);
    /// let mut line = Vec::new();
    /// cursor.read_line(&mut line)?;
    /// assert_eq!(line, b"[package]\n");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn new(map: M) -> Cursor<M> {
        Cursor { map, position: 0 }
    }

    /// Returns the index of the next byte to read or write.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut reader = map.reader();
    /// reader.read_line(&mut Vec::new())?;
    /// assert_eq!(reader.position(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn position(&self) -> usize {
        self.position
    }

    /// Sets the position, which may be the end.
    ///
    /// # Errors
    ///
    /// [`OutOfBounds`](crate::ErrorKind::OutOfBounds) past the end.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut reader = map.reader();
    /// reader.set_position(map.len())?;
    /// assert!(reader.set_position(map.len() + 1).is_err());
    /// assert_eq!(reader.position(), map.len());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn set_position(&mut self, position: usize) -> Result<()> {
        range::position(position, self.map.borrow().len())?;
        self.position = position;
        Ok(())
    }

    /// Appends the rest of the line, with its `\n` if it has one, to `line`. Returns its length
    /// in bytes, 0 at the end.
    ///
    /// # Errors
    ///
    /// `NotReadable`, `OutOfMemory`, `Fault`; position and `line` stay as they were.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut line = Vec::new();
    /// assert_eq!(map.reader().read_line(&mut line)?, 10);
    /// assert_eq!(line, b"[package]\n");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn read_line(&mut self, line: &mut Vec<u8>) -> Result<usize> {
        let map = self.map.borrow();
        let rest = rest_of(map, self.position);
        let end = match map.find(b"\n", rest.clone())? {
            Some(newline) => newline + 1,
            None => rest.end,
        };
        map.append_to(line, rest.start..end)?;
        let count = end - rest.start;
        self.position += count;
        Ok(count)
    }

    /// Returns an iterator over the lines from the position on, each without its `\n`, as vectors.
    /// ([`Mmap::lines`] lends slices, which is faster.)
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let first = map.reader().lines().next().unwrap()?;
    /// assert_eq!(first, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn lines(self) -> Lines<M> {
        Lines {
            cursor: self,
            failed: false,
        }
    }

    /// Returns a reference to the map, or to the pointer that the cursor was made from.
    ///
    /// ```
    /// let cursor = ironmap::Cursor::new(ironmap::Mmap::anonymous(10)?);
    /// assert_eq!(cursor.get_ref().len(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn get_ref(&self) -> &M {
        &self.map
    }

    /// Returns a mutable reference to the map, or to the pointer that the cursor was made from.
    /// If the map becomes shorter than the position, reads and writes return 0.
    ///
    /// ```
    /// let mut cursor = ironmap::Cursor::new(ironmap::Mmap::anonymous(10)?);
    /// cursor.get_mut().resize(20)?;
    /// assert_eq!(cursor.into_inner().len(), 20);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn get_mut(&mut self) -> &mut M {
        &mut self.map
    }

    /// Returns the map, or the pointer that the cursor was made from.
    ///
    /// ```
    /// let cursor = ironmap::Cursor::new(ironmap::Mmap::anonymous(10)?);
    /// let map = cursor.into_inner();
    /// assert_eq!(map.len(), 10);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn into_inner(self) -> M {
        self.map
    }
}

/// Returns the range from the position to the end, which is empty if the map is shorter.
/// `Borrow` may return a different map each time, so each operation calls it once.
fn rest_of(map: &Mmap, position: usize) -> Range<usize> {
    min(position, map.len())..map.len()
}

impl<M: Borrow<Mmap>> Read for Cursor<M> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let map = self.map.borrow();
        let rest = rest_of(map, self.position);
        let count = min(into.len(), rest.len());
        map.read_at(rest.start, &mut into[..count])?;
        self.position += count;
        Ok(count)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let map = self.map.borrow();
        let rest = rest_of(map, self.position);
        let count = rest.len();
        map.append_to(bytes, rest)?;
        self.position += count;
        Ok(count)
    }
}

/// Seeking past the end or before the start is an error: unlike a file, a map does not grow
/// when it is written to.
impl<M: Borrow<Mmap>> Seek for Cursor<M> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, distance) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::Current(distance) => (self.position as u64, distance),
            SeekFrom::End(distance) => (self.map.borrow().len() as u64, distance),
        };
        let target = base
            .checked_add_signed(distance)
            .and_then(|at| usize::try_from(at).ok());
        match target {
            Some(position) => self.set_position(position)?,
            None => {
                let message = text!("seeking by {distance} from {base} leaves the map");
                return Err(Error::new(Cause::InvalidInput(message)).into());
            }
        }
        Ok(self.position as u64)
    }
}

impl<M: BorrowMut<Mmap>> Write for Cursor<M> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let map = self.map.borrow_mut();
        let rest = rest_of(map, self.position);
        let count = min(bytes.len(), rest.len());
        map.write_at(rest.start, &bytes[..count])?;
        self.position += count;
        Ok(count)
    }

    /// Does nothing, like that of `std::fs::File`: written bytes are in the map at once, where
    /// other processes see them. [`Mmap::flush`] waits until they are on the disk.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An iterator over the lines of a map, each without its `\n`; made by [`Cursor::lines`]. It
/// ends after an error.
///
/// ```
/// let map = ironmap::Mmap::open("Cargo.toml")?;
/// for line in map.reader().lines() {
///     println!("{}", line?.escape_ascii());
/// }
/// # Ok::<(), ironmap::Error>(())
/// ```
#[must_use = "nothing is read until a line is asked for"]
#[derive(Clone, Debug)]
pub struct Lines<M> {
    cursor: Cursor<M>,
    failed: bool,
}

impl<M: Borrow<Mmap>> Iterator for Lines<M> {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Result<Vec<u8>>> {
        if self.failed {
            return None;
        }
        let mut line = Vec::new();
        match self.cursor.read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => {
                if line.last() == Some(&b'\n') {
                    line.pop();
                }
                Some(Ok(line))
            }
            Err(error) => {
                self.failed = true;
                Some(Err(error))
            }
        }
    }
}

impl<M: Borrow<Mmap>> FusedIterator for Lines<M> {}
