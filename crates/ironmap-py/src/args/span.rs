//! Spans: evenly spaced bytes of a map, and the ways to choose one.

use std::cmp::{max, min};
use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;
use ironmap::raw::MmapExt;

use crate::object::MapObject;

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

    /// Returns the range from its lowest byte to its highest. It has one byte at least.
    pub(crate) fn range(self) -> Range<usize> {
        let last = self
            .start
            .wrapping_add_signed(self.step * (self.count as isize - 1));
        min(self.start, last)..max(self.start, last) + 1
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

/// The span that a copy is of.
pub(crate) trait Spans {
    /// Returns the span, as the map is now.
    fn resolve(&self, map: &Mmap) -> Span;

    /// Takes the span, before another thread can: a position moves past it.
    #[inline]
    fn commit(&self, _span: Span) {}

    /// Gives the span back, because its copy has failed.
    fn retract(&self, _span: Span) {}
}

impl<F: Fn(&Mmap) -> Span> Spans for F {
    #[inline(always)]
    fn resolve(&self, map: &Mmap) -> Span {
        self(map)
    }
}

/// The bytes from the position on, at most so many. The position moves before they are
/// copied, so that the read of another thread goes on behind them. If the copy fails it
/// returns, unless another thread has moved it since.
pub(crate) struct AtPosition<'a> {
    pub(crate) object: &'a MapObject,
    pub(crate) most: usize,
}

impl Spans for AtPosition<'_> {
    #[inline]
    fn resolve(&self, map: &Mmap) -> Span {
        let start = self.object.position();
        Span::contiguous(start, min(self.most, map.len().saturating_sub(start)))
    }

    #[inline]
    fn commit(&self, span: Span) {
        self.object.set_position(span.start + span.count);
    }

    #[cold]
    fn retract(&self, Span { start, count, .. }: Span) {
        if self.object.position() == start + count {
            self.object.set_position(start);
        }
    }
}
