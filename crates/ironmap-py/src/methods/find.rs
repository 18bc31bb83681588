//! Searches: `find`, `rfind`, `index`, `rindex`, `count`, `startswith`, `endswith`, `find_any`.

use std::cmp::min;
use std::ffi::CStr;
use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::jobs::{Count, Find, FindAny, first_damage};
use ironmap::raw::MmapExt;
use ironmap::{Match, Mmap, Needles};

use crate::args::buffer::{HeldSource, Source};
use crate::args::{Argument, Arguments, Callback, Keywords, Slice, conversion};
use crate::class::needles::needles_in;
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;
use crate::interpreter::objects::Items;
use crate::methods::needles::{self, or_value_error};
use crate::object::MapObject;
use crate::object::run::{LONG, LONG_PASS, run, run_with_progress};

/// Places searched before a job is made; a match there costs no lock guard.
const NEAR_BYTES: usize = 4 << 10;

type SearchFn = fn(&Mmap, &[u8], Range<usize>) -> ironmap::Result<Option<usize>>;

/// The end of a range at which a search begins.
pub(crate) trait Direction {
    /// The methods' names.
    const FIND: &str;
    const INDEX: &str;
    const SEARCH: SearchFn;

    fn job(needle: &[u8], range: Range<usize>) -> Find<'_>;

    /// Returns the first `count` bytes of a range that is longer.
    fn begin(range: &Range<usize>, count: usize) -> Range<usize>;
}

pub(crate) struct Forwards;

impl Direction for Forwards {
    const FIND: &str = "find";
    const INDEX: &str = "index";
    const SEARCH: SearchFn = Mmap::find;

    fn job(needle: &[u8], range: Range<usize>) -> Find<'_> {
        Find::first(needle, range)
    }

    fn begin(range: &Range<usize>, count: usize) -> Range<usize> {
        range.start..range.start + count
    }
}

pub(crate) struct Backwards;

impl Direction for Backwards {
    const FIND: &str = "rfind";
    const INDEX: &str = "rindex";
    const SEARCH: SearchFn = Mmap::rfind;

    fn job(needle: &[u8], range: Range<usize>) -> Find<'_> {
        Find::last(needle, range)
    }

    fn begin(range: &Range<usize>, count: usize) -> Range<usize> {
        range.end - count..range.end
    }
}

/// Does `find`, and `rfind` backwards.
pub(crate) fn find<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<Option<usize>> {
    args.expect(D::FIND, 1, 3)?;
    let Some(needle) = args.get(0) else {
        return Ok(None);
    };
    let mut view = MaybeUninit::uninit();
    let needle = HeldSource::new(needle, &mut view)?;
    let bounds = (plain_bound(args.get(1)), plain_bound(args.get(2)));
    let (start, end) = match bounds {
        (Some(start), Some(end)) => (start, end.unwrap_or(isize::MAX)),
        _ => converted_bounds(py, object, args)?,
    };
    // Starts at the position unless `start` is given.
    let bounds = |map: &Mmap| {
        let start = start.unwrap_or(object.position() as isize);
        Slice::between(start, end).range(map.len())
    };
    match needle.fixed_bytes() {
        Some(needle) => search_within::<D>(py, object, needle, bounds),
        None => search_copied::<D>(py, object, &needle, bounds),
    }
}

/// Returns a bound whose conversion runs no code and raises nothing.
#[inline]
fn plain_bound(bound: Option<Argument<'_, '_>>) -> Option<Option<isize>> {
    match bound {
        Some(bound) if !bound.is_none() => conversion::small_int(bound).map(Some),
        _ => Some(None),
    }
}

/// Converts the bounds. Without `end`, the end is the length before the conversion.
#[cold]
fn converted_bounds(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<(Option<isize>, isize)> {
    let len = object.read(py, Mmap::len)?;
    let start = conversion::optional_ssize(args.get(1))?;
    let end = conversion::optional_ssize(args.get(2))?;
    Ok((start, end.unwrap_or(len as isize)))
}

/// Searches for a private copy of a needle, if the bounds have room for it.
#[inline(never)]
fn search_copied<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    needle: &Source,
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> PyResult<Option<usize>> {
    match object.read(py, &bounds)? {
        Some(range) if needle.len <= range.len() => {
            let needle = needle.stable_bytes(py, object)?;
            search_within::<D>(py, object, &needle, bounds)
        }
        _ => Ok(None),
    }
}

/// Searches the range that `bounds` returns: all of it if it is short, else its beginning, and
/// the rest by a job.
#[inline]
fn search_within<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    needle: &[u8],
    bounds: impl Fn(&Mmap) -> Option<Range<usize>>,
) -> PyResult<Option<usize>> {
    let exports = object.exports_total();
    let searched = object.read(py, |map| {
        let range = bounds(map).filter(|range| needle.len() <= range.len())?;
        let found = if range.len() < LONG {
            D::SEARCH(map, needle, range.clone())
        } else if needle.len() <= NEAR_BYTES {
            let behind = needle.len().saturating_sub(1);
            D::SEARCH(map, needle, D::begin(&range, NEAR_BYTES + behind))
        } else {
            Ok(None)
        };
        let found = found.map_err(|error| first_damage(map, &range, error));
        Some((range, found, map.needs_attention()))
    })?;
    let Some((range, found, damaged)) = searched else {
        return Ok(None);
    };
    let found = found.map_err(|error| object.raise(py, error))?;
    if damaged {
        object.ignore_damage_past_match(py, exports)?;
    }
    if found.is_some() || range.len() < LONG {
        return Ok(found);
    }
    let found = run(py, object, &mut D::job(needle, range))?;
    object.or_raise(py, found)
}

