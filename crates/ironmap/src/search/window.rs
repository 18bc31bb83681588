//! Windows: pieces of a region in private memory.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::error::{self, Result};
use crate::region::Region;

/// The first window. It lies on the stack, so a match nearby costs no
/// allocation and no more copying than this.
pub(super) const NEAR: usize = 4 << 10;
/// Later windows: long enough to forget the cost of starting a search, short
/// enough to stay in the second-level cache.
pub(super) const FAR: usize = 64 << 10;

/// Copies windows out of one region, for one needle.
pub(super) struct Windows<'a> {
    region: &'a Region,
    needle_len: usize,
    near: [MaybeUninit<u8>; NEAR],
    near_used: bool,
    far: Vec<MaybeUninit<u8>>,
}

impl<'a> Windows<'a> {
    pub(super) fn new(region: &'a Region, needle_len: usize) -> Windows<'a> {
        Windows {
            region,
            needle_len,
            near: [MaybeUninit::uninit(); NEAR],
            near_used: false,
            far: Vec::new(),
        }
    }

    /// The first bytes of `range`, as many as fit into a window.
    pub(super) fn first_of(&mut self, range: Range<usize>) -> Result<&[u8]> {
        let region = self.region;
        let window = self.buffer(range.len())?;
        region.read(range.start, window).map(|window| &*window)
    }

    /// The last bytes of `range`, as many as fit into a window.
    pub(super) fn last_of(&mut self, range: Range<usize>) -> Result<&[u8]> {
        let region = self.region;
        let window = self.buffer(range.len())?;
        region
            .read(range.end - window.len(), window)
            .map(|window| &*window)
    }

    /// Where the page ends that `at` is in.
    pub(super) fn page_end(&self, at: usize) -> usize {
        self.region.page_end(at)
    }

    /// Memory for the next window, at most `wanted` bytes.
    fn buffer(&mut self, wanted: usize) -> Result<&mut [MaybeUninit<u8>]> {
        if !self.near_used && self.needle_len <= NEAR / 2 {
            self.near_used = true;
            return Ok(&mut self.near[..wanted.min(NEAR)]);
        }
        if self.far.is_empty() {
            self.far = allocate(wanted.min(FAR.max(self.needle_len.saturating_mul(2))))?;
        }
        let count = wanted.min(self.far.len());
        Ok(&mut self.far[..count])
    }
}

fn allocate(bytes: usize) -> Result<Vec<MaybeUninit<u8>>> {
    let mut memory = Vec::new();
    error::reserve(&mut memory, bytes)?;
    memory.resize(bytes, MaybeUninit::uninit());
    Ok(memory)
}
