//! The crate's only bounds arithmetic.
//!
//! Every index, range and stride from a user passes one of these functions
//! before a pointer is made from it.

use std::ops::{Bound, Range, RangeBounds};

use crate::error::{Error, Place, Result};

/// The end of a range at which an operation begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// Checks that `at` is an index into `len` bytes.
#[inline]
pub(crate) fn index(at: usize, len: usize) -> Result<()> {
    if at < len {
        Ok(())
    } else {
        Err(Error::out_of_bounds(Place::Byte(at), len))
    }
}

/// Checks that `count` bytes from `start` lie inside `len` bytes.
#[inline]
pub(crate) fn span(start: usize, count: usize, len: usize) -> Result<()> {
    // A loop with a constant count makes one comparison.
    match len.checked_sub(count) {
        Some(last) if start <= last => Ok(()),
        _ => Err(outside(start, start.saturating_add(count), len)),
    }
}

/// Checks that `count` bytes at `start`, `start + step`, … lie inside `len`
/// bytes. A zero-length stride is valid at any offset, even past the end.
#[inline]
pub(crate) fn stride(start: usize, step: isize, count: usize, len: usize) -> Result<()> {
    let Some(steps) = count.checked_sub(1) else {
        return Ok(());
    };
    let last = isize::try_from(steps)
        .ok()
        .and_then(|steps| step.checked_mul(steps))
        .and_then(|distance| start.checked_add_signed(distance));
    match last {
        Some(last) if start < len && last < len => Ok(()),
        _ => Err(Error::out_of_bounds(
            Place::Stride { start, step, count },
            len,
        )),
    }
}

/// Returns start and length of the range that holds `count` bytes at `start`,
/// `start + step`, …; [`stride`] must have checked them.
#[inline]
pub(crate) fn stride_extent(start: usize, step: isize, count: usize) -> (usize, usize) {
    let Some(steps) = count.checked_sub(1) else {
        return (start, 0);
    };
    let distance = steps * step.unsigned_abs();
    let first = if step < 0 { start - distance } else { start };
    (first, distance + 1)
}

/// Checks a range of `len` bytes, and resolves its open ends.
#[inline]
pub(crate) fn resolve(range: impl RangeBounds<usize>, len: usize) -> Result<Range<usize>> {
    let start = match range.start_bound() {
        Bound::Unbounded => Some(0),
        Bound::Included(&start) => Some(start),
        Bound::Excluded(&before) => before.checked_add(1),
    };
    let end = match range.end_bound() {
        Bound::Unbounded => Some(len),
        Bound::Included(&last) => last.checked_add(1),
        Bound::Excluded(&end) => Some(end),
    };
    match (start, end) {
        (Some(start), Some(end)) if start <= end && end <= len => Ok(start..end),
        _ => Err(outside(
            start.unwrap_or(usize::MAX),
            end.unwrap_or(usize::MAX),
            len,
        )),
    }
}

/// Checks that `at` is a position: an index or the end.
#[inline]
pub(crate) fn position(at: usize, len: usize) -> Result<()> {
    if at <= len {
        Ok(())
    } else {
        Err(Error::out_of_bounds(Place::Position(at), len))
    }
}

/// Rounds `at` down to a multiple of `page`, a power of two.
#[inline]
pub(crate) fn page_floor(at: usize, page: usize) -> usize {
    at & !(page - 1)
}

/// Rounds `at` up to a multiple of `page`, a power of two.
///
/// `at` is a length of mapped memory, so the sum does not overflow.
#[inline]
pub(crate) fn page_ceil(at: usize, page: usize) -> usize {
    page_floor(at + (page - 1), page)
}

/// Returns whether `count` bytes at `at`, inside the map, share a page.
#[inline]
pub(crate) fn is_in_one_page(at: usize, count: usize, page: usize) -> bool {
    count == 0 || page_floor(at ^ (at + count - 1), page) == 0
}

