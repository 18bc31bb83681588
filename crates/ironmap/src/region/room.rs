//! Growth of a region in place, into quarantined addresses behind it.
//!
//! A map that becomes shorter leaves zeros in quarantine. When it becomes longer again, the file
//! is mapped over them, at the same file offsets. So no address is given away, and a map that
//! is resized back and forth stays where it is.
//!
//! # Safety
//!
//! * S9: a block owns the zeros, and gives up those that the region takes.
//! * S7: the mapping that is moved over them is made here, and the region owns it then.
#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::Region;
use super::block::Block;
use super::quarantine::Reserved;
use crate::error::Result;
use crate::os::{self, Hole, RawFile, Source};
use crate::range;

impl Region {
    /// Grows to `mapped_len` bytes from `base`, if so many are quarantined behind the region.
    /// Returns whether it has.
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
            // The entry that was taken out left room.
            let _ = self.quarantine.add(block);
        }
        taken
    }

    /// Takes the first `count` bytes of a block back. Returns the rest of the block, and whether
    /// this has succeeded.
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
        // In each of these steps a slot has the addresses. Before the file is there, only the
        // slot of the region has, in which damage is noted.
        // SAFETY: G1: the zeros of the block are mapped there, and next the file.
        unsafe { self.guard.set_len(self.mapped + count) };
        let rest = (place.wrapping_add(count), block.len() - count);
        block.set_guard(self.guard_of_zeros(rest.0, rest.1));
        if self.put_over(place, count, file).is_ok() {
            block.give_up(count);
            if file.is_none() {
                // Fresh memory without the settings still works.
                let _ = self.set_pages_of(place, self.mapped..self.mapped + count);
            }
            self.mapped += count;
            self.quarantine.took_back = true;
            return (block, true);
        }
        // SAFETY: G1: so much is mapped.
        unsafe { self.guard.set_len(self.mapped_len_for(self.len)) };
        self.advised.cut(self.mapped);
        // The system may have unmapped the zeros before it failed.
        let protection = self.layout.protection();
        // SAFETY: S9: the block owns the addresses, if nothing else is mapped there.
        match unsafe { os::fill_hole(place.addr(), count, protection) } {
            Hole::Filled => block.set_guard(self.guard_of_zeros(place, block.len())),
            // The zeros of the block or another mapping: no call tells them apart.
            Hole::Taken | Hole::NoRoom => block.give_up(count),
        }
        (block, false)
    }

    /// Maps the next part of the file at any address: a file that refuses changes nothing. Returns
    /// `None` for fresh memory, which is mapped in place later: elsewhere the system would join it
    /// with its neighbours, and never with the region.
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

    /// Moves that, or maps fresh memory, over the first bytes of a block, which the block gives up.
    fn put_over(&self, place: *mut u8, count: usize, file: Option<NonNull<u8>>) -> Result<()> {
        let Some(file) = file else {
            let fresh = Source {
                len: count,
                protection: self.layout.protection(),
                flags: self.layout.flags(),
                fd: os::NO_FILE,
                file_offset: 0,
            };
            // SAFETY: S9: the block owns them.
            return unsafe { os::map_over(place, &fresh) };
        };
        // SAFETY: S4: `map_more` has mapped it, and no other code has its address; S9: the
        // block owns the target.
        let moved = unsafe { os::move_over(file, count, place) };
        if moved.is_err() {
            // SAFETY: S4: it is where it was mapped.
            let _ = unsafe { os::unmap(file.as_ptr(), count) };
        }
        moved
    }

    /// Returns whether the region can take quarantined addresses back. Huge pages leave their pool
    /// when they are mapped, hugetlbfs makes a file longer, and some systems move nothing.
    fn grows_over_zeros(&self) -> bool {
        let moves = os::CAN_MOVE_OVER || self.layout.is_anonymous();
        moves && !self.has_huge_pages()
    }

    /// Maps `len` bytes of the same file or memory at another address. If the addresses of this
    /// region were lent, it keeps room behind them to double its length without another move.
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
