//! Fills the holes of a region in a forked child with zeros, and notes them as damage.
//!
//! A fork leaves the pages out that are advised `MADV_DONTFORK`. The next mapping of the child
//! could land there; its copy of the region would show that mapping, and unmap it. With zeros
//! the region is whole again, and the damage makes every access to them an error.
//!
//! The child asks the system where the holes are. The advice is no record of them: it is given
//! for parts, taken back, and lost under a new mapping.
//!
//! # Safety
//!
//! * F1: this runs in the child's only thread, before `fork` returns there. It makes bare
//!   system calls and touches atomics.
//! * G1: an address in a slot belongs to that region, and no other thread changes it. A slot
//!   that another thread was writing at the fork is not read.
#![allow(unsafe_code)]

use std::ops::Range;

use super::os::limit::with_room;
use super::os::replace::{Hole, fill_hole, is_mapped};
use crate::guarded_region::GuardedRegion;
use crate::slots::Slot;

/// Fills the holes of a region of which the child may lack pages.
pub(super) fn fill_holes(slot: &Slot) {
    if !slot.left_behind.is_expected() {
        return;
    }
    if let Some(region) = slot.read() {
        fill(slot, &region, region.addresses());
    }
}

/// Fills the holes in a block of the pages of a region.
fn fill(slot: &Slot, region: &GuardedRegion, block: Range<usize>) {
    let (start, len) = (block.start, block.len());
    // SAFETY: S4, G1: pages of the region, which owns what is mapped there.
    let fill_again = || unsafe { fill_hole(start, len, region.protection) };
    let hole = match fill_again() {
        // A limit may be lower than what the process uses.
        Hole::NoRoom => with_room(fill_again),
        hole => hole,
    };
    if let Hole::Filled = hole {
        note(slot, region.pages_of(&block));
        return;
    }
    // SAFETY: S4: it only asks.
    if unsafe { is_mapped(start, len) } {
        return;
    }
    let half = len / region.page / 2 * region.page;
    if hole == Hole::Taken && half > 0 {
        fill(slot, region, start..start + half);
        fill(slot, region, start + half..block.end);
    } else {
        note(slot, region.pages_of(&region.addresses()));
        slot.left_behind.give_up();
    }
}

fn note(slot: &Slot, pages: Range<usize>) {
    slot.left_behind.add(pages.clone());
    slot.damage.add(pages);
}
