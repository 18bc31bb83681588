//! Addresses that a region had and somebody may go on using.
//!
//! Code that was lent an address may keep it after it has said that it does not need it
//! any more: numpy does. If the address were given back, the next use of it would end the
//! process, or find whatever was mapped there next. So zeros take the region's place.
//! They are the process's own: no file, no descriptor and no signal has a part in it.
//!
//! # Safety
//!
//! * S9: a block was whole pages of one region's mapping. The region counts them as
//!   its own no more, and only the [`Reserved`] that has the block unmaps it.
#![allow(unsafe_code)]

use std::ptr::NonNull;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Region;
use crate::error::{Fault, FaultReason};
use crate::fault::{Guard, Watched};
use crate::os;

/// How many bytes are reserved at most when the last map, or its last place, is not
/// counted: a program that lends and resizes its map for days moves it often.
const MOST: usize = {
    let far = 1 << 40;
    let share = usize::MAX as u64 / 64 + 1;
    (if far < share { far } else { share }) as usize
};

/// For how many pages the system is asked at a time.
const ASKED: usize = 1 << 16;

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
#[derive(Debug, Default)]
pub struct Reserved {
    /// Whether a region's addresses, where it is now, were lent.
    lent: AtomicBool,
    /// The oldest first.
    blocks: Vec<Block>,
}

#[derive(Debug)]
struct Block {
    start: NonNull<u8>,
    len: usize,
    /// The index of its first byte in the map.
    at: usize,
    guard: Guard,
}

// SAFETY: a mapping belongs to the process and not to a thread.
unsafe impl Send for Block {}
// SAFETY: `&Block` only asks about it.
unsafe impl Sync for Block {}

impl Reserved {
    /// Whether there are none.
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    /// assert!(Mmap::anonymous(4096)?.retire().is_empty()); // nothing was lent
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
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
        let at = self.blocks.iter().find_map(Block::first_use)?;
        Some(Fault {
            at,
            file_size: None,
            reason: FaultReason::Unmapped,
            code: os::EIO,
        })
    }

    fn add(&mut self, block: Block) {
        let mut total: usize = self.blocks.iter().map(|block| block.len).sum();
        let mut old = 0;
        while total > MOST {
            total -= self.blocks[old].len;
            old += 1;
        }
        self.blocks.drain(..old);
        self.blocks.push(block);
    }
}

impl Block {
    fn first_use(&self) -> Option<usize> {
        if !os::MEMORY_TELLS_OF_USE {
            return None;
        }
        let page = os::page_size();
        let mut pages = vec![0; ASKED.min(self.len / page)];
        for asked in (0..self.len).step_by(ASKED * page) {
            let start = self.start.as_ptr().wrapping_add(asked);
            let part = &mut pages[..ASKED.min((self.len - asked) / page)];
            // SAFETY: S9: whole pages of the block, as many as there is room for.
            unsafe { os::in_memory(start, part.len() * page, part) }.ok()?;
            // All at once, which takes vectors, before one by one.
            if part.iter().fold(0, |any, page| any | page) != 0 {
                let index = part.iter().position(|&page| page != 0)?;
                return self.tells().then_some(self.at + asked + index * page);
            }
        }
        None
    }

    /// Whether pages in memory are pages that were used: not if all of them are kept
    /// there, and then the system refuses to forget them.
    fn tells(&self) -> bool {
        // SAFETY: S9: nobody owns what is there.
        unsafe { os::advise(self.start.as_ptr(), self.len, os::MADV_DONTNEED) }.is_ok()
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.guard.suspend();
        // SAFETY: S9; code that still has the address was to hold on to the `Reserved`.
        // What cannot be unmapped stays, and harms nobody.
        let _ = unsafe { os::unmap(self.start.as_ptr(), self.len) };
    }
}

/// # Lending
impl Region {
    /// The address of the first byte, for those who may keep it.
    pub(crate) fn lend_address(&self) -> *mut u8 {
        // Whoever takes the address away has the region alone.
        self.reserved.lent.store(true, Ordering::Relaxed);
        self.start()
    }

    pub(super) fn is_lent(&self) -> bool {
        self.reserved.lent.load(Ordering::Relaxed)
    }

    /// Gives up what is mapped `keep` bytes after `base`, a whole number of pages, and on. If
    /// it was lent, zeros take its place; it stays mapped if that cannot be.
    ///
    /// The addresses are watched all the time: code that uses them meanwhile meets a page of
    /// the file, its damage, or zeros, and never nothing.
    pub(super) fn reserve_from(&mut self, keep: usize) {
        if !self.is_lent() || keep >= self.mapped {
            return;
        }
        let start = self.base().wrapping_add(keep);
        let len = self.mapped - keep;
        // The system may have no room for more memory that can be stored to.
        let reserved = [self.layout.protection(), os::PROT_READ]
            .into_iter()
            // SAFETY: S7: the tail of our mapping, which is not ours from here on.
            .any(|protection| unsafe { os::reserve(start, len, protection) }.is_ok());
        if let (true, Some(start)) = (reserved, NonNull::new(start)) {
            self.mapped = keep;
            self.reserved.add(Block {
                start,
                len,
                at: keep.saturating_sub(self.lead),
                guard: self.guard_of_zeros(start, len),
            });
        }
    }

    fn guard_of_zeros(&self, start: NonNull<u8>, len: usize) -> Guard {
        if !self.backing.at_risk {
            return Guard::needless();
        }
        let watched = Watched {
            start: start.addr().get(),
            len,
            page: os::page_size(),
            private: true,
            file: None,
            reserved: true,
            ..self.watched()
        };
        // Without memory for a slot nobody looks after them.
        Guard::take_over(&watched).unwrap_or_else(|_| Guard::needless())
    }

    /// Gives up all that is mapped, before the region is dropped.
    pub(crate) fn retire(&mut self) -> Reserved {
        self.reserve_from(0);
        std::mem::take(&mut self.reserved)
    }

    /// What was reserved when the region became shorter or moved.
    pub(crate) fn reserved(&self) -> &Reserved {
        &self.reserved
    }

    /// The addresses that `old` had belong to the region that replaces it.
    pub(super) fn take_over_reserved(&mut self, old: &mut Region) {
        self.reserved.blocks = std::mem::take(&mut old.reserved.blocks);
    }

    /// Makes room: no resize fails for addresses that hardly anybody uses.
    pub(super) fn give_back_reserved(&mut self) {
        self.reserved.blocks.clear();
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
            reserved.add(region.retire().blocks.pop().unwrap());
            assert_eq!(reserved.blocks.len(), kept);
            assert_eq!(reserved.blocks.last().unwrap().len, len);
        }
    }

    #[cfg_attr(miri, ignore = "memory without access")]
    #[test]
    fn a_region_that_moves_is_not_lent() {
        let mut old = region(1 << 16);
        let mut new = region(1 << 17);
        new.reserved = Reserved::default();
        old.reserve_from(0);
        new.take_over_reserved(&mut old);
        assert_eq!((new.is_lent(), new.reserved.blocks.len()), (false, 1));
        new.give_back_reserved();
        assert!(new.reserved.is_empty());
    }
}
