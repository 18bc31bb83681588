//! Copies out of a map and stores into it.
//!
//! A copy of a long span is a job. What is stored goes in as a whole or not at all, so a
//! store is no job: its size decides whether it detaches.

use std::mem::MaybeUninit;

use ironmap::Mmap;
use ironmap::jobs::{EachPart, first_damage};

use crate::args::buffer::Source;
use crate::args::{Span, Spans};
use crate::errors::{MapError, PyResult};
use crate::interpreter::{Owned, Python};
use crate::object::run::{LONG, LONG_PASS, run};
use crate::object::{MapObject, WriteGuard};
use crate::platform;
use crate::results::huge_pages::HugePages;
use crate::results::output::{bytes_of, new_bytes};

/// Returns the bytes of a span as a new `bytes`.
#[inline]
pub(crate) fn copy_to_bytes<'py>(
    py: Python<'py>,
    object: &MapObject,
    spans: impl Spans,
) -> PyResult<Owned<'py>> {
    let copied = object.read(py, |map| {
        let span = spans.resolve(map);
        if span.step != 1 || span.count >= LONG {
            return Err(span);
        }
        // The interpreter copies a short run of bytes as it makes the `bytes`.
        let copied = match span.count {
            // A span of no bytes is valid at any offset, even past the end.
            0 => Ok(bytes_of(py, &[])),
            count => platform::bytes::bytes_at(py, map, span.start, count),
        };
        if let Ok(Ok(_)) = copied {
            spans.commit(span);
        }
        Ok(copied)
    })?;
    let span = match copied {
        Ok(copied) => return copied.map_err(|error| object.raise(py, error))?,
        Err(span) => span,
    };
    if span.extent() < LONG {
        spans.commit(span);
        return copy_to_bytes_attached(py, object, span).inspect_err(|_| spans.retract(span));
    }
    copy_long_to_bytes(py, object, span.count, &spans)
}

#[inline(never)]
pub(crate) fn copy_to_bytes_attached<'py>(
    py: Python<'py>,
    object: &MapObject,
    span: Span,
) -> PyResult<Owned<'py>> {
    let bytes = new_bytes(py, span.count, |place| {
        let copied = object.read_ignoring_damage(py, |map| span.copy_out(map, place))?;
        object.or_raise(py, copied)?;
        Ok(true)
    })?;
    Ok(bytes.expect("filled"))
}

/// Makes the `bytes` first, because nothing of the map may be held meanwhile. If the span has
/// another length when it is to be copied, tries again.
#[cold]
fn copy_long_to_bytes<'py>(
    py: Python<'py>,
    object: &MapObject,
    mut count: usize,
    spans: &impl Spans,
) -> PyResult<Owned<'py>> {
    loop {
        let bytes = new_bytes(py, count, |place| {
            let span = object.read(py, |map| spans.resolve(map))?;
            if span.count != place.len() {
                return Ok(false);
            }
            spans.commit(span);
            let filled = fill(py, object, span, place);
            if !matches!(filled, Ok(true)) {
                spans.retract(span);
            }
            filled
        })?;
        if let Some(bytes) = bytes {
            return Ok(bytes);
        }
        count = object.read(py, |map| spans.resolve(map).count)?;
    }
}

/// Copies a long span. Returns false if the map has become too short for it.
pub(crate) fn fill(
    py: Python<'_>,
    object: &MapObject,
    span: Span,
    place: &mut [MaybeUninit<u8>],
) -> PyResult<bool> {
    let mut pages = HugePages::of(place);
    let mut job = EachPart::of_places(span.start, span.count, span.step, |map, part| {
        let rest = &mut place[part.start..];
        let span_part = span.part(part.clone());
        let copied = pages.watch(part.len(), rest, |place| span_part.copy_out(map, place));
        copied.map_err(|error| first_damage(map, &span.range(), error))
    });
    match run(py, object, &mut job)? {
        Err(error) if error.is_out_of_bounds() => Ok(false),
        copied => object.or_raise(py, copied).map(|()| true),
    }
}

/// Stores all of `source` in the span that `resolve` returns. The span extends over `extent`
/// bytes.
#[inline]
pub(crate) fn store(
    py: Python<'_>,
    object: &MapObject,
    source: Source,
    extent: usize,
    resolve: impl Fn(&Mmap) -> Result<Span, MapError>,
) -> PyResult<Span> {
    if extent < LONG_PASS {
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
