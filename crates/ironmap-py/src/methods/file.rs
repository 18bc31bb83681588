//! The file interface: the position and the methods that move it.
//!
//! A position may lie past the end, after a `resize` that shrank the map:
//! there is nothing to read there, and no place to write.

use std::cell::Cell;
use std::cmp::{max, min};
use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;
use ironmap::jobs::{EachPart, Find};
use ironmap::raw::MmapExt;

use crate::args::buffer::{HeldSource, Target, with_bytes_unlocked, with_target};
use crate::args::{Argument, Arguments, AtPosition, Span, Spans, conversion};
use crate::errors::{MapError, PyResult, Raised, check_writable};
use crate::interpreter::objects::{Items, append, empty_list};
use crate::interpreter::{Owned, Python};
use crate::methods::copy::{copy_to_bytes, copy_to_bytes_attached, fill, store};
use crate::methods::memory::resize_to;
use crate::object::MapObject;
use crate::object::run::{LONG, run, yield_gil};
use crate::platform;
use crate::results::huge_pages::prefer_huge_pages;
use crate::results::output::{bytes_of, new_bytes};

pub(crate) fn tell(py: Python<'_>, object: &MapObject) -> PyResult<usize> {
    object.check_open(py)?;
    Ok(object.position())
}

pub(crate) fn seekable(_py: Python<'_>, _object: &MapObject) -> PyResult<bool> {
    Ok(true)
}

pub(crate) fn seek(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<usize> {
    args.expect("seek", 1, 2)?;
    let distance = match args.get(0) {
        Some(distance) => conversion::ssize(distance)?,
        None => 0,
    };
    let whence = match args.get(1) {
        Some(whence) => conversion::c_int(whence)?,
        None => 0,
    };
    let len = object.read(py, Mmap::len)?;
    let base = match whence {
        0 => 0,
        1 => object.position(),
        2 => len,
        _ => return Err(Raised::value_error(py, c"unknown seek type")),
    };
    match base.checked_add_signed(distance) {
        Some(position) if position <= len => {
            object.set_position(position);
            Ok(position)
        }
        _ => Err(Raised::value_error(py, c"seek out of range")),
    }
}

pub(crate) fn read<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
) -> PyResult<Owned<'py>> {
    args.expect("read", 0, 1)?;
    let wanted = match args.get(0) {
        Some(count) => conversion::read_count(count)?,
        None => None,
    };
    // None and negative: all there is.
    let most = wanted
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(usize::MAX);
    copy_to_bytes(py, object, AtPosition { object, most })
}

pub(crate) fn read_byte(py: Python<'_>, object: &MapObject) -> PyResult<u8> {
    match object.read(py, |map| map.byte(object.position()))? {
        Ok(byte) => {
            object.set_position(object.position() + 1);
            Ok(byte)
        }
        Err(error) if error.is_out_of_bounds() => {
            Err(Raised::value_error(py, c"read byte out of range"))
        }
        Err(error) => Err(object.raise(py, error)),
    }
}

pub(crate) fn readline<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let line = object.read(py, |map| {
        let start = object.position();
        if start >= map.len() {
            return Some((start, bytes_of(py, &[])));
        }
        let near = start..min(map.len(), start.saturating_add(LONG));
        let end = map.find_near(b'\n', near).ok()?? + 1;
        let line = platform::bytes::bytes_at(py, map, start, end - start);
        // The search may have met damage behind the line.
        let line = line.ok().filter(|_| !map.needs_attention())?;
        Some((end, line))
    })?;
    let Some((end, line)) = line else {
        return readline_slow(py, object);
    };
    let line = line?;
    object.set_position(end);
    Ok(line)
}

