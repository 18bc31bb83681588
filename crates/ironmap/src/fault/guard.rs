//! The guard of one region: it keeps the region in a slot that the signal
//! handler can see, and answers after each access whether the bytes were the
//! file's.

use std::ops::Range;

use super::atomics::Ordering;
use super::slot::Slot;
use super::{Damaged, Watched, chain, damage, registry};
use crate::error::{Cause, Error, Fault, FaultReason, Result};
use crate::os;

/// What regions that cannot be damaged share.
static NEVER: Slot = Slot::new();

/// One region's place among those that the handler looks after.
#[derive(Debug)]
pub(crate) struct Guard {
    slot: &'static Slot,
    /// None for [`NEVER`].
    number: Option<u32>,
    /// Of the region's pages.
    page: usize,
    /// How far in the first of them the region's first byte is.
    lead: usize,
}

impl Guard {
    /// For memory that no truncation, no full disk and no broken one can take.
    pub(crate) fn needless() -> Guard {
        Guard {
            slot: &NEVER,
            number: None,
            page: 1,
            lead: 0,
        }
    }

    /// From here on faults in this region are survived. Fails if there is no memory to
    /// keep it in mind.
    pub(crate) fn watch(watched: &Watched, lead: usize) -> Result<Guard> {
        if cfg!(ironmap_unguarded) {
            return Ok(Guard::needless());
        }
        chain::arm();
        Guard::take(watched, lead)
    }

    /// Looks after zeros in the place of a region whose guard is about to give it up:
    /// a thread may have met a fault there, and have yet to get its signal.
    pub(crate) fn take_over(watched: &Watched) -> Result<Guard> {
        if cfg!(ironmap_unguarded) {
            return Ok(Guard::needless());
        }
        let guard = Guard::take(watched, 0)?;
        registry::HAND_OVERS.note();
        Ok(guard)
    }

    fn take(watched: &Watched, lead: usize) -> Result<Guard> {
        let (number, slot) = registry::take()?;
        slot.damage.clear();
        slot.recent.forget();
        slot.faults.store(0, Ordering::Relaxed);
        slot.write(watched);
        Ok(Guard {
            slot,
            number: Some(number),
            page: watched.page,
            lead,
        })
    }

    /// Before the region's address is given up (SAFETY.md: G1).
    pub(crate) fn suspend(&self) {
        if self.number.is_some() {
            self.slot.erase();
            self.await_handlers();
        }
    }

    /// Returns when no handler is at work on what the region was before.
    pub(crate) fn await_handlers(&self) {
        // A handler makes a few system calls and waits for nobody.
        while !self.slot.is_left(os::signal::process) {
            std::thread::yield_now();
        }
    }

    /// After the region has another address or length.
    pub(crate) fn resume(&self, watched: &Watched) {
        if self.number.is_some() {
            self.slot.write(watched);
        }
    }

    /// Before the region's pages get another protection: zeros that are put in
    /// place with the old one are there when this returns, later ones have the new
    /// (SAFETY.md: G7).
    pub(crate) fn announce_protection(&self, protection: i32) {
        if self.number.is_some() {
            self.slot.set_protection(protection);
            self.await_handlers();
        }
    }

    /// Goes on from the count of a region that this one replaces.
    pub(crate) fn continue_count(&self, faults: u64) {
        if self.number.is_some() {
            self.slot.faults.store(faults, Ordering::Relaxed);
        }
    }

    /// Before much is touched: somebody may have taken the signal since.
    pub(crate) fn rearm(&self) {
        if self.number.is_some() {
            chain::arm();
        }
    }

    /// Runs `touch`. What it cannot have is damage by the time it is done.
    #[inline(always)]
    pub(crate) fn attempt<R>(
        &self,
        _addresses: Range<usize>,
        _at: usize,
        touch: impl FnOnce() -> R,
    ) -> Result<R> {
        Ok(touch())
    }

