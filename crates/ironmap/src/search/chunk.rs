//! Chunks: pieces of a region, copied into private memory.

use std::mem::MaybeUninit;
use std::ops::Range;

use crate::error::{self, Result};
use crate::region::Region;

/// Bytes of the first chunk. It is on the stack: a near match costs no allocation and little
/// copying.
pub(super) const STACK_CHUNK: usize = 4 << 10;
/// Bytes of later chunks: so many that the start of a search costs nothing, and few enough for
/// the second-level cache.
pub(super) const HEAP_CHUNK: usize = 64 << 10;

/// Copies chunks out of a region.
pub(super) struct Chunks<'a> {
    region: &'a Region,
    needle_len: usize,
    near: [MaybeUninit<u8>; STACK_CHUNK],
    near_used: bool,
    far: Vec<MaybeUninit<u8>>,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(region: &'a Region, needle_len: usize) -> Chunks<'a> {
        Chunks {
            region,
            needle_len,
            near: [MaybeUninit::uninit(); STACK_CHUNK],
            near_used: false,
            far: Vec::new(),
        }
    }

    /// Returns the first bytes of `range`, as many as fit into a chunk.
    pub(super) fn first_of(&mut self, range: Range<usize>) -> Result<&mut [u8]> {
        let region = self.region;
        let chunk = self.buffer(range.len())?;
        region.read(range.start, chunk)
    }

    /// Returns memory for the next chunk, at most `wanted` bytes.
    fn buffer(&mut self, wanted: usize) -> Result<&mut [MaybeUninit<u8>]> {
        if !self.near_used && self.needle_len <= STACK_CHUNK / 2 {
            self.near_used = true;
            return Ok(&mut self.near[..wanted.min(STACK_CHUNK)]);
        }
        if self.far.is_empty() {
            self.far = allocate(wanted.min(HEAP_CHUNK.max(self.needle_len.saturating_mul(2))))?;
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
