//! The map as a mutable sequence of bytes: `m[i]`, `m[a:b:c]`, iteration.
//!
//! As in the stdlib module, `m[i]` is an int, and the sequence protocol (iteration, `in`,
//! `reversed`) uses `bytes` of length 1.

use std::ffi::CStr;

use ironmap::Mmap;
use ironmap::raw::MmapExt;

use crate::args::buffer::with_bytes_unlocked;
use crate::args::{Argument, Slice, Span, conversion};
use crate::errors::{MapError, NOT_WRITABLE, PyResult, Raised, check_writable};
use crate::interpreter::{Owned, Python, version};
use crate::methods::copy::{copy_to_bytes, store};
use crate::object::MapObject;
use crate::object::access_mode::AccessMode;
use crate::results::output::{Done, Length, cached_bytes, cached_int};

/// Does `bytes(m)`, which would otherwise copy through a buffer, with the GIL.
pub(crate) fn bytes<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    copy_to_bytes(py, object, |map: &Mmap| Span::contiguous(0, map.len()))
}

pub(crate) fn length(py: Python<'_>, object: &MapObject) -> PyResult<Length> {
    object.read(py, |map| Length(map.len()))
}

/// Returns `m[key]`.
pub(crate) fn subscript<'py>(
    py: Python<'py>,
    object: &MapObject,
    key: Argument<'_, 'py>,
) -> PyResult<Owned<'py>> {
    if conversion::is_slice(key) {
        object.check_open(py)?;
        let slice = Slice::unpack(key)?;
        return copy_to_bytes(py, object, move |map: &Mmap| slice.resolve(map.len()));
    }
    let index = match conversion::small_int(key) {
        Some(index) => index,
        None => slow_index(py, object, key)?,
    };
    let byte = object.read(py, |map| {
        let at = conversion::wrapped(index, map.len());
        (at < map.len()).then(|| map.byte(at))
    })?;
    match byte {
        Some(Ok(byte)) => Ok(cached_int(py, byte)),
        Some(Err(error)) => Err(object.raise(py, error)),
        None => Err(out_of_range(py)),
    }
}

/// Converts an index that is no small int. If its `__index__` closes the map, the bounds are
/// those from before.
#[cold]
fn slow_index(py: Python<'_>, object: &MapObject, key: Argument<'_, '_>) -> PyResult<isize> {
    let len = object.read(py, Mmap::len)?;
    if !conversion::is_index(key) {
        return Err(Raised::type_error(py, c"mmap indices must be integers"));
    }
    let index = conversion::index(key)?;
    if object.is_closed() && conversion::wrapped(index, len) >= len {
        return Err(out_of_range(py));
    }
    Ok(index)
}

/// Does `m[key] = value`, or `del m[key]` without a value. All is converted before the map is
/// looked at, except for its access.
pub(crate) fn assign_subscript(
    py: Python<'_>,
    object: &MapObject,
    key: Argument<'_, '_>,
    value: Option<Argument<'_, '_>>,
) -> PyResult<Done> {
    check_access(py, object)?;
    if conversion::is_slice(key) {
        return assign_slice(py, object, key, value);
    }
    let index = match conversion::small_int(key) {
        Some(index) => index,
        None => slow_index_to_assign(py, key)?,
    };
    let value =
        value.ok_or_else(|| Raised::type_error(py, c"mmap doesn't support item deletion"))?;
    if !conversion::is_index(value) {
        return Err(not_an_int(py, object, index));
    }
    let Ok(byte) = u8::try_from(conversion::item_value(value)?) else {
        let text = c"mmap item value must be in range(0, 256)";
        return Err(Raised::value_error(py, text));
    };
    set(py, object, |len| conversion::wrapped(index, len), byte)
}

/// Returns the error of a value that is no int. Up to Python 3.13, whose `test.test_mmap` asks
/// for it, an index out of bounds comes first.
#[cold]
fn not_an_int(py: Python<'_>, object: &MapObject, index: isize) -> Raised {
    let is_outside = |map: &Mmap| conversion::wrapped(index, map.len()) >= map.len();
    if version() < (3, 14) && object.try_read(is_outside) == Some(true) {
        return out_of_range(py);
    }
    Raised::type_error(py, c"mmap item value must be an int")
}

