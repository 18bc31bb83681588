//! The map as a file: a position, and what moves it.
//!
//! A position may lie past the end, after a `resize` that shrank the map:
//! there is nothing to read there, and no place to write.

use std::cell::Cell;
use std::cmp::min;
use std::mem::MaybeUninit;

use ironmap::Mmap;
use ironmap::raw::MmapExt;

use crate::args::buffer::{Target, with_bytes_unlocked, with_target};
use crate::args::{Argument, Arguments, Span, conversion};
use crate::errors::{MapError, PyResult, Raised, check_writable};
use crate::interpreter::objects::{Items, append, empty_list};
use crate::interpreter::{Owned, Python};
use crate::methods::copy::{copy_to_bytes, copy_to_bytes_attached, first_damage, store};
use crate::methods::memory::resize_to;
use crate::object::gil_budget::{GilBudget, STEP, yield_gil};
use crate::object::{MapObject, ReadGuard};
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
    let committed = Cell::new(None);
    let resolve = |map: &Mmap| next_span(object, map, most);
    let bytes = copy_to_bytes(py, object, resolve, |span| {
        committed.set(Some(span));
        object.set_position(span.start + span.count);
    });
    if bytes.is_err() {
        restore_position(object, committed.get());
    }
    bytes
}

/// From the position on, as many bytes as are there.
#[inline]
pub(crate) fn next_span(object: &MapObject, map: &Mmap, most: usize) -> Span {
    let start = object.position();
    Span::contiguous(start, min(most, map.len().saturating_sub(start)))
}

/// A read moves the position first, so that another thread's read goes on
/// from there; if it fails, the position returns, unless others moved it on.
#[cold]
pub(crate) fn restore_position(object: &MapObject, span: Option<Span>) {
    if let Some(Span { start, count, .. }) = span {
        if object.position() == start + count {
            object.set_position(start);
        }
    }
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

/// How many bytes are looked at first: most lines are shorter.
const HEAD: usize = 64;

pub(crate) fn readline<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let mut head = [0; HEAD];
    let newline = object.read(py, |map| {
        let start = object.position();
        if start >= map.len() {
            return Some(None);
        }
        // Near the end, or near damage, there are fewer.
        map.read_at(start, &mut head).ok()?;
        Some(Some((start, find_newline(&head)?)))
    })?;
    match newline {
        Some(None) => bytes_of(py, &[]),
        Some(Some((start, newline))) => {
            let line = bytes_of(py, &head[..=newline])?;
            object.set_position(start + newline + 1);
            Ok(line)
        }
        None => long_line(py, object),
    }
}

/// In which sixteen bytes there is one, then where among them, eight at a time.
#[inline]
fn find_newline(head: &[u8; HEAD]) -> Option<usize> {
    const ONES: u64 = u64::MAX / 255;
    let has_one = |bytes: &[u8]| bytes.iter().fold(false, |any, &byte| any | (byte == b'\n'));
    let start = 16 * head.chunks_exact(16).position(has_one)?;
    let mut words = head[start..start + 16].chunks_exact(8).enumerate();
    words.find_map(|(i, word)| {
        let word = u64::from_le_bytes(word.try_into().expect("eight bytes"));
        // Zero where the newlines are; the lowest zero byte borrows first.
        let zeros = word ^ (ONES * u64::from(b'\n'));
        let found = zeros.wrapping_sub(ONES) & !zeros & (ONES << 7);
        (found != 0).then(|| start + 8 * i + found.trailing_zeros() as usize / 8)
    })
}

/// Any line, after a look at the map that has reported what there was to report:
/// what the look itself ran into may be behind the line.
#[inline(never)]
fn long_line<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let exports = object.exports_total();
    let (near, damaged) = object.read_ignoring_damage(py, |map| {
        let mut budget = None;
        let near = line(map, object.position(), |done| {
            // Nobody knows how long it is: as long again, say.
            !budget
                .get_or_insert_with(GilBudget::start)
                .is_exhausted(done, done)
        });
        (near, map.needs_attention())
    })?;
    let Some(span) = object
        .or_raise(py, near)?
        .filter(|span| span.count < LONG_LINE)
    else {
        return far_line(py, object);
    };
    let bytes = copy_to_bytes_attached(py, object, span)?;
    object.set_position(span.start + span.count);
    if damaged {
        object.ignore_damage_past_match(py, exports)?;
    }
    Ok(bytes)
}

/// Bytes of a line from which it is copied detached: hot memory gives away fewer
/// than these in one [`GilBudget`].
const LONG_LINE: usize = 4 << 20;

