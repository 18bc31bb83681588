//! The table of all slots, which signal handlers scan.
//!
//! Slots are never freed, so a handler never reads anything else in their place. They lie in
//! chunks that double in size. There is no lock: a child could inherit one that is held, and a
//! handler cannot wait for one.
//!
//! # Safety
//!
//! * G5: a chunk's pointer is null until the chunk is filled and leaked, and is
//!   set once.
#![allow(unsafe_code)]

use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use super::hints::Hints;
use crate::error::{self, Result};
use crate::guarded_region::GuardedRegion;
use crate::slots::{FreeList, MoveEpoch, Slot};

/// The number of slots in the first chunk.
const FIRST: usize = 64;
/// The number of chunks. Chunk `k` has `FIRST << k` slots: together more than a process can map.
const CHUNKS: usize = 26;

static CHUNK: [AtomicPtr<Slot>; CHUNKS] = [const { AtomicPtr::new(ptr::null_mut()) }; CHUNKS];

/// The number of slots that were ever taken.
static USED: AtomicUsize = AtomicUsize::new(0);

pub(super) static MOVE_EPOCH: MoveEpoch = MoveEpoch::none();

static FREE: FreeList = FreeList::new();

static HINTS: Hints = Hints::none();

/// Takes a free slot and returns it with its number. Fails if there is no memory for more slots.
pub(super) fn take() -> Result<(u32, &'static Slot)> {
    if let Some(number) = FREE.take(|number| get(number as usize)) {
        let (chunk, index) = place(number as usize);
        return Ok((number, &chunk_or_new(chunk)?[index]));
    }
    let mut number = USED.load(Ordering::Relaxed);
    loop {
        // The slot exists before its number is taken.
        let (chunk, index) = place(number);
        let slot = &chunk_or_new(chunk)?[index];
        match USED.compare_exchange(number, number + 1, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => {
                let number = u32::try_from(number).expect("fewer maps than numbers");
                return Ok((number, slot));
            }
            Err(now) => number = now,
        }
    }
}

/// Gives an erased slot back.
pub(super) fn give_back(number: u32) {
    if let Some(slot) = get(number as usize) {
        FREE.give_back(number, slot);
    }
}

/// Writes a region into a slot that the caller has taken.
pub(super) fn write(number: u32, slot: &Slot, region: &GuardedRegion) {
    HINTS.note(&region.addresses(), number);
    slot.write(region);
}

/// Sets the length of the region in a slot that the caller has taken.
pub(super) fn set_len(number: u32, slot: &Slot, len: usize) {
    slot.set_len(len);
    if let Some(region) = slot.read() {
        HINTS.note(&region.addresses(), number);
    }
}

/// Returns every slot, for handlers.
pub(super) fn all() -> impl Iterator<Item = &'static Slot> {
    (0..USED.load(Ordering::Acquire)).filter_map(get)
}

/// Returns whether `f` is true of a slot. Calls it first with the slots that are likely to have
/// the address.
pub(super) fn any_with(address: usize, f: impl Fn(&Slot) -> bool) -> bool {
    let mut likely = HINTS
        .guesses(address)
        .filter_map(|number| get(number as usize));
    likely.any(&f)
        || (0..USED.load(Ordering::Acquire)).any(|number| {
            let slot = get(number).filter(|slot| f(slot));
            // Another region has overwritten its hint.
            let region = slot.and_then(Slot::read);
            region.inspect(|region| HINTS.note(&region.addresses(), number as u32));
            slot.is_some()
        })
}

fn get(number: usize) -> Option<&'static Slot> {
    let (chunk, index) = place(number);
    chunk_if_there(chunk)?.get(index)
}

/// Returns the chunk of a slot and its index there.
fn place(number: usize) -> (usize, usize) {
    let chunk = (number / FIRST + 1).ilog2() as usize;
    (chunk, number - FIRST * ((1 << chunk) - 1))
}

fn chunk_if_there(chunk: usize) -> Option<&'static [Slot]> {
    let first = CHUNK.get(chunk)?.load(Ordering::Acquire);
    if first.is_null() {
        return None;
    }
    // SAFETY: G5.
    Some(unsafe { std::slice::from_raw_parts(first, FIRST << chunk) })
}

fn chunk_or_new(chunk: usize) -> Result<&'static [Slot]> {
    if let Some(slots) = chunk_if_there(chunk) {
        return Ok(slots);
    }
    let mut new = Vec::new();
    error::reserve(&mut new, FIRST << chunk)?;
    new.extend((0..FIRST << chunk).map(|_| Slot::new()));
    let new = Box::leak(new.into_boxed_slice());
    let set = CHUNK[chunk].compare_exchange(
        ptr::null_mut(),
        new.as_mut_ptr(),
        Ordering::Release,
        Ordering::Relaxed,
    );
    if set.is_err() {
        // Another thread was first.
        let unused = ptr::from_mut(new);
        // SAFETY: leaked above, and not published.
        drop(unsafe { Box::from_raw(unused) });
    }
    Ok(chunk_if_there(chunk).expect("set by this thread or another"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn place_counts_through_all_chunks() {
        assert_eq!(place(0), (0, 0));
        assert_eq!(place(63), (0, 63));
        assert_eq!(place(64), (1, 0));
        assert_eq!(place(191), (1, 127));
        assert_eq!(place(192), (2, 0));
        let mut expected = (0, 0);
        for number in 0..(if cfg!(miri) { 1000 } else { 100_000 }) {
            assert_eq!(place(number), expected);
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
    }

    #[test]
    fn take_by_threads_gives_different_slots() {
        const THREADS: usize = 8;
        const SLOTS: usize = if cfg!(miri) { 10 } else { 500 };
        let taken: Vec<HashSet<u32>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..SLOTS {
                            give_back(take().unwrap().0);
                        }
                        (0..SLOTS).map(|_| take().unwrap().0).collect()
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let all: HashSet<u32> = taken.iter().flatten().copied().collect();
        assert_eq!(all.len(), THREADS * SLOTS);
        all.into_iter().for_each(give_back);
    }
}