/// Returns whether two blocks of memory, given as addresses and lengths, share a byte.
#[inline]
pub(crate) fn overlap(a: usize, a_len: usize, b: usize, b_len: usize) -> bool {
    a < b.saturating_add(b_len) && b < a.saturating_add(a_len)
}

#[cold]
fn outside(start: usize, end: usize, len: usize) -> Error {
    Error::out_of_bounds(Place::Range { start, end }, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_past_end_is_error() {
        assert!(span(0, 0, 0).is_ok());
        assert!(span(6, 4, 10).is_ok());
        assert!(span(10, 0, 10).is_ok());
        assert!(span(11, 0, 10).is_err());
        assert!(span(7, 4, 10).is_err());
        assert!(span(0, 11, 10).is_err());
        assert!(span(usize::MAX, 1, usize::MAX).is_err());
        assert!(span(1, usize::MAX, usize::MAX).is_err());
    }

    #[test]
    fn resolve_every_kind_of_range_succeeds() {
        assert_eq!(resolve(.., 5).unwrap(), 0..5);
        assert_eq!(resolve(2.., 5).unwrap(), 2..5);
        assert_eq!(resolve(..=4, 5).unwrap(), 0..5);
        assert_eq!(resolve(5..5, 5).unwrap(), 5..5);
        let after = (Bound::Excluded(1), Bound::Unbounded);
        assert_eq!(resolve(after, 5).unwrap(), 2..5);
    }

    #[test]
    fn resolve_outside_or_backwards_is_error() {
        let backwards = Range { start: 3, end: 2 };
        let error = resolve(backwards, 5).unwrap_err();
        assert_eq!(
            error.to_string(),
            "range 3..2 is out of bounds of a map of 5 bytes"
        );
        assert!(resolve(..6, 5).is_err());
        assert!(resolve(..=usize::MAX, 5).is_err());
        assert!(resolve((Bound::Excluded(usize::MAX), Bound::Unbounded), 5).is_err());
    }

    #[test]
    fn stride_outside_at_either_end_is_error() {
        assert!(stride(9, -3, 4, 10).is_ok());
        assert!(stride(9, -3, 5, 10).is_err());
        assert!(stride(0, 3, 4, 10).is_ok());
        assert!(stride(0, 3, 5, 10).is_err());
        assert!(stride(10, 1, 1, 10).is_err());
        assert!(stride(10, 1, 0, 10).is_ok());
        assert!(stride(12, -3, 4, 10).is_err());
        assert!(stride(0, isize::MAX, 3, 10).is_err());
        assert!(stride(0, 0, usize::MAX, 10).is_err());
        assert!(stride(9, isize::MIN, 1, 10).is_ok());
        assert!(stride(9, isize::MIN, 2, 10).is_err());
    }

    #[test]
    fn page_floor_and_ceil_round() {
        assert_eq!((page_floor(4095, 4096), page_floor(4096, 4096)), (0, 4096));
        assert_eq!(
            (
                page_ceil(0, 4096),
                page_ceil(1, 4096),
                page_ceil(4096, 4096)
            ),
            (0, 4096, 4096)
        );
    }

    #[test]
    fn is_in_one_page_across_edge_is_false() {
        assert!(is_in_one_page(0, 4096, 4096));
        assert!(is_in_one_page(4095, 1, 4096));
        assert!(is_in_one_page(4096, 0, 4096));
        assert!(!is_in_one_page(4095, 2, 4096));
        assert!(!is_in_one_page(0, 4097, 4096));
    }

    #[test]
    fn overlap_without_common_byte_is_false() {
        assert!(overlap(10, 5, 14, 5));
        assert!(overlap(14, 5, 10, 5));
        assert!(overlap(10, 10, 12, 2));
        assert!(!overlap(10, 5, 15, 5));
        assert!(!overlap(15, 5, 10, 5));
        assert!(!overlap(10, 0, 10, 0));
        assert!(overlap(usize::MAX - 4, 4, usize::MAX - 1, 1));
    }
}
