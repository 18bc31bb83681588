//! `find` and `rfind`: needle and bounds first, then the map.

use std::ops::Range;

use ironmap::Mmap;
use pyo3::prelude::*;

use crate::buffer::with_source;
use crate::convert::{self, Arguments};
use crate::error::{Fallible, Refusal};
use crate::object::{MapObject, SharedPin};
use crate::piece::LONG_SEARCH;

/// `Mmap::find` or `Mmap::rfind`.
type Search = fn(&Mmap, &[u8], Range<usize>) -> ironmap::Result<Option<usize>>;

pub(crate) fn find(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<Option<usize>> {
    args.expect("find", 1, 3)?;
    search(py, object, args, |map, needle, range| {
        map.find(needle, range)
    })
}

pub(crate) fn rfind(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<Option<usize>> {
    args.expect("rfind", 1, 3)?;
    search(py, object, args, |map, needle, range| {
        map.rfind(needle, range)
    })
}

fn search(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    search: Search,
) -> Fallible<Option<usize>> {
    let Some(needle) = args.get(0) else {
        return Ok(None);
    };
    with_source(needle, |source| {
        let start = convert::optional_ssize(args.get(1))?;
        let end = convert::optional_ssize(args.get(2))?;
        let bounds = |map: &Mmap| bounds(object, map, start, end);
        let lent = object.lent();
        let range = match object.read(py, bounds)? {
            Some(range) if source.len <= range.len() => range,
            _ => return Ok(None),
        };
        let needle = &*source.hold_still(py)?;
        let (found, damaged) = if range.len() < LONG_SEARCH {
            object.peek(py, |map| {
                let found = bounds(map).map(|range| search(map, needle, range));
                (found.transpose().map_err(Refusal::Core), map.is_damaged())
            })?
        } else {
            let found = search_pinned(&object.pin_shared(py)?, needle, bounds, search);
            (found, true)
        };
        let found = object.finish(py, found)?;
        if damaged {
            object.overlook(py, lent)?;
        }
        Ok(found.flatten())
    })
}

/// To get the pin can have meant to wait, so the bounds are found again.
#[cold]
fn search_pinned(
    pin: &SharedPin<'_, '_>,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
    search: Search,
) -> Result<Option<Option<usize>>, Refusal> {
    match bounds(pin.map()?) {
        None => Ok(None),
        Some(range) => Ok(Some(pin.detached(|map| search(map, needle, range))??)),
    }
}

/// The range to look through: from the position to the end unless told, with
/// negative numbers counted from the end. None if it ends before it starts.
fn bounds(
    object: &MapObject,
    map: &Mmap,
    start: Option<isize>,
    end: Option<isize>,
) -> Option<Range<usize>> {
    let len = map.len();
    let start = start.map_or(object.position(), |start| from_end(start, len));
    let end = end.map_or(len, |end| from_end(end, len).min(len));
    // Not even the empty needle is past the end, as in `bytes.find`.
    (start <= end).then_some(start..end)
}

fn from_end(index: isize, len: usize) -> usize {
    if index < 0 {
        len.saturating_sub(index.unsigned_abs())
    } else {
        index.unsigned_abs()
    }
}
