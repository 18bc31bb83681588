//! `find` and `rfind`: needle and bounds first, then the map.

use std::ops::Range;

use ironmap::Mmap;
use ironmap::raw::MmapExt;

use crate::args::buffer::with_source;
use crate::args::conversion::{self, Arguments, Slice};
use crate::errors::{Fallible, Refusal};
use crate::interpreter::python::Python;
use crate::methods::copy::first_damage;
use crate::object::gil_budget::{STEP, Turn};
use crate::object::{MapObject, SharedPin};

/// How many places come first: what is found there is not worth a pin.
const NEAR_BYTES: usize = 4 << 10;

/// A search, and how it is divided into steps.
trait Direction {
    fn search(map: &Mmap, needle: &[u8], range: Range<usize>) -> ironmap::Result<Option<usize>>;

    /// What is looked through first, and what then: `places` where a match can
    /// begin, and the `behind` bytes that it has after its first.
    fn split(range: Range<usize>, places: usize, behind: usize) -> [Range<usize>; 2];

    /// What is looked through before anything else: all of a range that is short,
    /// and of a long one so little that it costs nothing, if a match is that short.
    fn near(range: Range<usize>, needle_len: usize) -> Option<Range<usize>> {
        if range.len() < STEP {
            return Some(range);
        }
        if needle_len > NEAR_BYTES {
            return None;
        }
        let [near, _] = Self::split(range, NEAR_BYTES, needle_len.saturating_sub(1));
        Some(near)
    }
}

struct Forwards;

impl Direction for Forwards {
    fn search(map: &Mmap, needle: &[u8], range: Range<usize>) -> ironmap::Result<Option<usize>> {
        map.find(needle, range)
    }

    fn split(range: Range<usize>, places: usize, behind: usize) -> [Range<usize>; 2] {
        let cut = range.start + places;
        [range.start..cut + behind, cut..range.end]
    }
}

struct Backwards;

impl Direction for Backwards {
    fn search(map: &Mmap, needle: &[u8], range: Range<usize>) -> ironmap::Result<Option<usize>> {
        map.rfind(needle, range)
    }

    fn split(range: Range<usize>, places: usize, behind: usize) -> [Range<usize>; 2] {
        let cut = range.end - behind - places;
        [cut..range.end, range.start..cut + behind]
    }
}

pub(crate) fn find(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<Option<usize>> {
    args.expect("find", 1, 3)?;
    search::<Forwards>(py, object, args)
}

pub(crate) fn rfind(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<Option<usize>> {
    args.expect("rfind", 1, 3)?;
    search::<Backwards>(py, object, args)
}

fn search<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<Option<usize>> {
    let Some(needle) = args.get(0) else {
        return Ok(None);
    };
    with_source(needle, |source| {
        let start = conversion::optional_ssize(args.get(1))?;
        let end = conversion::optional_ssize(args.get(2))?;
        // From the position to the end unless told.
        let bounds = |map: &Mmap| {
            let start = start.unwrap_or(object.position() as isize);
            Slice::between(start, end.unwrap_or(isize::MAX)).range(map.len())
        };
        let lent = object.lent();
        let range = match object.read(py, bounds)? {
            Some(range) if source.len <= range.len() => range,
            _ => return Ok(None),
        };
        let needle = &*source.hold_still(py, object)?;
        search_in::<D>(py, object, needle, &range, lent, bounds)
    })
}

/// The first match in what `bounds` says.
pub(crate) fn first_within(
    py: Python<'_>,
    object: &MapObject,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> Fallible<Option<usize>> {
    search_within::<Forwards>(py, object, needle, bounds)
}

/// The last match in what `bounds` says.
pub(crate) fn last_within(
    py: Python<'_>,
    object: &MapObject,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> Fallible<Option<usize>> {
    search_within::<Backwards>(py, object, needle, bounds)
}

fn search_within<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> Fallible<Option<usize>> {
    let lent = object.lent();
    match object.read(py, &bounds)? {
        Some(range) if needle.len() <= range.len() => {
            search_in::<D>(py, object, needle, &range, lent, bounds)
        }
        _ => Ok(None),
    }
}

/// Searches what `bounds` says, which a moment ago was `range`.
#[inline]
fn search_in<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    needle: &[u8],
    range: &Range<usize>,
    lent: Option<u64>,
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> Fallible<Option<usize>> {
    let (found, damaged) = object.peek(py, |map| {
        let found = bounds(map).and_then(|whole| {
            let near = D::near(whole.clone(), needle.len())?;
            let found = D::search(map, needle, near);
            Some(found.map_err(|error| first_damage(map, &whole, error)))
        });
        let found = found.transpose().map_err(Refusal::Core);
        (found, map.needs_attention())
    })?;
    let mut found = object.or_fail(py, found)?.flatten();
    if damaged {
        object.ignore_damage_past_match(py, lent)?;
    }
    if found.is_none() && range.len() >= STEP {
        let searched = search_pinned::<D>(&object.pin_shared(py)?, needle, bounds);
        found = object.or_fail(py, searched)?;
        object.ignore_damage_past_match(py, lent)?;
    }
    Ok(found)
}

/// To get the pin can have meant to wait, so the bounds are found again.
#[inline(never)]
fn search_pinned<D: Direction>(
    pin: &SharedPin<'_, '_>,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> Result<Option<usize>, Refusal> {
    let Some(whole) = pin.with(&bounds) else {
        return Ok(None);
    };
    let look = |map: &Mmap, part| {
        D::search(map, needle, part).map_err(|error| first_damage(map, &whole, error))
    };
    let behind = needle.len().saturating_sub(1);
    if behind >= STEP {
        return Ok(pin.detached(|map| look(map, whole.clone()))?);
    }
    let turn = Turn::begin();
    let mut rest = whole.clone();
    while rest.len() > STEP + behind {
        let [step, others] = D::split(rest, STEP, behind);
        if let Some(found) = pin.with(|map| look(map, step))? {
            return Ok(Some(found));
        }
        rest = others;
        if turn.is_over(whole.len() - rest.len(), rest.len()) {
            return Ok(pin.detached(|map| look(map, rest))?);
        }
    }
    Ok(pin.with(|map| look(map, rest))?)
}