/// Reads a line that [`readline`] could not finish: it is long, or the search met damage behind
/// it.
#[inline(never)]
fn readline_slow<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    loop {
        let exports = object.exports_total();
        let (near, damaged) = object.read_ignoring_damage(py, |map| {
            let near = near_line(map, object.position());
            (near, map.needs_attention())
        })?;
        let Some(span) = object.or_raise(py, near)? else {
            return far_line(py, object);
        };
        let bytes = copy_to_bytes_attached(py, object, span)?;
        // The copy may have waited for a writer, and another thread may have read the line.
        if !advance(object, span.start, span.start + span.count) {
            continue;
        }
        if damaged {
            object.ignore_damage_past_match(py, exports)?;
        }
        return Ok(bytes);
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

/// Returns the line at `start` with its newline, or `None` if it is a long one.
fn near_line(map: &Mmap, start: usize) -> ironmap::Result<Option<Span>> {
    let near = min(start, map.len())..min(map.len(), start.saturating_add(LONG));
    let newline = map.find(b"\n", near.clone())?;
    let end = match newline {
        Some(newline) => newline + 1,
        None if near.end == map.len() => near.end,
        None => return Ok(None),
    };
    Ok(Some(Span::contiguous(start, end.saturating_sub(start))))
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
    let line = new_bytes(py, span.count, |place| {
        prefer_huge_pages(place);
        fill(py, object, span, place)
    })?;
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

pub(crate) fn write(py: Python<'_>, object: &MapObject, data: Argument<'_, '_>) -> PyResult<usize> {
    with_bytes_unlocked(data, |source| {
        let span = store(py, object, source, source.len, |map| {
            check_writable(map)?;
            let start = object.position();
            if start > map.len() || map.len() - start < source.len {
                return Err(MapError::Value(c"data out of range"));
            }
            Ok(Span::contiguous(start, source.len))
        })?;
        object.set_position(span.start + span.count);
        Ok(span.count)
    })
}

pub(crate) fn write_byte(
    py: Python<'_>,
    object: &MapObject,
    value: Argument<'_, '_>,
) -> PyResult<()> {
    let byte = conversion::byte(value)?;
    match object.write(py, |map| map.set_byte(object.position(), byte))? {
        Ok(()) => {
            object.set_position(object.position() + 1);
            Ok(())
        }
        Err(error) if error.is_out_of_bounds() => {
            Err(Raised::value_error(py, c"write byte out of range"))
        }
        Err(error) => Err(object.raise(py, error)),
    }
}

pub(crate) fn readable(py: Python<'_>, object: &MapObject) -> PyResult<bool> {
    object.read_ignoring_damage(py, Mmap::is_readable)
}

pub(crate) fn writable(py: Python<'_>, object: &MapObject) -> PyResult<bool> {
    object.read_ignoring_damage(py, Mmap::is_writable)
}

pub(crate) fn isatty(py: Python<'_>, object: &MapObject) -> PyResult<bool> {
    object.check_open(py)?;
    Ok(false)
}

pub(crate) fn readinto(
    py: Python<'_>,
    object: &MapObject,
    buffer: Argument<'_, '_>,
) -> PyResult<usize> {
    with_target(buffer, "readinto", |target| {
        let spans = AtPosition {
            object,
            most: target.len,
        };
        let filled = object.read(py, |map| {
            let span = spans.resolve(map);
            (span.count < LONG).then(|| target.fill(0, map, span).map(|()| span))
        })?;
        let span = match filled {
            Some(filled) => object.or_raise(py, filled)?,
            None => return read_long_into(py, object, target, &spans),
        };
        spans.commit(span);
        Ok(span.count)
    })
}

#[cold]
fn read_long_into(
    py: Python<'_>,
    object: &MapObject,
    target: Target,
    spans: &AtPosition<'_>,
) -> PyResult<usize> {
    loop {
        let span = object.read(py, |map| spans.resolve(map))?;
        spans.commit(span);
        let filled = fill_target(py, object, target, span);
        if !matches!(filled, Ok(true)) {
            spans.retract(span);
        }
        if filled? {
            return Ok(span.count);
        }
    }
}

/// Copies a long span. Returns false if the map has become too short for it.
fn fill_target(py: Python<'_>, object: &MapObject, target: Target, span: Span) -> PyResult<bool> {
    let copied = if object.read_ignoring_damage(py, |map| target.is_of(map))? {
        // A part of the copy would store over what the next part reads.
        object
            .read_guard(py)?
            .detached(|map| target.fill(0, map, span))
    } else {
        let copy = |map: &Mmap, part: Range<usize>| target.fill(part.start, map, span.part(part));
        run(py, object, &mut EachPart::of_places(span.count, 1, copy))?
    };
    match copied {
        Err(error) if error.is_out_of_bounds() => Ok(false),
        copied => object.or_raise(py, copied).map(|()| true),
    }
}

/// Lines read before other threads may run.
const LINES: usize = 256;

pub(crate) fn readlines<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
) -> PyResult<Owned<'py>> {
    args.expect("readlines", 0, 1)?;
    let hint = conversion::optional_ssize(args.get(0))?;
    // None, 0 and negative: all there are.
    let enough = hint
        .filter(|&hint| hint > 0)
        .map_or(usize::MAX, isize::unsigned_abs);
    object.check_open(py)?;
    let start = object.position();
    let lines = empty_list(py)?;
    let mut bytes = 0;
    for count in 1.. {
        let more = match count % LINES {
            0 => yield_gil(py).and_then(|()| next_of(py, object, &lines, &mut bytes)),
            _ => next_of(py, object, &lines, &mut bytes),
        };
        match more {
            Ok(true) if bytes < enough => {}
            Ok(_) => break,
            Err(raised) => {
                let all = AtPosition {
                    object,
                    most: bytes,
                };
                all.retract(Span::contiguous(start, bytes));
                return Err(raised);
            }
        }
    }
    Ok(lines)
}

/// Appends the next line, and adds its length to `bytes`; false at the end.
fn next_of(
    py: Python<'_>,
    object: &MapObject,
    lines: &Owned<'_>,
    bytes: &mut usize,
) -> PyResult<bool> {
    let line = readline(py, object)?;
    let len = conversion::bytes_len(line.borrow());
    *bytes += len;
    if len > 0 {
        append(lines.borrow(), line.borrow())?;
    }
    Ok(len > 0)
}

/// One `write` after the other: the iterable is the user's own code.
pub(crate) fn writelines(
    py: Python<'_>,
    object: &MapObject,
    lines: Argument<'_, '_>,
) -> PyResult<()> {
    object.check_open(py)?;
    let lines = Items::of(lines)?;
    while let Some(line) = lines.next()? {
        write(py, object, line.borrow())?;
    }
    Ok(())
}

pub(crate) fn truncate(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<usize> {
    args.expect("truncate", 0, 1)?;
    let size = match conversion::optional_ssize(args.get(0))? {
        Some(size) => size,
        None => object.position() as isize,
    };
    resize_to(py, object, size)?;
    Ok(size.unsigned_abs())
}
