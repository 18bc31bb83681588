//! What a map is told about its memory and its file: flush, move,
//! resize, size.

use std::ffi::c_int;
use std::ops::Range;

use ironmap::{ErrorKind, Mmap};

use crate::args::access_mode::Mode;
use crate::args::conversion::{self, Arguments, Keywords};
use crate::errors::{Fallible, NOT_RESIZABLE, Raised, Refusal, UNTRACKED, check_writable};
use crate::interpreter::objects::is_true;
use crate::interpreter::python::Python;
use crate::interpreter::raised::check_signals;
use crate::methods::copy::LONG_STORE;
use crate::object::gil_budget::is_interruption;
use crate::object::{ExclusivePin, MapObject, SharedPin};
use crate::platform;

pub(crate) fn flush(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> Fallible<()> {
    args.expect_positional("flush", 2)?;
    let flags = keywords.only("flush", c"flags")?;
    let (offset, size) = conversion::start_and_length(args, 0)?;
    let size = size.unwrap_or(-1);
    let flags = match flags {
        Some(flags) => conversion::c_int(flags)?,
        None => 0,
    };
    let flushed = flush_pinned(object, &object.pin_shared(py)?, offset, size, flags);
    object.or_fail(py, flushed)
}

fn flush_pinned(
    object: &MapObject,
    pin: &SharedPin<'_, '_>,
    offset: isize,
    size: isize,
    flags: c_int,
) -> Result<(), Refusal> {
    let len = pin.with(Mmap::len) as isize;
    let size = if size == -1 {
        len.saturating_sub(offset)
    } else {
        size
    };
    if size < 0 || offset < 0 || len - offset < size {
        return Err(Refusal::Value(c"flush values out of range"));
    }
    if !object.flushes() {
        return Ok(());
    }
    let range = offset as usize..(offset + size) as usize;
    Ok(pin.detached(|map| platform::map_calls::flush(map, range, flags))?)
}

/// `move(dest, src, count)`.
pub(crate) fn move_(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> Fallible<()> {
    args.expect("move", 3, 3)?;
    let (Some(dest), Some(src), Some(count)) = (args.get(0), args.get(1), args.get(2)) else {
        return Ok(());
    };
    let dest = conversion::ssize(dest)?;
    let src = conversion::ssize(src)?;
    let count = conversion::ssize(count)?;
    let plan = |map: &Mmap| {
        check_writable(map)?;
        let inside = |at: isize| at >= 0 && map.len() as isize - at >= count;
        if count < 0 || !inside(dest) || !inside(src) {
            let text = c"source, destination, or count out of range";
            return Err(Refusal::Value(text));
        }
        Ok((src as usize..(src + count) as usize, dest as usize))
    };
    let moved: Result<(), Refusal> = if count < LONG_STORE as isize {
        object.write(py, |map| {
            let (src, dest) = plan(map)?;
            Ok(map.copy_within(src, dest)?)
        })?
    } else {
        move_pinned(&mut object.pin_exclusive(py)?, plan)
    };
    object.or_fail(py, moved)
}

fn move_pinned(
    pin: &mut ExclusivePin<'_, '_>,
    plan: impl Fn(&Mmap) -> Result<(Range<usize>, usize), Refusal>,
) -> Result<(), Refusal> {
    let (src, dest) = pin.with(plan)?;
    Ok(pin.detached(|map| map.copy_within(src, dest))?)
}

pub(crate) fn resize(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> Fallible<()> {
    let (size, reserve) = args.one_and(keywords, "resize", c"newsize", c"reserve")?;
    let size = conversion::ssize(size)?;
    let reserves = match reserve {
        Some(reserve) => is_true(reserve)?,
        None => false,
    };
    if reserves {
        resize_reserved(py, object, size)
    } else {
        resize_to(py, object, size)
    }
}

pub(crate) fn resize_to(py: Python<'_>, object: &MapObject, size: isize) -> Fallible<()> {
    let resized = resize_uninterrupted(py, object, size, Mmap::resize)?;
    object.or_fail(py, resized)
}

fn resize_reserved(py: Python<'_>, object: &MapObject, size: isize) -> Fallible<()> {
    match resize_uninterrupted(py, object, size, Mmap::resize_reserved)? {
        Err(Refusal::Core(error)) if error.kind() == ErrorKind::InvalidInput => {
            let text = c"mmap can't reserve space without a file.";
            Err(Raised::value_error(py, text))
        }
        resized => object.or_fail(py, resized),
    }
}

type Resize = fn(&mut Mmap, usize) -> ironmap::Result<()>;

/// Goes on after a signal, which interrupts the reservation of a file in memory, and
/// `ftruncate` on some file systems.
fn resize_uninterrupted(
    py: Python<'_>,
    object: &MapObject,
    size: isize,
    resize: Resize,
) -> Fallible<Result<(), Refusal>> {
    loop {
        let resized = resize_pinned(object, &mut object.pin_to_resize(py)?, size, resize);
        // Here is no pin: a signal handler may close the map.
        match resized {
            Err(Refusal::Core(error)) if is_interruption(&error) => check_signals(py)?,
            resized => return Ok(resized),
        }
    }
}

fn resize_pinned(
    object: &MapObject,
    pin: &mut ExclusivePin<'_, '_>,
    size: isize,
    resize: Resize,
) -> Result<(), Refusal> {
    if object.exports() > 0 {
        let text = c"mmap can't resize with extant buffers exported.";
        return Err(Refusal::Buffer(text));
    }
    let size = pin.with(|map| new_size(object, map, size))?;
    Ok(pin.detached(|map| resize(map, size))?)
}

/// The core says all of it, too, but in another order.
fn new_size(object: &MapObject, map: &Mmap, size: isize) -> Result<usize, Refusal> {
    if !map.tracks_file() {
        return Err(Refusal::Value(UNTRACKED));
    }
    let private_file = map.is_private() && !map.is_anonymous();
    if private_file || matches!(object.mode(), Mode::Read | Mode::Copy) {
        return Err(Refusal::Type(NOT_RESIZABLE));
    }
    // To resize to nothing would empty the file, with no map to show for it.
    let room = (i64::MAX as u64).saturating_sub(map.file_offset());
    let size = usize::try_from(size).ok();
    let size = size.filter(|&size| size > 0 && size as u64 <= room);
    size.ok_or(Refusal::Value(c"new size out of range"))
}

pub(crate) fn size(py: Python<'_>, object: &MapObject) -> Fallible<u64> {
    let size = object.pin_shared(py)?.detached(Mmap::size);
    match size {
        Ok(size) => Ok(size),
        Err(error) if error.kind() == ErrorKind::Untracked => {
            Err(platform::map_calls::untracked_size(py))
        }
        Err(error) => Err(object.fail(py, error)),
    }
}
