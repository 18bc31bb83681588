//! Addresses that a region had and somebody may go on using.
//!
//! Code that was lent an address may keep it after it has said that it does not need it
//! any more: numpy does. If the address were given back, the next use of it would end the
//! process, or find whatever was mapped there next. So zeros take the region's place.
//! They are the process's own: no file, no descriptor and no signal has a part in it.
//!
//! # Safety
//!
//! * S9: what `quarantine_from` makes a block of is whole pages of the region's mapping, and
//!   the region counts them as its own no more.
#![allow(unsafe_code)]

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sigbus_guard::{Guard, GuardedRegion};

use super::Region;
use super::block::Block;
use super::damage::is_guarded;
use crate::error::{Fault, FaultReason};
use crate::os::{self, Left};

/// How many bytes are reserved at most when the last map, or its last place, is not
/// counted.
const MOST: usize = {
    let far = 1 << 40;
    let share = usize::MAX as u64 / 64 + 1;
    (if far < share { far } else { share }) as usize
};

/// How many blocks a map keeps at most. A map that moves takes room to become twice as long,
/// so one that is resized for days has not nearly as many.
const MOST_BLOCKS: usize = 64;

/// How many blocks all maps have before each of them keeps the last one only. They take two
/// areas each at most, of the 65,530 that Linux lets a process have (`vm.max_map_count`).
const MOST_OF_ALL: usize = 1 << 14;

/// Of what was not used.
const NOWHERE: usize = usize::MAX;

/// Addresses that a map has lent and had to leave: see [`MmapExt::retire`]. They are
/// given back (`munmap`) when this is dropped.
///
/// Nothing of the file is kept. The addresses read as zeros; what is stored there is
/// nobody's.
///
/// ```
/// use ironmap::{Mmap, raw::MmapExt};
///
/// let map = Mmap::anonymous(4096)?;
/// let address = map.lend_address();
/// let reserved = map.retire();
/// // Nothing else is mapped at `address` until here.
/// drop(reserved);
/// # let _ = address;
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// [`MmapExt::retire`]: crate::raw::MmapExt::retire
#[derive(Debug)]
pub struct Reserved {
    /// True if a region's addresses, where it is now, were lent.
    lent: AtomicBool,
    /// True if the region has taken some back since its length was settled.
    pub(super) took_back: bool,
    /// The first byte that was used of what it has taken back.
    used: AtomicUsize,
    /// The oldest first.
    blocks: Vec<Block>,
}

impl Default for Reserved {
    fn default() -> Reserved {
        Reserved {
            lent: AtomicBool::new(false),
            took_back: false,
            used: AtomicUsize::new(NOWHERE),
            blocks: Vec::new(),
        }
    }
}

