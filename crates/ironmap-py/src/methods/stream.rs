//! What else the io module, and all that is made for its files, asks of a file.

use std::cmp::min;

use ironmap::Mmap;

use crate::args::buffer::{Target, with_target};
use crate::args::conversion::{self, Argument, Arguments};
use crate::errors::{Fallible, Refusal};
use crate::interpreter::objects::{Items, append, empty_list};
use crate::interpreter::python::Python;
use crate::interpreter::reference::Owned;
use crate::methods::copy::{Piece, first_damage};
use crate::methods::file::{give_back, next_run, readline, write};
use crate::methods::memory::resize_to;
use crate::object::gil_budget::{STEP, Turn, pass};
use crate::object::{MapObject, SharedPin};

pub(crate) fn readable(py: Python<'_>, object: &MapObject) -> Fallible<bool> {
    object.peek(py, Mmap::is_readable)
}

pub(crate) fn writable(py: Python<'_>, object: &MapObject) -> Fallible<bool> {
    object.peek(py, Mmap::is_writable)
}

pub(crate) fn isatty(py: Python<'_>, object: &MapObject) -> Fallible<bool> {
    object.check_open(py)?;
    Ok(false)
}

pub(crate) fn readinto(
    py: Python<'_>,
    object: &MapObject,
    buffer: Argument<'_, '_>,
) -> Fallible<usize> {
    with_target(buffer, "readinto", |target| {
        let filled = object.read(py, |map| {
            let run = next_run(object, map, target.len);
            (run.count < STEP).then(|| fill(target, map, run).map(|()| run))
        })?;
        let run = match filled {
            Some(filled) => object.or_fail(py, filled)?,
            None => return fill_long(py, object, target),
        };
        object.set_position(run.start + run.count);
        Ok(run.count)
    })
}

fn fill(target: Target, map: &Mmap, run: Piece) -> ironmap::Result<()> {
    // Nothing may lie anywhere, past the end too.
    if run.count == 0 {
        return Ok(());
    }
    target.fill(0, map, run.start, run.count)
}

/// To get the pin can have meant to wait, so the run is found again.
#[cold]
fn fill_long(py: Python<'_>, object: &MapObject, target: Target) -> Fallible<usize> {
    let pin = object.pin_shared(py)?;
    let run = pin.with(|map| next_run(object, map, target.len));
    object.set_position(run.start + run.count);
    let filled = fill_in_steps(&pin, target, run);
    drop(pin);
    if filled.is_err() {
        give_back(object, Some(run));
    }
    object.or_fail(py, filled).map(|()| run.count)
}

fn fill_in_steps(pin: &SharedPin<'_, '_>, target: Target, run: Piece) -> Result<(), Refusal> {
    let whole = run.start..run.start + run.count;
    let copy = |map: &Mmap, done: usize, count: usize| {
        let copied = target.fill(done, map, run.start + done, count);
        copied.map_err(|error| first_damage(map, &whole, error))
    };
    if pin.with(|map| target.is_of(map)) {
        // A step would store over what the next one reads.
        return Ok(pin.detached(|map| copy(map, 0, run.count))?);
    }
    let turn = Turn::begin();
    let mut done = 0;
    while done < run.count {
        let step = min(STEP, run.count - done);
        pin.with(|map| copy(map, done, step))?;
        done += step;
        let rest = run.count - done;
        if turn.is_over(done, rest) {
            return Ok(pin.detached(|map| copy(map, done, rest))?);
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
) -> Fallible<Owned<'py>> {
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
            0 => pass(py).and_then(|()| next_of(py, object, &lines, &mut bytes)),
            _ => next_of(py, object, &lines, &mut bytes),
        };
        match more {
            Ok(true) if bytes < enough => {}
            Ok(_) => break,
            Err(raised) => {
                give_back(object, Some(Piece::run(start, bytes)));
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
) -> Fallible<bool> {
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
) -> Fallible<()> {
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
) -> Fallible<usize> {
    args.expect("truncate", 0, 1)?;
    let size = match conversion::optional_ssize(args.get(0))? {
        Some(size) => size,
        None => object.position() as isize,
    };
    resize_to(py, object, size)?;
    Ok(size.unsigned_abs())
}
