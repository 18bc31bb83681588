//! Buffers of other objects: bytes to store or search for, and memory to fill.
//!
//! # Safety
//!
//! * B2: the buffer of another object is valid until [`Held`] releases it, after the last use;
//!   a copy is valid as long as its variable.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::{ptr, slice};

use ironmap::raw::MmapExt;
use ironmap::{Mmap, Result};
use pyo3_ffi as ffi;

use crate::args::{Argument, Span};
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Python, capi, in_critical_section};
use crate::object::MapObject;
use crate::object::run::LONG_PASS;

/// Bytes of another object, by address. They may change while they are read (other threads
/// write to a bytearray) and may be the map's own memory.
#[derive(Clone, Copy)]
pub(crate) struct Source {
    start: *const u8,
    pub(crate) len: usize,
    /// True if the bytes cannot change: a `bytes` or a copy.
    fixed: bool,
}

// SAFETY: B2: the address stays valid, in every thread, while it is held.
unsafe impl Send for Source {}
// SAFETY: as above; nothing is written through it.
unsafe impl Sync for Source {}

/// A buffer of another object, in the place where it was filled (a `Py_buffer` may point into
/// itself).
pub(super) struct Held<'a>(pub(super) &'a mut ffi::Py_buffer);

impl Drop for Held<'_> {
    fn drop(&mut self) {
        // SAFETY: B2: filled by PyObject_GetBuffer, released once.
        unsafe { capi::PyBuffer_Release(self.0) };
    }
}

/// The bytes of a bytes-like object, held until it is dropped.
pub(crate) struct HeldSource<'a> {
    source: Source,
    _held: Option<Held<'a>>,
}

impl<'a> HeldSource<'a> {
    /// Holds the bytes of a bytes-like object. `view` is the place for its buffer.
    #[inline]
    pub(crate) fn new(
        object: Argument<'_, '_>,
        view: &'a mut MaybeUninit<ffi::Py_buffer>,
    ) -> PyResult<HeldSource<'a>> {
        let (source, _held) = match bytes_in(object) {
            Some(source) => (source, None),
            None => hold(object, view)?,
        };
        Ok(HeldSource { source, _held })
    }
}

impl Deref for HeldSource<'_> {
    type Target = Source;

    #[inline]
    fn deref(&self) -> &Source {
        &self.source
    }
}

/// Runs `f` on the bytes of a bytes-like object, but copies a small `bytearray` instead of
/// locking it. `f` gets the bytes of this moment; only while it waits for the map can other code
/// change the array.
#[inline]
pub(crate) fn with_bytes_unlocked<R>(
    object: Argument<'_, '_>,
    f: impl FnOnce(Source) -> PyResult<R>,
) -> PyResult<R> {
    let mut view = MaybeUninit::uninit();
    let mut copy = [MaybeUninit::uninit(); SMALL];
    let (source, _held) = match bytes_in(object).or_else(|| copy_of_array(object, &mut copy)) {
        Some(source) => (source, None),
        None => hold(object, &mut view)?,
    };
    f(source)
}

/// Memory of another object to fill, by address. Other threads may change it meanwhile, and it
/// may be a map's own memory.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    start: *mut u8,
    pub(crate) len: usize,
}

// SAFETY: B2: the address stays valid, in every thread, while it is held.
unsafe impl Send for Target {}
// SAFETY: B2: as above; it is written to by address, never through a reference.
unsafe impl Sync for Target {}

/// Runs `f` on the writable memory of an object. `function` is named in the error.
pub(crate) fn with_target<R>(
    object: Argument<'_, '_>,
    function: &str,
    f: impl FnOnce(Target) -> PyResult<R>,
) -> PyResult<R> {
    let mut view = ffi::Py_buffer::new();
    // SAFETY: E2: a live object and a place for the buffer.
    let got =
        unsafe { capi::PyObject_GetBuffer(object.as_ptr(), &raw mut view, ffi::PyBUF_WRITABLE) };
    if got < 0 {
        let refused = Raised::already_set(object.py());
        return Err(not_writable(refused, object, function));
    }
    let held = Held(&mut view);
    f(Target {
        start: held.0.buf.cast(),
        len: held.0.len as usize,
    })
}

/// Raises the io module's error: its callers catch no other.
#[cold]
fn not_writable(refused: Raised, object: Argument<'_, '_>, function: &str) -> Raised {
    let py = object.py();
    refused.clear(py);
    let text = format_args!("{function}() argument must be read-write bytes-like object, not ");
    Raised::type_error_with(Message::new(py, text).and_class_or_none(object))
}

impl Target {
    /// Returns whether the addresses belong to this map.
    pub(crate) fn is_of(self, map: &Mmap) -> bool {
        let (start, end) = (self.start.addr(), self.start.addr() + self.len);
        let first = map.as_ptr().addr();
        start < first + map.len() && first < end
    }

    /// Fills the bytes from `place` on with a contiguous span of a map.
    pub(crate) fn fill(self, place: usize, map: &Mmap, span: Span) -> Result<()> {
        assert!(place + span.count <= self.len);
        // A span of no bytes is valid at any offset, even past the end.
        if span.count == 0 {
            return Ok(());
        }
        // SAFETY: B2: the bytes are there while the target is held.
        unsafe { map.read_to_ptr(span.start, self.start.wrapping_add(place), span.count) }
    }
}

