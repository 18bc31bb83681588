//! Spans: evenly spaced bytes of a map, which slices and positions stand for.

use std::cmp::{max, min};
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

    /// How many bytes it stretches over: what it costs where pages are cold.
    #[inline]
    pub(crate) fn extent(self) -> usize {
        self.count.saturating_mul(self.step.unsigned_abs())
    }

    /// From its lowest byte to its highest, of which there is one at least.
    pub(crate) fn range(self) -> Range<usize> {
        let last = self
            .start
            .wrapping_add_signed(self.step * (self.count as isize - 1));
        min(self.start, last)..max(self.start, last) + 1
    }

    /// What lies in the first `extent` bytes of it, and what behind.
    pub(crate) fn split(self, extent: usize) -> (Span, Span) {
        let count = min(self.count, extent.div_ceil(self.step.unsigned_abs().max(1)));
        let start = self
            .start
            .wrapping_add_signed(self.step.wrapping_mul(count as isize));
        let behind = Span {
            start,
            count: self.count - count,
            ..self
        };
        (Span { count, ..self }, behind)
    }

    #[inline]
    pub(crate) fn copy_out(self, map: &Mmap, place: &mut [MaybeUninit<u8>]) -> ironmap::Result<()> {
        if self.step == 1 {
            map.read_uninit_at(self.start, place)
        } else {
            map.read_strided(self.start, self.step, place)
        }
    }
}