/// Refuses a store into a map of `ACCESS_READ`, also if it is closed.
#[inline]
fn check_access(py: Python<'_>, object: &MapObject) -> PyResult<()> {
    if object.mode() == AccessMode::Read {
        object.check_present(py)?;
        return Err(Raised::type_error(py, NOT_WRITABLE));
    }
    Ok(())
}

/// Converts an index that is no small int.
#[cold]
fn slow_index_to_assign(py: Python<'_>, key: Argument<'_, '_>) -> PyResult<isize> {
    if !conversion::is_index(key) {
        return Err(Raised::type_error(py, c"mmap indices must be integer"));
    }
    conversion::index(key)
}

#[inline]
fn assign_slice(
    py: Python<'_>,
    object: &MapObject,
    key: Argument<'_, '_>,
    value: Option<Argument<'_, '_>>,
) -> PyResult<Done> {
    let slice = Slice::unpack(key)?;
    let value = value
        .ok_or_else(|| Raised::type_error(py, c"mmap object doesn't support slice deletion"))?;
    with_bytes_unlocked(value, |source| {
        store(py, object, source, slice.extent(source.len), |map| {
            check_writable(map)?;
            let span = slice.resolve(map.len());
            if span.count != source.len {
                return Err(MapError::Index(c"mmap slice assignment is wrong size"));
            }
            Ok(span)
        })
    })?;
    Ok(Done)
}

/// Returns the sequence protocol's `m[index]`. The interpreter has added the length to a
/// negative index.
///
/// Iteration and `in` call this for each byte, so rare cases are in `slow_item`.
pub(crate) fn item<'py>(py: Python<'py>, object: &MapObject, index: isize) -> PyResult<Owned<'py>> {
    let at = index as usize;
    match object.try_read(|map| map.try_byte(at)) {
        Some(Some(byte)) => Ok(cached_bytes(py, byte)),
        Some(None) => item_after_load(py, object, at),
        None => slow_item(py, object, at),
    }
}

/// Does what [`item`] does, after a load that was out of range or has met damage: the error names
/// the byte, and not the damage.
#[cold]
fn item_after_load<'py>(py: Python<'py>, object: &MapObject, at: usize) -> PyResult<Owned<'py>> {
    let byte = object.read_ignoring_damage(py, |map| (at < map.len()).then(|| map.byte(at)))?;
    cached_item(py, object, byte)
}

#[cold]
fn slow_item<'py>(py: Python<'py>, object: &MapObject, at: usize) -> PyResult<Owned<'py>> {
    let byte = object.read(py, |map| (at < map.len()).then(|| map.byte(at)))?;
    cached_item(py, object, byte)
}

fn cached_item<'py>(
    py: Python<'py>,
    object: &MapObject,
    byte: Option<ironmap::Result<u8>>,
) -> PyResult<Owned<'py>> {
    // No error is made for an index out of range: each iteration ends there.
    match byte {
        Some(byte) => Ok(cached_bytes(py, object.or_raise(py, byte)?)),
        None => Err(out_of_range(py)),
    }
}

/// Does the sequence protocol's `m[index] = value`.
pub(crate) fn assign_item(
    py: Python<'_>,
    object: &MapObject,
    index: isize,
    value: Option<Argument<'_, '_>>,
) -> PyResult<Done> {
    let at = index as usize;
    if at >= object.read(py, Mmap::len)? {
        return Err(out_of_range(py));
    }
    let value = value
        .ok_or_else(|| Raised::type_error(py, c"mmap object doesn't support item deletion"))?;
    let byte = conversion::single_byte(value)
        .ok_or_else(|| Raised::index_error(py, c"mmap assignment must be length-1 bytes()"))?;
    set(py, object, |_| at, byte)
}

/// Stores a byte at the place that `place` returns for the length of the map.
#[inline]
fn set(
    py: Python<'_>,
    object: &MapObject,
    place: impl FnOnce(usize) -> usize,
    byte: u8,
) -> PyResult<Done> {
    let stored = object.write(py, |map| {
        check_writable(map)?;
        Ok::<_, MapError>(map.set_byte(place(map.len()), byte)?)
    })?;
    match stored {
        Ok(()) => Ok(Done),
        Err(MapError::Core(error)) if error.is_out_of_bounds() => Err(out_of_range(py)),
        Err(error) => object.or_raise(py, Err(error)),
    }
}

#[cold]
fn out_of_range(py: Python<'_>) -> Raised {
    const TEXT: &CStr = c"mmap index out of range";
    Raised::index_error(py, TEXT)
}
