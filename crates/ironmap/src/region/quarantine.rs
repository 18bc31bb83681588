//! Quarantine of addresses that a region had and other code may still use.
//!
//! Code that was lent an address may keep it after it has returned it: numpy does. If the
//! addresses were unmapped, the next use would end the process, or reach the next mapping there.
//! So zeros replace the region. They are private memory, without file, descriptor or signal.
//!
//! # Safety
//!
//! * S9: `quarantine_from` makes a block of whole pages of the region's mapping, and the region no
//!   longer counts them as its own.
#![allow(unsafe_code)]

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sigbus_guard::{Guard, GuardedRegion};

use super::Region;
use super::block::Block;
use super::damage::is_guarded;
use crate::error::{Fault, FaultReason};
use crate::os::{self, Left};

/// The maximum number of quarantined bytes of a map, without its newest block.
const MOST: usize = {
    let far = 1 << 40;
    let share = usize::MAX as u64 / 64 + 1;
    (if far < share { far } else { share }) as usize
};

/// The maximum number of blocks of a map. A map that moves takes room to double its length, so
/// one that is resized for days has far fewer.
const MOST_BLOCKS: usize = 64;

/// The number of blocks of all maps above which each map keeps only its newest. A block takes two
/// areas at most, of the 65,530 that Linux gives a process (`vm.max_map_count`).
const MOST_OF_ALL: usize = 1 << 14;

/// The index of no byte.
const NOWHERE: usize = usize::MAX;

/// Addresses that a map has lent and no longer has: see `MmapExt::retire`. They are unmapped
/// (`munmap`) when the map is dropped.
///
/// Nothing of the file is kept. The addresses read as zeros, and stores to them are lost.
///
/// ```
/// use ironmap::{Mmap, raw::MmapExt};
///
/// let mut map = Mmap::anonymous(1000)?;
/// let address = map.lend_address();
/// map.retire();
/// // Nothing else is mapped at `address` until here.
/// drop(map);
/// # let _ = address;
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Reserved {
    /// True if the present addresses of the region were lent.
    lent: AtomicBool,
    /// True if the region has taken addresses back since its length was last set.
    pub(super) took_back: bool,
    /// The index of the first used byte that the region has taken back.
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
    /// Returns whether there are no addresses, and no use to report.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    /// assert!(Mmap::anonymous(1000)?.reserved().is_empty()); // nothing was lent
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.used.load(Ordering::Relaxed) == NOWHERE
    }

    /// Returns the first use of the addresses, as the fault that it would have been.
    ///
    /// Calls `mincore`, which reports whole pages (`at` is the first byte of one), or whole huge
    /// pages if the system uses them. A second call reports uses since the first. Returns `None`
    /// on systems other than Linux, if memory is locked (`mlockall`), and if the system has
    /// swapped out all used pages.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    ///
    /// let mut map = Mmap::anonymous(1000)?;
    /// map.lend_address();
    /// map.retire();
    /// assert!(map.reserved().first_use().is_none());
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

    /// Notes a use of the first `count` bytes of a block, before the region takes them back.
    pub(super) fn note_use(&mut self, block: &Block, count: usize) {
        if let Some(at) = block.first_use(count) {
            let used = self.used.get_mut();
            *used = at.min(*used);
        }
    }

    /// Adds a block, and unmaps the oldest if there are too many. Returns the block if there is no
    /// memory for the entry.
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

    /// Takes out the block that begins at `end`, `from` bytes after the base, if there is one.
    pub(super) fn take_behind(&mut self, end: *mut u8, from: usize) -> Option<Block> {
        let follows = |block: &Block| block.follows(end, from);
        let at = self.blocks.iter().position(follows)?;
        Some(self.blocks.remove(at))
    }
}

/// # Lending
impl Region {
    /// Returns the address of the first byte, and notes that it was lent.
    pub(crate) fn lend_address(&self) -> *mut u8 {
        // Relaxed: code that changes the address has the region alone.
        self.quarantine.lent.store(true, Ordering::Relaxed);
        self.start()
    }

    pub(super) fn is_lent(&self) -> bool {
        self.quarantine.lent.load(Ordering::Relaxed)
    }

    /// Gives up all but the first `keep` bytes from `base`, a whole number of pages, if the
    /// addresses were lent: zeros replace the rest. It stays mapped if that fails.
    ///
    /// A slot has the addresses all the time: code that uses them meanwhile meets a page of the
    /// file, its damage, or zeros, and never a hole.
    pub(super) fn quarantine_from(&mut self, keep: usize) {
        if self.is_lent() {
            // The system may have no room for more writable memory.
            let protections = [self.layout.protection(), os::PROT_READ];
            self.zero_from(keep, &protections);
        }
    }

    /// Does the same whether or not they were lent, with the first protection that the system
    /// allows.
    pub(super) fn zero_from(&mut self, keep: usize, protections: &[i32]) {
        if keep >= self.mapped || self.guard.is_given_up() {
            return;
        }
        let start = self.base().wrapping_add(keep);
        let len = self.mapped - keep;
        for &protection in protections {
            // SAFETY: S7: the tail of our mapping, which is given up here.
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

    /// Makes a block of the zeros behind `mapped`, joined with the block behind them.
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

    /// Returns a guard for zeros that replace a part of the region.
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
        // Without memory for a slot the zeros are not guarded.
        guard.unwrap_or_else(|_| Guard::needless())
    }

    /// Returns the addresses that were quarantined.
    pub(crate) fn quarantine(&self) -> &Reserved {
        &self.quarantine
    }

    /// Moves the quarantine of `old` to this region, which replaces it. Its own block is room to
    /// grow, which is not lent, and becomes the first to be unmapped.
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

    /// Unmaps the quarantine: no resize fails for addresses that are hardly used.
    pub(super) fn release_quarantine(&mut self) {
        self.quarantine.blocks.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::{Backing, Layout};

    /// Returns a lent region of addresses without memory.
    fn region(len: usize) -> Region {
        let layout = Layout::new(0, os::MAP_PRIVATE | os::MAP_ANON, 0).unwrap();
        let region = Region::map(len, layout, Backing::memory(), os::NO_FILE).unwrap();
        region.lend_address();
        region
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn add_past_most_bytes_unmaps_the_oldest() {
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
            region.quarantine_from(0);
            reserved
                .add(region.quarantine.blocks.pop().unwrap())
                .unwrap();
            assert_eq!(reserved.blocks.len(), kept);
            assert_eq!(reserved.blocks.last().unwrap().len(), len);
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn add_past_most_blocks_unmaps_the_oldest() {
        let mut reserved = Reserved::default();
        for count in 1..2 * MOST_BLOCKS {
            let mut region = region(os::page_size());
            region.quarantine_from(0);
            reserved
                .add(region.quarantine.blocks.pop().unwrap())
                .unwrap();
            assert_eq!(reserved.blocks.len(), count.min(MOST_BLOCKS));
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn set_len_and_trim_joins_neighbouring_blocks() {
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
    fn adopt_quarantine_leaves_region_not_lent() {
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
