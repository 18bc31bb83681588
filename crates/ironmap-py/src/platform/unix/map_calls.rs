//! Methods over msync, madvise and prctl.
//!
//! # Safety
//!
//! * N3: the numbers come from the user, as in the stdlib module.
//! * E2: the interpreter is called with a live object.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::ops::Range;
use std::slice;

use ironmap::raw::MmapExt;
use ironmap::{ErrorKind, Mmap};

use crate::args::{Argument, Arguments, conversion};
use crate::errors::message::Message;
use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::{Python, capi, version};
use crate::object::{MapObject, WriteGuard};
use crate::platform::new_map::dev_mode;

/// Calls `msync` with the user's flags.
pub(crate) fn flush(map: &Mmap, range: Range<usize>, flags: c_int) -> ironmap::Result<()> {
    let flags = if flags == 0 { libc::MS_SYNC } else { flags };
    map.flush_raw(flags, range)
}

/// Raises the error of 3.13 and 3.14 there, which their own tests expect: that of `fstat(-1)`.
#[cold]
pub(crate) fn untracked_size(py: Python<'_>) -> Raised {
    if matches!(version(), (3, 13 | 14)) {
        return Raised::os_error(py, libc::EBADF);
    }
    Raised::value_error(py, c"can't get size with trackfd=False")
}

pub(crate) fn madvise(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<()> {
    args.expect("madvise", 1, 3)?;
    let Some(option) = args.get(0) else {
        return Ok(());
    };
    let option = conversion::c_int(option)?;
    let start = args.get(1).map(conversion::ssize).transpose()?.unwrap_or(0);
    let len = object.read(py, Mmap::len)?;
    let length = conversion::optional_ssize(args.get(2))?;
    if object.is_closed() {
        // The conversion of the length has closed it: the bounds come first.
        object.or_raise(py, advised_range(len, start, length))?;
    }
    let range = |map: &Mmap| advised_range(map.len(), start, length);
    let advised = if HINTS.contains(&option) {
        object.write(py, |map| Ok(advise(map, option, range(map)?)?))?
    } else if option == DONTFORK {
        madvise_guarded(&mut object.resize_guard(py)?, option, range)
    } else {
        madvise_guarded(&mut object.write_guard(py)?, option, range)
    };
    let is_refused = matches!(&advised, Err(error) if error.is_invalid_argument());
    object
        .or_raise(py, advised)
        .map_err(|raised| match is_refused {
            true => {
                raised.note_multiple(py, ("start", start as i64), ("PAGESIZE", Mmap::page_size()))
            }
            false => raised,
        })
}

/// Advice that the kernel only records: too short to release the GIL.
const HINTS: [c_int; 3] = [libc::MADV_NORMAL, libc::MADV_RANDOM, libc::MADV_SEQUENTIAL];

/// Advice that registers the map with the fault guard again: a child that is forked meanwhile
/// cannot tell which registration it has.
#[cfg(any(target_os = "linux", target_os = "android"))]
const DONTFORK: c_int = libc::MADV_DONTFORK;
/// A number that the system does not have.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const DONTFORK: c_int = c_int::MIN;

fn madvise_guarded(
    guard: &mut WriteGuard<'_, '_>,
    option: c_int,
    range: impl Fn(&Mmap) -> Result<Range<usize>, MapError>,
) -> Result<(), MapError> {
    let range = guard.with(range)?;
    Ok(guard.detached(|map| advise(map, option, range))?)
}

fn advise(map: &mut Mmap, option: c_int, range: Range<usize>) -> ironmap::Result<()> {
    // SAFETY: N3.
    unsafe { map.advise_raw(option, range) }
}

fn advised_range(
    len: usize,
    start: isize,
    length: Option<isize>,
) -> Result<Range<usize>, MapError> {
    let start = usize::try_from(start).ok().filter(|&start| start < len);
    let start = start.ok_or(MapError::Value(c"madvise start out of bounds"))?;
    let length = usize::try_from(length.unwrap_or(len as isize))
        .map_err(|_| MapError::Value(c"madvise length invalid"))?;
    if isize::MAX as usize - start < length {
        return Err(MapError::Overflow(c"madvise length too large"));
    }
    Ok(start..len.min(start + length))
}

/// The stdlib module's prefix of a name in `/proc/PID/maps`.
const NAME_PREFIX: &[u8] = b"cpython:mmap:";

/// The kernel's limit for the whole name, in bytes, without its NUL.
const LONGEST_NAME: usize = 79;

pub(crate) fn set_name(py: Python<'_>, object: &MapObject, name: Argument<'_, '_>) -> PyResult<()> {
    if !conversion::is_str(name) {
        let text = Message::new(py, "set_name() argument must be str, not ");
        return Err(Raised::type_error_with(text.and_class_or_none(name)));
    }
    let name = utf8(name)?;
    if name.contains(&0) {
        return Err(Raised::value_error(py, c"embedded null character"));
    }
    if NAME_PREFIX.len() + name.len() > LONGEST_NAME {
        return Err(Raised::value_error(py, c"name is too long"));
    }
    let mut full = [0; LONGEST_NAME + 1];
    full[..NAME_PREFIX.len()].copy_from_slice(NAME_PREFIX);
    full[NAME_PREFIX.len()..][..name.len()].copy_from_slice(name);
    let full = CStr::from_bytes_until_nul(&full).expect("the last byte is zero");
    object.check_present(py)?;
    if !object.is_anonymous() {
        let text = c"Cannot set annotation on non-anonymous mappings";
        return Err(Raised::value_error(py, text));
    }
    if !dev_mode() {
        return Ok(());
    }
    match object.read(py, |map| map.set_name(full))? {
        Ok(()) => Ok(()),
        // The kernel does not support names.
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            let text = c"Annotation of mmap is not supported on this platform";
            Err(Raised::not_implemented(py, text))
        }
        Err(error) => Err(object.raise(py, error)),
    }
}

/// Returns the UTF-8 of a `str`, which the object keeps.
fn utf8<'a>(text: Argument<'a, '_>) -> PyResult<&'a [u8]> {
    let mut len = 0;
    // SAFETY: E2: a live object, and a place for the length.
    let start = unsafe { capi::PyUnicode_AsUTF8AndSize(text.as_ptr(), &raw mut len) };
    if start.is_null() {
        return Err(Raised::already_set(text.py()));
    }
    // SAFETY: E2: `len` bytes, live as long as the object.
    Ok(unsafe { slice::from_raw_parts(start.cast(), len as usize) })
}