impl Reserved {
    /// Returns whether there are none, nor anything to tell of any.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    /// assert!(Mmap::anonymous(4096)?.retire().is_empty()); // nothing was lent
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.used.load(Ordering::Relaxed) == NOWHERE
    }

    /// What was used of them: the fault that it would have been.
    ///
    /// `mincore`, which tells of whole pages (`at` is the first byte of one), or of
    /// whole huge pages where the system takes those. Asked again, it tells of what
    /// was used since. `None` on systems other than Linux, where memory is locked
    /// (`mlockall`), and if the system has swapped out all that was used.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    ///
    /// let map = Mmap::anonymous(4096)?;
    /// map.lend_address();
    /// assert!(map.retire().first_use().is_none());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn first_use(&self) -> Option<Fault> {
        let at = match self.used.swap(NOWHERE, Ordering::Relaxed) {
            NOWHERE => self
                .blocks
                .iter()
                .find_map(|block| block.first_use(block.len()))?,
            at => at,
        };
        Some(Fault {
            at,
            file_size: None,
            reason: FaultReason::Unmapped,
            changes_lost: false,
            code: os::EIO,
        })
    }

    /// Returns whether a map may reserve `len` bytes to grow into.
    pub(super) fn may_have_room(len: usize) -> bool {
        len <= MOST && Block::count() <= MOST_OF_ALL
    }

    /// Before the region takes this much of a block back.
    pub(super) fn note_use(&mut self, block: &Block, count: usize) {
        if let Some(at) = block.first_use(count) {
            let used = self.used.get_mut();
            *used = at.min(*used);
        }
    }

    /// Adds a block, and gives back the oldest if they are too many. Gives the block back if
    /// there is no memory for it.
    pub(super) fn add(&mut self, block: Block) -> Result<(), Block> {
        let most = match Block::count() {
            ..=MOST_OF_ALL => MOST_BLOCKS,
            _ => 1,
        };
        let mut total: usize = self.blocks.iter().map(Block::len).sum();
        let mut old = 0;
        while total > MOST || self.blocks.len() - old >= most {
            total -= self.blocks[old].len();
            old += 1;
        }
        self.blocks.drain(..old);
        if self.blocks.try_reserve(1).is_err() {
            return Err(block);
        }
        self.blocks.push(block);
        Ok(())
    }

    /// Takes out the block that follows upon what ends at `end`, if there is one.
    pub(super) fn take_behind(&mut self, end: *mut u8, from: usize) -> Option<Block> {
        let follows = |block: &Block| block.follows(end, from);
        let at = self.blocks.iter().position(follows)?;
        Some(self.blocks.remove(at))
    }
}

/// # Lending
impl Region {
    /// The address of the first byte, for those who may keep it.
    pub(crate) fn lend_address(&self) -> *mut u8 {
        // Whoever takes the address away has the region alone.
        self.quarantine.lent.store(true, Ordering::Relaxed);
        self.start()
    }

    pub(super) fn is_lent(&self) -> bool {
        self.quarantine.lent.load(Ordering::Relaxed)
    }

    /// Gives up what is mapped `keep` bytes after `base`, a whole number of pages, and on. If
    /// it was lent, zeros take its place; it stays mapped if that cannot be.
    ///
    /// The addresses are watched all the time: code that uses them meanwhile meets a page of
    /// the file, its damage, or zeros, and never nothing.
    pub(super) fn quarantine_from(&mut self, keep: usize) {
        if self.is_lent() {
            // The system may have no room for more memory that can be stored to.
            let protections = [self.layout.protection(), os::PROT_READ];
            self.zero_from(keep, &protections);
        }
    }

    /// The same whether or not it was lent, with the first of these protections that can be.
    pub(super) fn zero_from(&mut self, keep: usize, protections: &[i32]) {
        if keep >= self.mapped || self.guard.is_given_up() {
            return;
        }
        let start = self.base().wrapping_add(keep);
        let len = self.mapped - keep;
        for &protection in protections {
            // SAFETY: S7: the tail of our mapping, which is not ours from here on.
            let covered = unsafe { os::cover(start.addr(), len, protection, os::MAP_PRIVATE) };
            match covered.map_err(|failed| failed.left) {
                Ok(()) => {
                    self.mapped = keep;
                    return self.add_zeros(start, len);
                }
                Err(Left::Lost) => {
                    self.mapped = keep;
                    return;
                }
                Err(_) => {}
            }
        }
    }

    /// Makes a block of what was mapped behind `mapped`, and of the block behind it.
    fn add_zeros(&mut self, start: *mut u8, len: usize) {
        let end = start.wrapping_add(len);
        let behind = self.quarantine.take_behind(end, self.mapped + len);
        let whole = len + behind.as_ref().map_or(0, Block::len);
        let guard = self.guard_of_zeros(start, whole);
        if let Some(mut behind) = behind {
            behind.give_up(behind.len());
        }
        // SAFETY: S9: zeros are mapped there, and the region and `behind` have given them up.
        let block = unsafe { Block::new((start, whole), (self.mapped, self.head_padding), guard) };
        if let Err(mut block) = self.quarantine.add(block) {
            if self.is_lent() {
                // They stay zeros for the life of the process.
                block.give_up(block.len());
            }
        }
    }

