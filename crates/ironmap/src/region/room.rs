//! Growing where a region is, into addresses that are reserved behind it.
//!
//! What a map leaves when it becomes shorter is reserved as zeros. When it becomes longer
//! again the file is put back there, at the same places of the file: no address is given
//! away, and a map that is resized to and fro stays where it is.
//!
//! # Safety
//!
//! * S9: the zeros are a block's, which gives up what the region takes.
//! * S7: what is moved over them is mapped here, and the region's from then on.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::Region;
use super::block::Block;
use super::quarantine::Reserved;
use crate::error::Result;
use crate::os::{self, Hole, RawFile, Source};
use crate::range;

impl Region {
    /// Becomes `mapped_len` bytes long, from `base` on, if so many are reserved behind it; false
    /// if it has not.
    pub(super) fn take_back(&mut self, mapped_len: usize, fd: RawFile) -> bool {
        if !self.grows_over_zeros() {
            return false;
        }
        let count = range::page_ceil(mapped_len, self.backing.page) - self.mapped;
        let end = self.base().wrapping_add(self.mapped);
        let Some(block) = self.quarantine.take_behind(end, self.mapped) else {
            return false;
        };
        let (block, taken) = if block.len() < count {
            (block, false)
        } else {
            self.take_back_from(block, count, fd)
        };
        if block.len() > 0 {
            // It has left a place there.
            let _ = self.quarantine.add(block);
        }
        taken
    }

    /// Takes a block's first `count` bytes back. Gives the rest of the block, and whether
    /// it could.
    fn take_back_from(&mut self, mut block: Block, count: usize, fd: RawFile) -> (Block, bool) {
        let Ok(file) = self.map_more(count, fd) else {
            return (block, false);
        };
        if let Some(file) = file {
            let more = self.mapped..self.mapped + count;
            if self.set_pages_of(file.as_ptr(), more).is_err() {
                // SAFETY: S4: `map_more` has mapped it, and nothing has its address.
                let _ = unsafe { os::unmap(file.as_ptr(), count) };
                return (block, false);
            }
        }
        self.quarantine.note_use(&block, count);
        let place = block.start();
        // In each of these steps some slot has the addresses, and before the file is there
        // only the region's, where damage is noted.
        // SAFETY: G1: zeros are mapped there, the block's, and next the file.
        unsafe { self.guard.set_len(self.mapped + count) };
        let rest = (place.wrapping_add(count), block.len() - count);
        block.set_guard(self.guard_of_zeros(rest.0, rest.1));
        if self.put_over(place, count, file).is_ok() {
            block.give_up(count);
            if file.is_none() {
                // Fresh memory that cannot have them is fresh memory all the same.
                let _ = self.set_pages_of(place, self.mapped..self.mapped + count);
            }
            self.mapped += count;
            self.quarantine.took_back = true;
            return (block, true);
        }
        // SAFETY: G1: so much is mapped.
        unsafe { self.guard.set_len(self.mapped_len_for(self.len)) };
        self.advised.cut(self.mapped);
        // The system may have taken the zeros away before it failed.
        let protection = self.layout.protection();
        // SAFETY: S9: the block's, if nothing else is mapped there.
        match unsafe { os::fill_hole(place.addr(), count, protection) } {
            Hole::Filled => block.set_guard(self.guard_of_zeros(place, block.len())),
            // The block's zeros, or another mapping: that cannot be told apart.
            Hole::Taken | Hole::NoRoom => block.give_up(count),
        }
        (block, false)
    }

    /// Maps what comes next of the file, somewhere: one that refuses changes nothing. Fresh
    /// memory is not mapped before it is there, because the system would make it one area
    /// with what is beside it, and never again one with the region.
    fn map_more(&self, count: usize, fd: RawFile) -> Result<Option<NonNull<u8>>> {
        let layout = self.layout;
        if layout.is_anonymous() {
            return Ok(None);
        }
        let (protection, flags) = (layout.protection(), layout.flags());
        let file_offset = layout.file_offset() - self.head_padding as u64 + self.mapped as u64;
        // SAFETY: S5, by the only way to make a `Layout`.
        unsafe { os::map(count, protection, flags, fd, file_offset) }.map(Some)
    }

    /// Puts that, or fresh memory, in the place of a block's bytes, which it gives up.
    fn put_over(&self, place: *mut u8, count: usize, file: Option<NonNull<u8>>) -> Result<()> {
        let Some(file) = file else {
            let fresh = Source {
                len: count,
                protection: self.layout.protection(),
                flags: self.layout.flags(),
                fd: os::NO_FILE,
                file_offset: 0,
            };
            // SAFETY: S9: the block's.
            return unsafe { os::map_over(place, &fresh) };
        };
        // SAFETY: S4: `map_more` has mapped it, and no other code has its address; S9: the
        // block's.
        let moved = unsafe { os::move_over(file, count, place) };
        if moved.is_err() {
            // SAFETY: S4: it is where it was mapped.
            let _ = unsafe { os::unmap(file.as_ptr(), count) };
        }
        moved
    }

    /// Returns whether it can take back what is reserved. Huge pages are taken from their pool when
    /// they are mapped, hugetlbfs makes a file longer, and some systems move nothing.
    fn grows_over_zeros(&self) -> bool {
        let moves = os::CAN_MOVE_OVER || self.layout.is_anonymous();
        moves && !self.has_huge_pages()
    }

    /// Maps `len` bytes of the same, in another place, for a region that has lent its
    /// addresses: with room behind them to become twice as long without another move.
    pub(super) fn map_with_room(&self, len: usize, fd: RawFile) -> Result<Region> {
        let Region {
            layout, backing, ..
        } = *self;
        let wants_room = self.is_lent() && self.grows_over_zeros() && Reserved::may_have_room(len);
        let longer = wants_room.then(|| Region::map(2 * len, layout, backing, fd));
        let Some(Ok(mut new)) = longer else {
            return Region::map(len, layout, backing, fd);
        };
        let keep = range::page_ceil(new.mapped_len_for(len), backing.page);
        new.zero_from(keep, &[os::PROT_NONE]);
        new.set_len_and_trim(len);
        Ok(new)
    }
}