/// Returns the bytes of a `bytes`, which lives as long as the argument.
#[inline]
fn bytes_in(object: Argument<'_, '_>) -> Option<Source> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyBytes_CheckExact(object.as_ptr()) } == 0 {
        return None;
    }
    let (mut start, mut len) = (ptr::null_mut(), 0);
    // SAFETY: E2: a live bytes object and two places.
    unsafe { ffi::PyBytes_AsStringAndSize(object.as_ptr(), &raw mut start, &raw mut len) };
    Some(Source {
        start: start.cast_const().cast(),
        len: len as usize,
        fixed: true,
    })
}

/// Longest `bytearray` that is copied: up to this length a copy costs less than a buffer.
const SMALL: usize = 256;

/// Copies a small `bytearray`, which may change while it is not held.
#[inline]
fn copy_of_array(object: Argument<'_, '_>, copy: &mut [MaybeUninit<u8>; SMALL]) -> Option<Source> {
    // SAFETY: E2: a live object.
    if unsafe { ffi::PyByteArray_CheckExact(object.as_ptr()) } == 0 {
        return None;
    }
    let start = copy.as_mut_ptr().cast::<u8>();
    in_critical_section(object, || {
        // SAFETY: E2: a live bytearray.
        let len = unsafe { ffi::PyByteArray_Size(object.as_ptr()) } as usize;
        if len > SMALL {
            return None;
        }
        // SAFETY: as above.
        let data = unsafe { ffi::PyByteArray_AsString(object.as_ptr()) };
        // SAFETY: E2: no other thread changes the array: it has `len` bytes, and the copy has
        // room for them.
        unsafe { ptr::copy_nonoverlapping(data.cast(), start, len) };
        Some(Source {
            start,
            len,
            fixed: true,
        })
    })
}

/// Gets the buffer of any other object.
#[inline(never)]
fn hold<'a>(
    object: Argument<'_, '_>,
    view: &'a mut MaybeUninit<ffi::Py_buffer>,
) -> PyResult<(Source, Option<Held<'a>>)> {
    let view = view.write(ffi::Py_buffer::new());
    // SAFETY: E2: a live object and a place for the buffer.
    let got = unsafe { capi::PyObject_GetBuffer(object.as_ptr(), view, ffi::PyBUF_SIMPLE) };
    if got < 0 {
        return Err(Raised::already_set(object.py()));
    }
    let source = Source {
        start: view.buf.cast_const().cast(),
        len: view.len as usize,
        fixed: false,
    };
    Ok((source, Some(Held(view))))
}

impl Source {
    /// Returns the bytes, unless they could change.
    #[inline]
    pub(crate) fn fixed_bytes(&self) -> Option<&[u8]> {
        // SAFETY: B2: the bytes object is held as long as the source.
        self.fixed
            .then(|| unsafe { slice::from_raw_parts(self.start, self.len) })
    }

    /// Returns the bytes, as a private copy if they could change. Bytes of `object`'s own map
    /// are read like any mapped bytes: they may be damaged.
    pub(crate) fn stable_bytes(
        &self,
        py: Python<'_>,
        object: &MapObject,
    ) -> PyResult<Cow<'_, [u8]>> {
        if let Some(bytes) = self.fixed_bytes() {
            return Ok(Cow::Borrowed(bytes));
        }
        let mut copy: Vec<u8> = Vec::new();
        if copy.try_reserve_exact(self.len).is_err() {
            return Err(Raised::no_memory(py));
        }
        if let Some(at) = object.read_ignoring_damage(py, |map| self.index_in(map))? {
            let place = &mut copy.spare_capacity_mut()[..self.len];
            let read = if self.len < LONG_PASS {
                object.read(py, |map| map.read_uninit_at(at, place))?
            } else {
                let guard = object.read_guard(py)?;
                guard.detached(|map| map.read_uninit_at(at, place))
            };
            object.or_raise(py, read)?;
            // SAFETY: the line above filled them.
            unsafe { copy.set_len(self.len) };
        } else if self.len >= LONG_PASS {
            py.detach(|| self.append_to(&mut copy));
        } else {
            self.append_to(&mut copy);
        }
        Ok(Cow::Owned(copy))
    }

    /// Returns the offset of the bytes in the map, if they are its own.
    fn index_in(&self, map: &Mmap) -> Option<usize> {
        let at = self.start.addr().checked_sub(map.as_ptr().addr())?;
        (at < map.len() && self.len <= map.len() - at).then_some(at)
    }

    fn append_to(&self, copy: &mut Vec<u8>) {
        if self.len == 0 {
            return;
        }
        // SAFETY: B2: held for the call; there is room for `len` bytes.
        unsafe { ptr::copy_nonoverlapping(self.start, copy.as_mut_ptr(), self.len) };
        // SAFETY: the line above filled them.
        unsafe { copy.set_len(self.len) };
    }

    /// Stores the bytes in the map, as if they were copied first.
    #[inline(always)]
    pub(crate) fn copy_into(self, map: &mut Mmap, span: Span) -> Result<()> {
        if span.step == 1 {
            // SAFETY: B2: `len` bytes are there while the source is held.
            return unsafe { map.write_from_ptr(span.start, self.start, self.len) };
        }
        // SAFETY: B2: `len` bytes are there while the source is held.
        unsafe { map.write_strided_from_ptr(span.start, span.step, self.start, self.len) }
    }
}
