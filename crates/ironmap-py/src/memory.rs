//! What a map is told about its memory and its file: flush, madvise, move,
//! resize, size, name.

use std::ffi::{CString, c_int};
use std::ops::Range;

use ironmap::{ErrorKind, Mmap};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::convert::{self, Argument, Arguments, Keywords};
use crate::error::{Fallible, OrRaise, Raised, Refusal};
use crate::file_face::check_writable;
use crate::new::dev_mode;
use crate::object::{ExclusivePin, MapObject, Mode, SharedPin};
use crate::piece::LONG_STORE;

pub(crate) fn flush(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> Fallible<()> {
    args.expect_positional("flush", 2)?;
    let flags = keywords.only("flush", "flags")?;
    let offset = match args.get(0) {
        Some(offset) => convert::ssize(offset)?,
        None => 0,
    };
    let size = convert::optional_ssize(args.get(1))?.unwrap_or(-1);
    let flags = match flags {
        Some(flags) => convert::c_int(flags)?,
        None => 0,
    };
    let flags = if flags == 0 { libc::MS_SYNC } else { flags };
    let flushed = flush_pinned(object, &object.pin_shared(py)?, offset, size, flags);
    object.finish(py, flushed)
}

fn flush_pinned(
    object: &MapObject,
    pin: &SharedPin<'_, '_>,
    offset: isize,
    size: isize,
    flags: c_int,
) -> Result<(), Refusal> {
    let len = pin.map()?.len() as isize;
    let size = if size == -1 {
        len.saturating_sub(offset)
    } else {
        size
    };
    if size < 0 || offset < 0 || len - offset < size {
        return Err(Refusal::Value(c"flush values out of range"));
    }
    if matches!(object.mode(), Mode::Read | Mode::Copy) {
        return Ok(());
    }
    let range = offset as usize..(offset + size) as usize;
    Ok(pin.detached(|map| map.flush_raw(range, flags))??)
}

pub(crate) fn madvise(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<()> {
    args.expect("madvise", 1, 3)?;
    let Some(option) = args.get(0) else {
        return Ok(());
    };
    let option = convert::c_int(option)?;
    let start = match args.get(1) {
        Some(start) => convert::ssize(start)?,
        None => 0,
    };
    let length = convert::optional_ssize(args.get(2))?;
    let range = |map: &Mmap| advised_range(map.len(), start, length);
    let advised = if HINTS.contains(&option) {
        object.write(py, |map| Ok(map.advise_raw(option, range(map)?)?))?
    } else {
        madvise_pinned(&mut object.pin_exclusive(py)?, option, range)
    };
    object.finish(py, advised)
}

/// Advice that is only written down: nothing to let go of the GIL for.
const HINTS: [c_int; 3] = [libc::MADV_NORMAL, libc::MADV_RANDOM, libc::MADV_SEQUENTIAL];

fn madvise_pinned(
    pin: &mut ExclusivePin<'_, '_>,
    option: c_int,
    range: impl Fn(&Mmap) -> Result<Range<usize>, Refusal>,
) -> Result<(), Refusal> {
    let range = range(pin.map()?)?;
    Ok(pin.detached(|map| map.advise_raw(option, range))??)
}

fn advised_range(len: usize, start: isize, length: Option<isize>) -> Result<Range<usize>, Refusal> {
    let start = usize::try_from(start).ok().filter(|&start| start < len);
    let start = start.ok_or(Refusal::Value(c"madvise start out of bounds"))?;
    let length = usize::try_from(length.unwrap_or(len as isize))
        .map_err(|_| Refusal::Value(c"madvise length invalid"))?;
    if isize::MAX as usize - start < length {
        return Err(Refusal::Overflow(c"madvise length too large"));
    }
    Ok(start..len.min(start + length))
}

/// `move(dest, src, count)`.
pub(crate) fn move_(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> Fallible<()> {
    args.expect("move", 3, 3)?;
    let (Some(dest), Some(src), Some(count)) = (args.get(0), args.get(1), args.get(2)) else {
        return Ok(());
    };
    let dest = convert::ssize(dest)?;
    let src = convert::ssize(src)?;
    let count = convert::ssize(count)?;
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
    object.finish(py, moved)
}

fn move_pinned(
    pin: &mut ExclusivePin<'_, '_>,
    plan: impl Fn(&Mmap) -> Result<(Range<usize>, usize), Refusal>,
) -> Result<(), Refusal> {
    let (src, dest) = plan(pin.map()?)?;
    Ok(pin.detached(|map| map.copy_within(src, dest))??)
}

pub(crate) fn resize(py: Python<'_>, object: &MapObject, size: Argument<'_, '_>) -> Fallible<()> {
    let size = convert::ssize(size)?;
    let resized = resize_pinned(object, &mut object.pin_to_resize(py)?, size);
    object.finish(py, resized)
}

fn resize_pinned(
    object: &MapObject,
    pin: &mut ExclusivePin<'_, '_>,
    size: isize,
) -> Result<(), Refusal> {
    if object.exports() > 0 {
        let text = c"mmap can't resize with extant buffers exported.";
        return Err(Refusal::Buffer(text));
    }
    let map = pin.map()?;
    if !map.tracks_file() {
        return Err(Refusal::Value(c"mmap can't resize with trackfd=False."));
    }
    let private_file = map.is_private() && !map.is_anonymous();
    if private_file || matches!(object.mode(), Mode::Read | Mode::Copy) {
        let text = c"mmap can't resize a readonly or copy-on-write memory map.";
        return Err(Refusal::Type(text));
    }
    // To resize to nothing would empty the file, with no map to show for it.
    let room = (i64::MAX as u64).saturating_sub(map.file_offset());
    let size = usize::try_from(size).ok();
    let size = size.filter(|&size| size > 0 && size as u64 <= room);
    let size = size.ok_or(Refusal::Value(c"new size out of range"))?;
    Ok(pin.detached(|map| map.resize(size))??)
}

pub(crate) fn size(py: Python<'_>, object: &MapObject) -> Fallible<u64> {
    let size = object.pin_shared(py)?.detached(Mmap::size);
    match object.finish(py, size)? {
        Ok(size) => Ok(size),
        Err(error) if error.kind() == ErrorKind::Untracked => Err(untracked_size(py)),
        Err(error) => Err(object.fail(py, error)),
    }
}

/// 3.13 and 3.14 raised what `fstat(-1)` gives, and their own tests ask for it.
#[cold]
fn untracked_size(py: Python<'_>) -> Raised {
    let version = py.version_info();
    if matches!((version.major, version.minor), (3, 13 | 14)) {
        return Raised::os_error(py, libc::EBADF);
    }
    Raised::value_error(py, c"can't get size with trackfd=False")
}

/// What the stdlib module puts before a name in `/proc/PID/maps`.
const NAME_PREFIX: &str = "cpython:mmap:";

/// The kernel's limit for the whole name, in bytes, without its NUL.
const LONGEST_NAME: usize = 79;

pub(crate) fn set_name(py: Python<'_>, object: &MapObject, name: Argument<'_, '_>) -> Fallible<()> {
    let Ok(name) = name.cast::<PyString>() else {
        let class = if name.is_none() {
            "None".to_owned()
        } else {
            convert::class_name(name).or_raise(py)?
        };
        let text = format!("set_name() argument must be str, not {class}");
        return Err(Raised::new(py, PyTypeError::new_err(text)));
    };
    let name = name.to_str().or_raise(py)?;
    let Ok(full) = CString::new(format!("{NAME_PREFIX}{name}")) else {
        return Err(Raised::value_error(py, c"embedded null character"));
    };
    object.check_open(py)?;
    if full.as_bytes().len() > LONGEST_NAME {
        return Err(Raised::value_error(py, c"name is too long"));
    }
    if !object.read(py, Mmap::is_anonymous)? {
        let text = c"Cannot set annotation on non-anonymous mappings";
        return Err(Raised::value_error(py, text));
    }
    if !dev_mode(py) {
        return Ok(());
    }
    match object.read(py, |map| map.set_name(&full))? {
        Ok(()) => Ok(()),
        // A kernel that knows no names.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let text = c"Annotation of mmap is not supported on this platform";
            Err(Raised::not_implemented(py, text))
        }
        Err(error) => Err(object.fail(py, error)),
    }
}