/// As [`NEAR_BYTES`], for several needles.
const FIND_ANY_NEAR_BYTES: usize = 64 << 10;

/// Runs `f` on a needle: bytes-like, or one byte as an int.
pub(crate) fn with_needle<R>(
    object: &MapObject,
    needle: Argument<'_, '_>,
    f: impl FnOnce(&[u8]) -> PyResult<R>,
) -> PyResult<R> {
    let py = needle.py();
    if conversion::is_buffer(needle) {
        let mut view = MaybeUninit::uninit();
        let source = HeldSource::new(needle, &mut view)?;
        return f(&source.stable_bytes(py, object)?);
    }
    if !conversion::is_index(needle) {
        let text = Message::new(py, "argument should be integer or bytes-like object, not '");
        return Err(Raised::type_error_with(text.and_class_of(needle).and("'")));
    }
    match u8::try_from(conversion::clipped(needle)?) {
        Ok(byte) => f(&[byte]),
        Err(_) => Err(Raised::value_error(py, c"byte must be in range(0, 256)")),
    }
}

/// Returns the arguments of a search: what to find, by position; where, by position or by name;
/// the others by name.
pub(crate) fn search_arguments<'a, 'py, const N: usize>(
    args: &Arguments<'a, 'py>,
    keywords: &Keywords<'a, 'py>,
    function: &str,
    names: [&CStr; N],
) -> PyResult<[Option<Argument<'a, 'py>>; N]> {
    args.expect(function, 0, 3)?;
    let values = args.by_name(keywords, function, names, 3)?;
    if args.get(0).is_none() && values[0].is_some() {
        let text = format_args!("{function}() takes what to find by position, not by name");
        return Err(Raised::type_error_with(Message::new(args.py, text)));
    }
    args.expect(function, 1, 3)?;
    Ok(values)
}

