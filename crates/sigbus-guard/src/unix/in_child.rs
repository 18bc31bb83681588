//! What a forked child does first: it puts zeros where the fork has left pages of a region
//! behind, and notes them as damage.
//!
//! Nothing is mapped there after the fork, and the child's next mapping could come there. Its
//! copy of the region would show that mapping, and unmap it. With zeros the region is whole
//! again, and the damage makes every access to them an error.
//!
//! The child asks the system where the holes are: advice is given for parts, taken back, and
//! lost by what is mapped over it.
//!
//! # Safety
//!
//! * F1: this runs in the child's only thread, before `fork` returns there. It makes bare
//!   system calls and touches atomics.
//! * G1: an address in a slot is that region's, and no other thread changes it: a slot that
//!   one was writing when the process forked is not read.
#![allow(unsafe_code)]

use std::ops::Range;

use super::os::limit::with_room;
use super::os::replace::{Hole, fill_hole, is_mapped};
use crate::guarded_region::GuardedRegion;
use crate::slots::Slot;

/// For a region of which the child may lack pages.
pub(super) fn fill_holes(slot: &Slot) {
    if !slot.left_behind.is_expected() {
        return;
    }
    if let Some(watched) = slot.read() {
        fill(slot, &watched, watched.addresses());
    }
}

/// Fills the holes in a block of a region's pages.
fn fill(slot: &Slot, watched: &GuardedRegion, block: Range<usize>) {
    let (start, len) = (block.start, block.len());
    // SAFETY: S4, G1: pages of the region, which has what is put there.
    let fill_again = || unsafe { fill_hole(start, len, watched.protection) };
    let hole = match fill_again() {
        // A limit may have been lowered below what the process uses.
        Hole::NoRoom => with_room(fill_again),
        hole => hole,
    };
    if let Hole::Filled = hole {
        note(slot, watched.pages_of(&block));
        return;
    }
    // SAFETY: S4: it only asks.
    if unsafe { is_mapped(start, len) } {
        return;
    }
    let half = len / watched.page / 2 * watched.page;
    if hole == Hole::Taken && half > 0 {
        fill(slot, watched, start..start + half);
        fill(slot, watched, start + half..block.end);
    } else {
        note(slot, watched.pages_of(&watched.addresses()));
        slot.left_behind.give_up();
    }
}

fn note(slot: &Slot, pages: Range<usize>) {
    slot.left_behind.add(pages.clone());
    slot.damage.add(pages);
}
