//! Reading one line: `readline`, and the lines of `lines`.

use std::cell::Cell;
use std::cmp::{max, min};
use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;
use ironmap::jobs::Find;
use ironmap::raw::MmapExt;

use crate::args::Span;
use crate::args::buffer::HeldSource;
use crate::errors::PyResult;
use crate::interpreter::{Owned, Python};
use crate::methods::copy::{copy_to_bytes_attached, fill};
use crate::object::MapObject;
use crate::object::run::{LONG, run};
use crate::platform;
use crate::results::output::{bytes_of, new_bytes};

#[inline(never)]
pub(crate) fn readline<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let line = object.read(py, |map| {
        quick_line(py, map, object.position()..map.len(), true)
    })?;
    let Some((line, end)) = line else {
        return readline_slow(py, object);
    };
    let line = line?;
    object.set_position(end);
    Ok(line)
}

/// Reads a line that [`quick_line`] could not finish.
#[cold]
fn readline_slow<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let rest = |map: &Mmap| object.position()..map.len();
    let take = |line: Range<usize>| advance(object, line.start, line.end);
    match near_line(py, object, &rest, true, &take)? {
        Some(line) => Ok(line),
        None => far_line(py, object),
    }
}

/// Moves the position from `start` to `end`. Returns false if it is no longer at `start`:
/// another thread has read from there.
fn advance(object: &MapObject, start: usize, end: usize) -> bool {
    let is_there = object.position() == start;
    if is_there {
        object.set_position(end);
    }
    is_there
}

/// Makes a `bytes` of the line at the start of a range, and returns it with the line's end. At the
/// end of the range the line is empty. Returns `None` if the line is long, has no newline or is
/// damaged, or if the search met damage behind it.
#[inline(always)]
pub(crate) fn quick_line<'py>(
    py: Python<'py>,
    map: &Mmap,
    rest: Range<usize>,
    keep_end: bool,
) -> Option<(PyResult<Owned<'py>>, usize)> {
    if rest.is_empty() {
        return Some((bytes_of(py, &[]), rest.start));
    }
    platform::bytes::line_at(py, map, rest, keep_end)
}

/// Reads a line that [`quick_line`] could not finish, from the range that `rest` returns, and has
/// `take` move past it. If `take` returns false, reads the line that is next then. Returns `None`
/// if the line is a long one.
#[inline(never)]
pub(crate) fn near_line<'py>(
    py: Python<'py>,
    object: &MapObject,
    rest: &dyn Fn(&Mmap) -> Range<usize>,
    keep_end: bool,
    take: &dyn Fn(Range<usize>) -> bool,
) -> PyResult<Option<Owned<'py>>> {
    loop {
        let exports = object.exports_total();
        let (line, damaged) = object.read_ignoring_damage(py, |map| {
            (find_near_line(map, rest(map)), map.needs_attention())
        })?;
        let Some((line, has_newline)) = object.or_raise(py, line)? else {
            return Ok(None);
        };
        let bytes = copy_to_bytes_attached(py, object, span_of(&line, has_newline && !keep_end))?;
        // The copy may have waited for a writer, and another thread may have read the line.
        if !take(line) {
            continue;
        }
        if damaged {
            object.ignore_damage_past_match(py, exports)?;
        }
        return Ok(Some(bytes));
    }
}

/// Returns the line at the start of a range, and whether it has a newline, or `None` if it is a
/// long one.
fn find_near_line(map: &Mmap, rest: Range<usize>) -> ironmap::Result<Option<(Range<usize>, bool)>> {
    let Range { start, end } = rest;
    let near = min(start, end)..min(end, start.saturating_add(LONG));
    let newline = map.find(b"\n", near.clone())?;
    Ok(match newline {
        Some(newline) => Some((start..newline + 1, true)),
        None if near.end == end => Some((start..max(start, end), false)),
        None => None,
    })
}

/// Returns the span of a line, without its last byte if `cut` is true.
pub(crate) fn span_of(line: &Range<usize>, cut: bool) -> Span {
    Span::contiguous(line.start, line.len() - usize::from(cut))
}

/// The number of times that a long line is read because another thread moves the position or
/// stores to the map meanwhile. Then it is read with writers kept out.
pub(crate) const RETRIES: usize = 3;

