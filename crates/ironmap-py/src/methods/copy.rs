//! Pieces of a map, copied out and in: attached while that is short, detached
//! when not.
//!
//! Bytes are copied out in steps, and the GIL is let go of when that has taken
//! long ([`crate::object::gil_budget`]). What is stored goes in as a whole or not at all, so it
//! has no steps: its size decides.

use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;

use crate::args::Span;
use crate::args::buffer::Source;
use crate::errors::{MapError, PyResult};
use crate::interpreter::{Owned, Python};
use crate::object::gil_budget::{GilBudget, LONG_COPY, LONG_STORE, STEP};
use crate::object::{MapObject, ReadGuard, WriteGuard};
use crate::platform;
use crate::results::huge_pages::prefer_huge_pages;
use crate::results::output::{bytes_of, new_bytes};

impl Span {
    /// A short run of bytes, which the interpreter copies as it makes the `bytes`;
    /// None for all that takes more than that.
    #[inline(always)]
    fn copy_contiguous<'py>(
        self,
        py: Python<'py>,
        map: &Mmap,
    ) -> Option<ironmap::Result<PyResult<Owned<'py>>>> {
        if self.step != 1 || self.count >= STEP {
            return None;
        }
        // Nothing may lie anywhere, past the end too.
        Some(match self.count {
            0 => Ok(bytes_of(py, &[])),
            count => platform::bytes::bytes_at(py, map, self.start, count),
        })
    }
}

/// The bytes of the span that `plan` finds, as a new `bytes`. `commit` is
/// called once the span is certain, before another thread can look.
#[inline]
pub(crate) fn copy_to_bytes<'py>(
    py: Python<'py>,
    object: &MapObject,
    resolve: impl Fn(&Mmap) -> Span + Copy,
    commit: impl Fn(Span),
) -> PyResult<Owned<'py>> {
    let (span, copied) = object.read(py, |map| {
        let span = resolve(map);
        (span, span.copy_contiguous(py, map))
    })?;
    if let Some(copied) = copied {
        let bytes = object.or_raise(py, copied)??;
        commit(span);
        return Ok(bytes);
    }
    if span.extent() < STEP {
        commit(span);
        return copy_to_bytes_attached(py, object, span);
    }
    copy_to_bytes_in_steps(py, object, span.count, resolve, commit)
}

#[inline(never)]
pub(crate) fn copy_to_bytes_attached<'py>(
    py: Python<'py>,
    object: &MapObject,
    span: Span,
) -> PyResult<Owned<'py>> {
    // Nothing may lie anywhere, past the end too.
    if span.count == 0 {
        return bytes_of(py, &[]);
    }
    let bytes = new_bytes(py, span.count, |place| {
        let copied = object.read_ignoring_damage(py, |map| span.copy_out(map, place))?;
        object.or_raise(py, copied)?;
        Ok(true)
    })?;
    Ok(bytes.expect("filled"))
}

/// The `bytes` is made first, because no guard may be held meanwhile. To get a
/// guard can mean to wait, and the span may be another by then: try again.
#[cold]
fn copy_to_bytes_in_steps<'py>(
    py: Python<'py>,
    object: &MapObject,
    mut count: usize,
    resolve: impl Fn(&Mmap) -> Span,
    commit: impl Fn(Span),
) -> PyResult<Owned<'py>> {
    loop {
        let bytes = new_bytes(py, count, |place| {
            prefer_huge_pages(place);
            let filled = fill_guarded(&object.read_guard(py)?, place, &resolve, &commit);
            object.or_raise(py, filled)
        })?;
        if let Some(bytes) = bytes {
            return Ok(bytes);
        }
        count = object.read(py, |map| resolve(map).count)?;
    }
}

/// False if the span is not as large as the place any more.
fn fill_guarded(
    guard: &ReadGuard<'_, '_>,
    place: &mut [MaybeUninit<u8>],
    resolve: impl Fn(&Mmap) -> Span,
    commit: impl Fn(Span),
) -> Result<bool, MapError> {
    let span = guard.with(resolve);
    if span.count != place.len() {
        return Ok(false);
    }
    commit(span);
    copy_out_in_steps(guard, span, place)?;
    Ok(true)
}

fn copy_out_in_steps(
    guard: &ReadGuard<'_, '_>,
    span: Span,
    place: &mut [MaybeUninit<u8>],
) -> Result<(), MapError> {
    let mut copy = |map: &Mmap, done: usize, part: Span| {
        let copied = part.copy_out(map, &mut place[done..done + part.count]);
        copied.map_err(|error| first_damage(map, &span.range(), error))
    };
    if span.count >= LONG_COPY {
        return Ok(guard.detached(|map| copy(map, 0, span))?);
    }
    let budget = GilBudget::start();
    let (mut done, mut rest) = (0, span);
    loop {
        let (step, others) = rest.split(STEP);
        guard.with(|map| copy(map, done, step))?;
        if others.count == 0 {
            return Ok(());
        }
        (done, rest) = (done + step.count, others);
        if budget.is_exhausted(done, rest.count) {
            return Ok(guard.detached(|map| copy(map, done, rest))?);
        }
    }
}

/// The damage that comes first in a range, of which a part has met some: that is what
/// is told, and a part knows of its own alone.
#[cold]
pub(crate) fn first_damage(
    map: &Mmap,
    range: &Range<usize>,
    error: ironmap::Error,
) -> ironmap::Error {
    // What is known already is looked at, no byte.
    let intact = map.with_ptr(range.start, range.len(), |_| ());
    intact.err().unwrap_or(error)
}

/// Puts all of `source` where `plan` says, which looks at the map last. It
/// will extent over `extent` bytes.
#[inline]
pub(crate) fn store(
    py: Python<'_>,
    object: &MapObject,
    source: Source,
    extent: usize,
    resolve: impl Fn(&Mmap) -> Result<Span, MapError>,
) -> PyResult<Span> {
    if extent < LONG_STORE {
        let stored: Result<Span, MapError> = object.write(py, |map| {
            let span = resolve(map)?;
            source.copy_into(map, span)?;
            Ok(span)
        })?;
        return object.or_raise(py, stored);
    }
    let stored = store_guarded(&mut object.write_guard(py)?, source, resolve);
    object.or_raise(py, stored)
}

#[cold]
fn store_guarded(
    guard: &mut WriteGuard<'_, '_>,
    source: Source,
    resolve: impl Fn(&Mmap) -> Result<Span, MapError>,
) -> Result<Span, MapError> {
    let span = guard.with(resolve)?;
    guard.detached(move |map| source.copy_into(map, span))?;
    Ok(span)
}
