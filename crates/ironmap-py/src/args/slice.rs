//! Slices, and the spans and ranges that they select.
//!
//! # Safety
//!
//! A call of the interpreter's C interface: E2, of `conversion`.
#![allow(unsafe_code)]

use std::cmp::{max, min};
use std::ops::Range;
use std::ptr;

use crate::args::{Argument, Span};
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Python, capi, owned};

/// A slice before it is resolved for a length.
#[derive(Clone, Copy)]
pub(crate) struct Slice {
    start: isize,
    stop: isize,
    step: isize,
}

impl Slice {
    /// The whole map.
    const ALL: Slice = Slice::between(0, isize::MAX);

    /// Returns the slice `start:stop`.
    #[inline]
    pub(crate) const fn between(start: isize, stop: isize) -> Slice {
        Slice {
            start,
            stop,
            step: 1,
        }
    }

    /// Converts two arguments with the rules and error texts of slices.
    pub(crate) fn from_ends(
        py: Python<'_>,
        start: Option<Argument<'_, '_>>,
        end: Option<Argument<'_, '_>>,
    ) -> PyResult<Slice> {
        if start.is_none() && end.is_none() {
            return Ok(Slice::ALL);
        }
        let end_or_none =
            |end: Option<Argument<'_, '_>>| end.map_or(ptr::null_mut(), Argument::as_ptr);
        let (start, end) = (end_or_none(start), end_or_none(end));
        // SAFETY: E2: live objects, or NULL, which stands for None.
        let slice = owned(py, unsafe {
            capi::PySlice_New(start, end, ptr::null_mut())
        })?;
        Slice::unpack(slice.borrow())
    }

    #[inline]
    pub(crate) fn unpack(object: Argument<'_, '_>) -> PyResult<Slice> {
        let (mut start, mut stop, mut step) = (0, 0, 0);
        // SAFETY: E2: a live slice (the caller checked) and three places.
        let result = unsafe {
            capi::PySlice_Unpack(
                object.as_ptr(),
                &raw mut start,
                &raw mut stop,
                &raw mut step,
            )
        };
        if result < 0 {
            return Err(Raised::already_set(object.py()));
        }
        Ok(Slice { start, stop, step })
    }

    /// Returns the extent of `count` of its bytes.
    pub(crate) fn extent(self, count: usize) -> usize {
        count.saturating_mul(self.step.unsigned_abs())
    }

    /// Returns the range between the two ends in a map of `len` bytes, as the methods of
    /// `bytes` do. Returns `None` if it ends before it starts or starts past the end, where not
    /// even an empty needle is found.
    pub(crate) fn range(self, len: usize) -> Option<Range<usize>> {
        let place = |index: isize| match index {
            ..0 => len.saturating_sub(index.unsigned_abs()),
            _ => index.unsigned_abs(),
        };
        let (start, end) = (place(self.start), min(place(self.stop), len));
        (start <= end).then_some(start..end)
    }

    /// Returns the span that the slice selects in a map of `len` bytes.
    #[inline]
    pub(crate) fn resolve(self, len: usize) -> Span {
        let Slice { start, stop, step } = self;
        let len = len as isize;
        let (least, most) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let place = |index: isize| match index {
            ..0 => max(index + len, least),
            _ => min(index, most),
        };
        let (start, stop) = (place(start), place(stop));
        let distance = if step < 0 { start - stop } else { stop - start };
        let count = match distance.max(0) as usize {
            0 => 0,
            distance if step == 1 => distance,
            distance => (distance - 1) / step.unsigned_abs() + 1,
        };
        Span {
            // An empty slice with a negative step can start at -1.
            start: start.max(0) as usize,
            step,
            count,
        }
    }
}