/// The number of times that a long line is looked for with writers kept out, because another thread
/// moves the position. Then the line is returned, and the position stays where that thread has
/// moved it.
const GUARDED_RETRIES: usize = 100;

/// Reads a line whose end is far away.
#[cold]
fn far_line<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    for _ in 0..RETRIES {
        let start = object.position();
        let rest = object.read(py, |map| min(start, map.len())..map.len())?;
        let newline = run(py, object, &mut Find::first(b"\n", rest))?;
        let newline = object.or_raise(py, newline)?;
        let end = match newline {
            Some(newline) => newline + 1,
            None => max(start, object.read(py, Mmap::len)?),
        };
        if object.position() != start {
            continue;
        }
        let span = Span::contiguous(start, end - start);
        match copy_line(py, object, span, newline.is_some())? {
            Some((line, true)) if advance(object, start, end) => return Ok(line),
            _ => {}
        }
    }
    far_line_guarded(py, object)
}

/// Takes the line by moving the position past it before the copy.
fn far_line_guarded<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let mut tries = 0;
    loop {
        tries += 1;
        let start = object.position();
        let taken_to = Cell::new(start);
        let rest = move |map: &Mmap| min(start, map.len())..map.len();
        let span_to = |found: usize, _| {
            let end = max(start, found);
            if advance(object, start, end) {
                taken_to.set(end);
            } else if tries <= GUARDED_RETRIES {
                return None;
            }
            Some(Span::contiguous(start, end - start))
        };
        let copied = copy_line_guarded(py, object, rest, span_to);
        if copied.is_err() {
            advance(object, taken_to.get(), start);
        }
        if let Some((line, _)) = copied? {
            return Ok(line);
        }
    }
}

/// Finds the end of a line in `rest` and copies the span that `span_to` returns for the end and
/// whether there is a newline; copies nothing if it returns `None`. Keeps writers out meanwhile,
/// and signal handlers wait.
pub(crate) fn copy_line_guarded<'py>(
    py: Python<'py>,
    object: &MapObject,
    rest: impl Fn(&Mmap) -> Range<usize> + Sync,
    span_to: impl Fn(usize, bool) -> Option<Span>,
) -> PyResult<Option<(Owned<'py>, usize)>> {
    let exports = object.exports_total();
    let guard = object.read_guard(py)?;
    let found = guard.detached(|map| {
        let rest = rest(map);
        let newline = map.find(b"\n", rest.clone())?;
        Ok::<_, ironmap::Error>(newline.map_or((rest.end, false), |newline| (newline + 1, true)))
    });
    let (end, has_newline) = match found {
        Ok(found) => found,
        Err(error) => {
            drop(guard);
            return Err(object.raise(py, error));
        }
    };
    let Some(span) = span_to(end, has_newline) else {
        return Ok(None);
    };
    let mut copied = Ok(());
    // Making a `bytes` runs no user code.
    let line = new_bytes(py, span.count, |place| {
        copied = guard.detached(|map| span.copy_out(map, place));
        Ok(true)
    });
    drop(guard);
    // Before the hooks of a fault run, which are Python code.
    let line = line?.expect("filled");
    object.or_raise(py, copied)?;
    object.ignore_damage_past_match(py, exports)?;
    Ok(Some((line, end)))
}

/// Copies a line that a search has found, and returns whether it is one still: a store may
/// have moved its end since. Returns `None` if the map has become too short for it.
pub(crate) fn copy_line<'py>(
    py: Python<'py>,
    object: &MapObject,
    span: Span,
    has_newline: bool,
) -> PyResult<Option<(Owned<'py>, bool)>> {
    let line = new_bytes(py, span.count, |place| fill(py, object, span, place))?;
    let Some(line) = line else {
        return Ok(None);
    };
    let mut view = MaybeUninit::uninit();
    let bytes = HeldSource::new(line.borrow(), &mut view)?;
    let is_whole = bytes
        .fixed_bytes()
        .is_some_and(|bytes| py.detach(|| is_line(bytes, has_newline)));
    drop(bytes);
    Ok(Some((line, is_whole)))
}

fn is_line(bytes: &[u8], has_newline: bool) -> bool {
    let body = match bytes.split_last() {
        Some((b'\n', body)) if has_newline => body,
        _ if has_newline => return false,
        _ => bytes,
    };
    !body.contains(&b'\n')
}