/// A line whose end is far away is looked for and copied detached. The `bytes` for it
/// is made with no guard held, so the line is looked for again before it is copied; and
/// if another thread has moved the position meanwhile, it is another line.
#[cold]
fn far_line<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    loop {
        let exports = object.exports_total();
        let span = look_guarded(&object.read_guard(py)?, object.position());
        let span = object.or_raise(py, span)?;
        object.ignore_damage_past_match(py, exports)?;
        let bytes = new_bytes(py, span.count, |place| {
            prefer_huge_pages(place);
            let copied = copy_line_guarded(object, &object.read_guard(py)?, place);
            object.or_raise(py, copied)
        })?;
        object.ignore_damage_past_match(py, exports)?;
        if let Some(bytes) = bytes {
            return Ok(bytes);
        }
    }
}

fn look_guarded(guard: &ReadGuard<'_, '_>, start: usize) -> Result<Span, MapError> {
    let span = guard.detached(|map| line(map, start, |_| true))?;
    Ok(span.unwrap_or(Span::contiguous(start, 0)))
}

/// False if the line at the position is not as long as the place any more.
fn copy_line_guarded(
    object: &MapObject,
    guard: &ReadGuard<'_, '_>,
    place: &mut [MaybeUninit<u8>],
) -> Result<bool, MapError> {
    let span = look_guarded(guard, object.position())?;
    if span.count != place.len() || span.start != object.position() {
        return Ok(false);
    }
    object.set_position(span.start + span.count);
    let copied = guard.detached(|map| span.copy_out(map, place));
    if copied.is_err() {
        restore_position(object, Some(span));
    }
    copied?;
    Ok(true)
}

/// The line at `start`, with its newline; None if its end was not there yet when
/// `go_on`, which is asked before each step but the first, and told how many bytes
/// were looked at, says no.
fn line(
    map: &Mmap,
    start: usize,
    mut go_on: impl FnMut(usize) -> bool,
) -> ironmap::Result<Option<Span>> {
    let mut at = min(start, map.len());
    loop {
        let step = at..min(map.len(), at.saturating_add(STEP));
        let newline = map.find(b"\n", step.clone())?;
        at = newline.map_or(step.end, |newline| newline + 1);
        if newline.is_some() || at == map.len() {
            return Ok(Some(Span::contiguous(start, at.saturating_sub(start))));
        }
        if !go_on(at - start) {
            return Ok(None);
        }
    }
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
        let filled = object.read(py, |map| {
            let span = next_span(object, map, target.len);
            (span.count < STEP).then(|| fill(target, map, span).map(|()| span))
        })?;
        let span = match filled {
            Some(filled) => object.or_raise(py, filled)?,
            None => return fill_long(py, object, target),
        };
        object.set_position(span.start + span.count);
        Ok(span.count)
    })
}

fn fill(target: Target, map: &Mmap, span: Span) -> ironmap::Result<()> {
    // Nothing may lie anywhere, past the end too.
    if span.count == 0 {
        return Ok(());
    }
    target.fill(0, map, span.start, span.count)
}

/// To get the guard can have meant to wait, so the run is found again.
#[cold]
fn fill_long(py: Python<'_>, object: &MapObject, target: Target) -> PyResult<usize> {
    let guard = object.read_guard(py)?;
    let span = guard.with(|map| next_span(object, map, target.len));
    object.set_position(span.start + span.count);
    let filled = fill_in_steps(&guard, target, span);
    drop(guard);
    if filled.is_err() {
        restore_position(object, Some(span));
    }
    object.or_raise(py, filled).map(|()| span.count)
}

fn fill_in_steps(guard: &ReadGuard<'_, '_>, target: Target, span: Span) -> Result<(), MapError> {
    let whole = span.start..span.start + span.count;
    let copy = |map: &Mmap, done: usize, count: usize| {
        let copied = target.fill(done, map, span.start + done, count);
        copied.map_err(|error| first_damage(map, &whole, error))
    };
    if guard.with(|map| target.is_of(map)) {
        // A step would store over what the next one reads.
        return Ok(guard.detached(|map| copy(map, 0, span.count))?);
    }
    let budget = GilBudget::start();
    let mut done = 0;
    while done < span.count {
        let step = min(STEP, span.count - done);
        guard.with(|map| copy(map, done, step))?;
        done += step;
        let rest = span.count - done;
        if budget.is_exhausted(done, rest) {
            return Ok(guard.detached(|map| copy(map, done, rest))?);
        }
    }
    Ok(())
}

/// How many lines are read before others may run.
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
                restore_position(object, Some(Span::contiguous(start, bytes)));
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