    /// Whether the `count` bytes at `at`, just loaded, were the file's.
    #[inline(always)]
    pub(crate) fn check_loaded(&self, at: usize, count: usize) -> Result<()> {
        damage::order_loads();
        self.check(at, count)
    }

    /// Whether the `count` bytes at `at`, just stored, went to the file.
    #[inline(always)]
    pub(crate) fn check_stored(&self, at: usize, count: usize) -> Result<()> {
        damage::order_stores();
        self.check(at, count)
    }

    /// Both, for the `count` bytes at `from` that were stored at `to`.
    #[inline(always)]
    pub(crate) fn check_copied(&self, from: usize, to: usize, count: usize) -> Result<()> {
        damage::order_loads();
        damage::order_stores();
        if !self.is_damaged() {
            return Ok(());
        }
        self.check_damage(to, count)?;
        self.check_damage(from, count)
    }

    #[inline(always)]
    fn check(&self, at: usize, count: usize) -> Result<()> {
        // Without guards, to measure what they cost: bench/guard.
        if cfg!(ironmap_unguarded) || self.slot.damage.is_none() {
            return Ok(());
        }
        self.check_damage(at, count)
    }

    #[cold]
    #[inline(never)]
    fn check_damage(&self, at: usize, count: usize) -> Result<()> {
        let Some(damaged) = self.slot.damage.get() else {
            return Ok(());
        };
        let page_of = |at| (self.lead + at) / self.page;
        if count == 0 || !damaged.meets(page_of(at), page_of(at + count - 1)) {
            return Ok(());
        }
        let at = at.max(self.first_of(&damaged));
        Err(Error::new(Cause::Fault(self.describe(at))))
    }

    /// The first of the region's bytes that is damaged.
    fn first_of(&self, damaged: &Damaged) -> usize {
        (damaged.pages.start * self.page).saturating_sub(self.lead)
    }

    /// What is known of the damage at `at`.
    fn describe(&self, at: usize) -> Fault {
        let file = self
            .slot
            .read()
            .and_then(|w| Some((w.file_offset, w.file?)));
        let (mut file_size, mut reason) = (None, FaultReason::Unreadable);
        if let Some((file_offset, file)) = file {
            let now = os::signal::size(file.fd).filter(|&(id, _)| id == file.id);
            file_size = now.map(|(_, size)| size);
            let place = file_offset + (self.lead + at) as u64;
            if file_size.is_some_and(|size| size <= place) {
                reason = FaultReason::FileTooShort;
            } else if file_size.is_some() && os::signal::is_full(file.fd) {
                reason = FaultReason::NoSpace;
            }
        }
        let code = match reason {
            FaultReason::NoSpace => os::ENOSPC,
            _ => os::EIO,
        };
        Fault {
            at,
            file_size,
            reason,
            code,
        }
    }

    /// The first damage there is.
    pub(crate) fn first_damage(&self) -> Option<Fault> {
        let damaged = self.slot.damage.get()?;
        Some(self.describe(self.first_of(&damaged)))
    }

    #[inline]
    pub(crate) fn is_damaged(&self) -> bool {
        !cfg!(ironmap_unguarded) && !self.slot.damage.is_none()
    }

    pub(crate) fn damaged(&self) -> Option<Damaged> {
        self.slot.damage.get()
    }

    /// Before the file is put back in the place of the damage, and
    /// [`Guard::await_handlers`] after it. In this order a fault in between is
    /// damage again, and never forgotten (SAFETY.md: G4).
    pub(crate) fn forget_damage(&self) {
        self.slot.damage.clear();
    }

    /// After that has failed.
    pub(crate) fn note_damage(&self, pages: Range<usize>) {
        self.slot.damage.add(pages);
    }

    /// How many faults were survived.
    pub(crate) fn faults(&self) -> u64 {
        self.slot.faults.load(Ordering::Relaxed)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.slot.erase();
            registry::give_back(number);
        }
    }
}