    pub(super) fn guard_of_zeros(&self, start: *mut u8, len: usize) -> Guard {
        if !self.backing.at_risk || len == 0 {
            return Guard::needless();
        }
        let zeros = GuardedRegion {
            start: start.addr(),
            len,
            page: os::page_size(),
            private: true,
            file: None,
            at_risk: false,
            ..self.guarded()
        };
        if !is_guarded() {
            return Guard::needless();
        }
        // SAFETY: G1: zeros are mapped there, and the block unmaps them after it has
        // suspended the guard.
        let guard = unsafe { Guard::adopt(&zeros) };
        // Without memory for a slot nobody looks after them.
        guard.unwrap_or_else(|_| Guard::needless())
    }

    /// Gives up all that is mapped, before the region is dropped.
    pub(crate) fn unmap_to_quarantine(&mut self) -> Reserved {
        self.quarantine_from(0);
        mem::take(&mut self.quarantine)
    }

    /// What was reserved when the region became shorter or moved.
    pub(crate) fn quarantine(&self) -> &Reserved {
        &self.quarantine
    }

    /// The addresses that `old` had belong to the region that replaces it. Its own block is
    /// room to grow, which is not lent: it is the first to be given back.
    pub(super) fn adopt_quarantine(&mut self, old: &mut Region) {
        let room = mem::replace(
            &mut self.quarantine.blocks,
            mem::take(&mut old.quarantine.blocks),
        );
        if self.quarantine.blocks.try_reserve(room.len()).is_ok() {
            self.quarantine.blocks.splice(..0, room);
        }
        self.quarantine.used = mem::replace(&mut old.quarantine.used, AtomicUsize::new(NOWHERE));
    }

    /// Makes room: no resize fails for addresses that hardly anybody uses.
    pub(super) fn release_quarantine(&mut self) {
        self.quarantine.blocks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::{Backing, Layout};

    /// A lent region of addresses without memory.
    fn region(len: usize) -> Region {
        let layout = Layout::new(0, os::MAP_PRIVATE | os::MAP_ANON, 0).unwrap();
        let region = Region::map(len, layout, Backing::memory(), os::NO_FILE).unwrap();
        region.lend_address();
        region
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn the_oldest_addresses_are_given_back() {
        let mut reserved = Reserved::default();
        let small = 1 << 16;
        for (len, kept) in [
            (MOST / 2, 1),
            (MOST / 2, 2),
            (small, 3),
            (small, 3),
            (MOST, 4),
            (small, 2),
        ] {
            let mut region = region(len);
            reserved
                .add(region.unmap_to_quarantine().blocks.pop().unwrap())
                .unwrap();
            assert_eq!(reserved.blocks.len(), kept);
            assert_eq!(reserved.blocks.last().unwrap().len(), len);
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn no_more_than_so_many_blocks_are_kept() {
        let mut reserved = Reserved::default();
        for count in 1..2 * MOST_BLOCKS {
            let mut region = region(os::page_size());
            reserved
                .add(region.unmap_to_quarantine().blocks.pop().unwrap())
                .unwrap();
            assert_eq!(reserved.blocks.len(), count.min(MOST_BLOCKS));
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn neighbours_become_one_block() {
        let page = os::page_size();
        let mut region = region(9 * page);
        for pages in [8, 5, 4, 1, 0] {
            region.set_len_and_trim(pages * page);
            assert_eq!(region.quarantine.blocks.len(), 1);
            assert_eq!(region.quarantine.blocks[0].len(), (9 - pages) * page);
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn a_region_that_moves_is_not_lent() {
        let mut old = region(1 << 16);
        let mut new = region(1 << 17);
        new.quarantine = Reserved::default();
        old.quarantine_from(0);
        new.adopt_quarantine(&mut old);
        assert_eq!((new.is_lent(), new.quarantine.blocks.len()), (false, 1));
        new.release_quarantine();
        assert!(new.quarantine.is_empty());
    }
}