pub(crate) fn count(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> PyResult<usize> {
    let names = [c"sub", c"start", c"end", c"progress"];
    let [needle, start, end, progress] = search_arguments(args, keywords, "count", names)?;
    let Some(needle) = needle else {
        return Ok(0);
    };
    let progress = Callback::new(progress)?;
    let ends = Slice::from_ends(py, start, end)?;
    if let Some(needles) = needles_in(needle)? {
        return needles::count(py, object, needles, ends, progress);
    }
    with_needle(object, needle, |needle| {
        let exports = object.exports_total();
        let counted = object.read(py, |map| match ends.range(map.len()) {
            None => Ok(Ok(0)),
            Some(range) if range.len() < LONG_PASS => Ok(map.count(needle, range)),
            Some(range) => Err(range),
        })?;
        let counted = match counted {
            Ok(counted) => {
                let counted = object.or_raise(py, counted)?;
                object.ignore_damage_past_match(py, exports)?;
                return Ok(counted);
            }
            Err(range) => {
                let mut job = Count::new(needle, range);
                run_with_progress(py, object, &mut job, progress)?
            }
        };
        object.or_raise(py, counted)
    })
}

/// Does `index`, and `rindex` backwards.
pub(crate) fn index<D: Direction>(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<usize> {
    args.expect(D::INDEX, 1, 3)?;
    let Some(needle) = args.get(0) else {
        return Err(not_found(py));
    };
    let ends = Slice::from_ends(py, args.get(1), args.get(2))?;
    let found = with_needle(object, needle, |needle| {
        search_within::<D>(py, object, needle, |map| ends.range(map.len()))
    })?;
    found.ok_or_else(|| not_found(py))
}

#[cold]
fn not_found(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"subsection not found")
}

pub(crate) fn startswith(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<bool> {
    affix_at(py, object, "startswith", args, |range, len| {
        range.start..range.start + len
    })
}

pub(crate) fn endswith(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<bool> {
    affix_at(py, object, "endswith", args, |range, len| {
        range.end - len..range.end
    })
}

/// Returns whether the argument, or one item of a tuple, is at the range that `place` returns.
/// It is if it is found in a range no longer than itself.
fn affix_at(
    py: Python<'_>,
    object: &MapObject,
    name: &str,
    args: &Arguments<'_, '_>,
    place: impl Fn(Range<usize>, usize) -> Range<usize>,
) -> PyResult<bool> {
    args.expect(name, 1, 3)?;
    let Some(affixes) = args.get(0) else {
        return Ok(false);
    };
    let ends = Slice::from_ends(py, args.get(1), args.get(2))?;
    let lies = |affix: Argument<'_, '_>| {
        let mut view = MaybeUninit::uninit();
        let source = HeldSource::new(affix, &mut view)?;
        let affix = &*source.stable_bytes(py, object)?;
        let found = search_within::<Forwards>(py, object, affix, |map| {
            let range = ends.range(map.len())?;
            (affix.len() <= range.len()).then(|| place(range, affix.len()))
        })?;
        Ok(found.is_some())
    };
    object.check_open(py)?;
    if let Some(mut affixes) = conversion::tuple_items(affixes) {
        for affix in &mut affixes {
            if lies(affix)? {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if !conversion::is_buffer(affixes) {
        let text = format_args!("{name} first arg must be bytes or a tuple of bytes, not ");
        return Err(Raised::type_error_with(
            Message::new(py, text).and_class_of(affixes),
        ));
    }
    lies(affixes)
}

/// Returns the offset and the number of the first needle found.
pub(crate) fn find_any<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Option<(usize, usize)>> {
    let names = [c"needles", c"start", c"end", c"progress"];
    let [needles, start, end, progress] = search_arguments(args, keywords, "find_any", names)?;
    let Some(needles) = needles else {
        return Ok(None);
    };
    let progress = Callback::new(progress)?;
    let ends = Slice::from_ends(py, start, end)?;
    let needles = match needles_in(needles)? {
        Some(prepared) => prepared.clone(),
        None => needles_of(object, needles)?,
    };
    let exports = object.exports_total();
    let (range, near) = object.read(py, |map| {
        let range = ends.range(map.len());
        let near = range
            .clone()
            .map(|range| find_any_near(map, &needles, range));
        (range, near.transpose())
    })?;
    let near = object.or_raise(py, near)?.flatten();
    let found = match (near, range) {
        (None, Some(range)) if range.len() > FIND_ANY_NEAR_BYTES => {
            let mut job = FindAny::new(&needles, range);
            let found = run_with_progress(py, object, &mut job, progress)?;
            object.or_raise(py, found)?
        }
        (near, _) => {
            object.ignore_damage_past_match(py, exports)?;
            near
        }
    };
    Ok(found.map(|found| (found.at, found.needle)))
}

/// Returns the first match of any needle, if it is near.
fn find_any_near(
    map: &Mmap,
    needles: &Needles,
    range: Range<usize>,
) -> ironmap::Result<Option<Match>> {
    let end = min(range.end, range.start.saturating_add(FIND_ANY_NEAR_BYTES));
    let found = map.find_any(needles, range.start..end)?;
    // A longer needle can begin before the match and end behind what was searched.
    let is_first = |found: &Match| end == range.end || found.at + needles.longest() <= end;
    Ok(found.filter(is_first))
}

fn needles_of(object: &MapObject, needles: Argument<'_, '_>) -> PyResult<Needles> {
    let py = needles.py();
    if conversion::is_buffer(needles) {
        let text = Message::new(
            py,
            "find_any() argument must be an iterable of needles, not ",
        );
        return Err(Raised::type_error_with(text.and_class_of(needles)));
    }
    let mut copies = Vec::new();
    let items = Items::of(needles)?;
    while let Some(needle) = items.next()? {
        if copies.try_reserve(1).is_err() {
            return Err(Raised::no_memory(py));
        }
        copies.push(with_needle(object, needle.borrow(), |bytes| {
            copy_of(py, bytes)
        })?);
    }
    // Preparing needles takes longer than copying them.
    let total: usize = copies.iter().map(Vec::len).sum();
    let made = match total {
        0..SHORT => Needles::new(&copies),
        _ => py.detach(|| Needles::new(&copies)),
    };
    or_value_error(py, made)
}

fn copy_of(py: Python<'_>, bytes: &[u8]) -> PyResult<Vec<u8>> {
    let mut copy = Vec::new();
    if copy.try_reserve_exact(bytes.len()).is_err() {
        return Err(Raised::no_memory(py));
    }
    copy.extend_from_slice(bytes);
    Ok(copy)
}

/// Bytes of needles below which preparing them is short.
const SHORT: usize = 4 << 10;
