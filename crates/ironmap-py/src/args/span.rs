//! Spans: evenly spaced bytes of a map.

use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;
use ironmap::raw::MmapExt;

/// `count` bytes of a map, at `start`, `start + step`, ….
#[derive(Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) step: isize,
    pub(crate) count: usize,
}

impl Span {
    #[inline]
    pub(crate) fn contiguous(start: usize, count: usize) -> Span {
        Span {
            start,
            step: 1,
            count,
        }
    }

    /// Returns the bytes from its first to its last, which bound the cost of cold pages.
    #[inline]
    pub(crate) fn extent(self) -> usize {
        self.count.saturating_mul(self.step.unsigned_abs())
    }

    /// Returns a part of the span: the bytes with these numbers.
    pub(crate) fn part(self, numbers: Range<usize>) -> Span {
        let distance = self.step.wrapping_mul(numbers.start as isize);
        Span {
            start: self.start.wrapping_add_signed(distance),
            step: self.step,
            count: numbers.len(),
        }
    }

    #[inline]
    pub(crate) fn copy_out(self, map: &Mmap, place: &mut [MaybeUninit<u8>]) -> ironmap::Result<()> {
        // A span of no bytes is valid at any offset, even past the end.
        if self.count == 0 {
            return Ok(());
        }
        if self.step == 1 {
            map.read_uninit_at(self.start, place)
        } else {
            map.read_strided(self.start, self.step, place)
        }
    }
}
