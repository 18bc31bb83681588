//! Iterators over the bytes of a view.

use std::hint::black_box;
use std::iter::FusedIterator;

use super::View;

/// Bytes that a `fold` over bytes loads at once: few enough for registers, so that the compiler
/// can vectorise the closure on them.
const BLOCK: usize = 64;

/// Bytes that a `fold` over chunks loads at once: more, because a chunk is one step.
const BLOCK_OF_CHUNKS: usize = 256;

impl View<'_> {
    /// Takes the first `N` bytes off, if there are so many.
    #[inline]
    fn take_array<const N: usize>(&mut self) -> Option<[u8; N]> {
        if self.len() < N {
            return None;
        }
        let array = self.read_array(0).ok();
        *self = self.within(N..self.len());
        array
    }

    /// Hides the length from the compiler: where LLVM knows how often a loop over blocks runs, it
    /// does not vectorise a sum in it.
    #[inline]
    fn hide_len(&mut self) {
        self.len = black_box(self.len);
    }
}

impl<'a> View<'a> {
    /// Returns an iterator over the bytes. Its `fold` loads many at once, so that the compiler can
    /// vectorise it: `fold`, `sum`, `count` and `for_each` are as fast as those of a slice.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let sum: u64 = map.view(..3, |bytes| bytes.bytes().map(u64::from).sum())?;
    /// assert_eq!(sum, u64::from(b'[') + u64::from(b'p') + u64::from(b'a'));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn bytes(self) -> ViewBytes<'a> {
        ViewBytes { rest: self }
    }

    /// Returns an iterator over the whole chunks of `N` bytes; their rest is in
    /// [`remainder`](ViewChunks::remainder). `N` is not 0. If 256 is a multiple of it, `fold` loads
    /// many at once, so that the compiler can vectorise it.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(17)?;
    /// map.write_u64_le(0, 40)?;
    /// map.write_u64_le(8, 2)?;
    /// let sum: u64 = map.view(.., |bytes| bytes.chunks().map(u64::from_le_bytes).sum())?;
    /// assert_eq!(sum, 42);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[inline]
    pub fn chunks<const N: usize>(self) -> ViewChunks<'a, N> {
        const { assert!(N > 0, "chunks of 0 bytes") };
        let whole = self.len() - self.len() % N;
        ViewChunks {
            rest: self.within(0..whole),
            remainder: self.within(whole..self.len()),
        }
    }
}

/// An iterator over the bytes of a [`View`].
///
/// ```
/// let map = ironmap::Mmap::open("Cargo.toml")?;
/// let spaces = map.view(.., |view| view.bytes().filter(|&byte| byte == b' ').count())?;
/// assert_eq!(spaces, map.count(b" ", ..)?);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ViewBytes<'a> {
    rest: View<'a>,
}

impl Iterator for ViewBytes<'_> {
    type Item = u8;

    #[inline]
    fn next(&mut self) -> Option<u8> {
        self.rest.take_array().map(|[byte]| byte)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.len(), Some(self.rest.len()))
    }

    #[inline]
    fn fold<B, F>(mut self, init: B, mut f: F) -> B
    where
        F: FnMut(B, u8) -> B,
    {
        let mut result = init;
        if self.rest.len() >= BLOCK {
            self.rest.hide_len();
            while let Some(block) = self.rest.take_array::<BLOCK>() {
                result = block.into_iter().fold(result, &mut f);
            }
        }
        for byte in self.by_ref() {
            result = f(result, byte);
        }
        result
    }
}

impl ExactSizeIterator for ViewBytes<'_> {}
impl FusedIterator for ViewBytes<'_> {}

/// An iterator over arrays of `N` bytes of a [`View`].
///
/// ```
/// let map = ironmap::Mmap::anonymous(100)?;
/// assert_eq!(map.view(.., |view| view.chunks::<8>().len())?, 12);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct ViewChunks<'a, const N: usize> {
    rest: View<'a>,
    remainder: View<'a>,
}

impl<'a, const N: usize> ViewChunks<'a, N> {
    /// Returns the bytes after the last whole chunk.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// assert_eq!(map.view(.., |view| view.chunks::<8>().remainder().len())?, 4);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn remainder(&self) -> View<'a> {
        self.remainder
    }
}

impl<const N: usize> Iterator for ViewChunks<'_, N> {
    type Item = [u8; N];

    #[inline]
    fn next(&mut self) -> Option<[u8; N]> {
        self.rest.take_array()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let count = self.rest.len() / N;
        (count, Some(count))
    }

    #[inline]
    fn fold<B, F>(mut self, init: B, mut f: F) -> B
    where
        F: FnMut(B, [u8; N]) -> B,
    {
        let mut result = init;
        if BLOCK_OF_CHUNKS % N == 0 && self.rest.len() >= BLOCK_OF_CHUNKS {
            self.rest.hide_len();
            while let Some(block) = self.rest.take_array::<BLOCK_OF_CHUNKS>() {
                let arrays = block.chunks_exact(N);
                let arrays = arrays.map(|array| array.try_into().expect("N bytes"));
                result = arrays.fold(result, &mut f);
            }
        }
        for chunk in self.by_ref() {
            result = f(result, chunk);
        }
        result
    }
}

impl<const N: usize> ExactSizeIterator for ViewChunks<'_, N> {}
impl<const N: usize> FusedIterator for ViewChunks<'_, N> {}
