//! Pieces of a map, copied out and in: attached while that is short, detached
//! when not.
//!
//! Bytes are copied out in steps, and the GIL is let go of when that has taken
//! long ([`crate::object::gil_budget`]). What is stored goes in as a whole or not at all, so it
//! has no steps: its size decides.

use std::mem::MaybeUninit;
use std::ops::Range;

use ironmap::Mmap;

use crate::args::Piece;
use crate::args::buffer::Source;
use crate::errors::{Fallible, Refusal};
use crate::interpreter::{Owned, Python};
use crate::object::gil_budget::{LONG_COPY, LONG_STORE, STEP, Turn};
use crate::object::{ExclusivePin, MapObject, SharedPin};
use crate::platform;
use crate::results::huge_pages::prefer_huge_pages;
use crate::results::output::{bytes_of, new_bytes};

impl Piece {
    /// A short run of bytes, which the interpreter copies as it makes the `bytes`;
    /// None for all that takes more than that.
    #[inline(always)]
    fn copy_run<'py>(
        self,
        py: Python<'py>,
        map: &Mmap,
    ) -> Option<ironmap::Result<Fallible<Owned<'py>>>> {
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

/// The bytes of the piece that `plan` finds, as a new `bytes`. `claim` is
/// called once the piece is certain, before another thread can look.
#[inline]
pub(crate) fn fetch<'py>(
    py: Python<'py>,
    object: &MapObject,
    plan: impl Fn(&Mmap) -> Piece + Copy,
    claim: impl Fn(Piece),
) -> Fallible<Owned<'py>> {
    let (piece, run) = object.read(py, |map| {
        let piece = plan(map);
        (piece, piece.copy_run(py, map))
    })?;
    if let Some(run) = run {
        let bytes = object.or_fail(py, run)??;
        claim(piece);
        return Ok(bytes);
    }
    if piece.stretch() < STEP {
        claim(piece);
        return fetch_attached(py, object, piece);
    }
    fetch_in_steps(py, object, piece.count, plan, claim)
}

#[inline(never)]
pub(crate) fn fetch_attached<'py>(
    py: Python<'py>,
    object: &MapObject,
    piece: Piece,
) -> Fallible<Owned<'py>> {
    // Nothing may lie anywhere, past the end too.
    if piece.count == 0 {
        return bytes_of(py, &[]);
    }
    let bytes = new_bytes(py, piece.count, |place| {
        let copied = object.peek(py, |map| piece.copy_out(map, place))?;
        object.or_fail(py, copied)?;
        Ok(true)
    })?;
    Ok(bytes.expect("filled"))
}

/// The `bytes` is made first, because no pin may be held meanwhile. To get a
/// pin can mean to wait, and the piece may be another by then: try again.
#[cold]
fn fetch_in_steps<'py>(
    py: Python<'py>,
    object: &MapObject,
    mut count: usize,
    plan: impl Fn(&Mmap) -> Piece,
    claim: impl Fn(Piece),
) -> Fallible<Owned<'py>> {
    loop {
        let bytes = new_bytes(py, count, |place| {
            prefer_huge_pages(place);
            let filled = fill_pinned(&object.pin_shared(py)?, place, &plan, &claim);
            object.or_fail(py, filled)
        })?;
        if let Some(bytes) = bytes {
            return Ok(bytes);
        }
        count = object.read(py, |map| plan(map).count)?;
    }
}

/// False if the piece is not as large as the place any more.
fn fill_pinned(
    pin: &SharedPin<'_, '_>,
    place: &mut [MaybeUninit<u8>],
    plan: impl Fn(&Mmap) -> Piece,
    claim: impl Fn(Piece),
) -> Result<bool, Refusal> {
    let piece = pin.with(plan);
    if piece.count != place.len() {
        return Ok(false);
    }
    claim(piece);
    copy_out_in_steps(pin, piece, place)?;
    Ok(true)
}

fn copy_out_in_steps(
    pin: &SharedPin<'_, '_>,
    piece: Piece,
    place: &mut [MaybeUninit<u8>],
) -> Result<(), Refusal> {
    let mut copy = |map: &Mmap, done: usize, part: Piece| {
        let copied = part.copy_out(map, &mut place[done..done + part.count]);
        copied.map_err(|error| first_damage(map, &piece.range(), error))
    };
    if piece.count >= LONG_COPY {
        return Ok(pin.detached(|map| copy(map, 0, piece))?);
    }
    let turn = Turn::begin();
    let (mut done, mut rest) = (0, piece);
    loop {
        let (step, others) = rest.split(STEP);
        pin.with(|map| copy(map, done, step))?;
        if others.count == 0 {
            return Ok(());
        }
        (done, rest) = (done + step.count, others);
        if turn.is_over(done, rest.count) {
            return Ok(pin.detached(|map| copy(map, done, rest))?);
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
/// will stretch over `stretch` bytes.
#[inline]
pub(crate) fn store(
    py: Python<'_>,
    object: &MapObject,
    source: Source,
    stretch: usize,
    plan: impl Fn(&Mmap) -> Result<Piece, Refusal>,
) -> Fallible<Piece> {
    if stretch < LONG_STORE {
        let stored: Result<Piece, Refusal> = object.write(py, |map| {
            let piece = plan(map)?;
            source.copy_into(map, piece)?;
            Ok(piece)
        })?;
        return object.or_fail(py, stored);
    }
    let stored = store_pinned(&mut object.pin_exclusive(py)?, source, plan);
    object.or_fail(py, stored)
}

#[cold]
fn store_pinned(
    pin: &mut ExclusivePin<'_, '_>,
    source: Source,
    plan: impl Fn(&Mmap) -> Result<Piece, Refusal>,
) -> Result<Piece, Refusal> {
    let piece = pin.with(plan)?;
    pin.detached(move |map| source.copy_into(map, piece))?;
    Ok(piece)
}
