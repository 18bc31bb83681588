//! The file interface: the position and the methods that move it.
//!
//! A position may lie past the end, after a `resize` that shrank the map:
//! there is nothing to read there, and no place to write.

use std::ops::Range;

use ironmap::Mmap;
use ironmap::jobs::EachPart;
use ironmap::raw::MmapExt;

use crate::args::buffer::{Target, with_bytes_unlocked, with_target};
use crate::args::{Argument, Arguments, AtPosition, Span, Spans, conversion};
use crate::errors::{MapError, PyResult, Raised, check_writable};
use crate::interpreter::objects::{Items, append, empty_list};
use crate::interpreter::{Owned, Python};
use crate::methods::copy::{copy_to_bytes, store};
use crate::methods::memory::resize_to;
use crate::methods::readline::readline;
use crate::object::MapObject;
use crate::object::run::{LONG, run, yield_gil};
use crate::results::output::cached_int;

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

pub(crate) fn read_byte<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let position = object.position();
    match object.try_read(|map| map.try_byte(position)) {
        Some(Some(byte)) => {
            object.set_position(position + 1);
            Ok(cached_int(py, byte))
        }
        Some(None) => read_byte_after_load(py, object),
        None => slow_read_byte(py, object),
    }
}

/// Does what [`read_byte`] does, after a load that was out of range or has met damage: the error
/// names the byte, and not the damage.
#[cold]
fn read_byte_after_load<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let byte = object.read_ignoring_damage(py, |map| map.byte(object.position()))?;
    past_byte(py, object, byte)
}

#[cold]
fn slow_read_byte<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let byte = object.read(py, |map| map.byte(object.position()))?;
    past_byte(py, object, byte)
}

fn past_byte<'py>(
    py: Python<'py>,
    object: &MapObject,
    byte: ironmap::Result<u8>,
) -> PyResult<Owned<'py>> {
    match byte {
        Ok(byte) => {
            object.set_position(object.position() + 1);
            Ok(cached_int(py, byte))
        }
        Err(error) if error.is_out_of_bounds() => {
            Err(Raised::value_error(py, c"read byte out of range"))
        }
        Err(error) => Err(object.raise(py, error)),
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
        run(
            py,
            object,
            &mut EachPart::of_places(span.start, span.count, 1, copy),
        )?
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
