//! The guard of one region: it keeps the region in a slot that the signal
//! handler can see, and answers after each access whether the bytes were the
//! file's.

use std::ops::Range;

use super::atomics::Ordering;
use super::slot::Slot;
use super::{Damaged, Watched, chain, damage, forks, inherited, registry, spares, switch};
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

    /// From here on faults in this region are survived, unless the guard is off.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Os`](crate::ErrorKind::Os): the system has no room for the pages that
    /// the handler keeps for when it has none, or refuses the handler;
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory): none for a slot, or for what is known
    /// of the handler before.
    pub(crate) fn watch(watched: &Watched, lead: usize) -> Result<Guard> {
        if cfg!(ironmap_unguarded) || !switch::is_on() {
            return Ok(Guard::needless());
        }
        spares::refill()?;
        chain::arm()?;
        inherited::unblock();
        // Without memory for that the next map tries again.
        let _ = forks::watch();
        Guard::take(watched, lead)
    }

    /// Looks after zeros in the place of a region whose guard is about to give it up:
    /// a thread may have met a fault there, and have yet to get its signal.
    pub(crate) fn take_over(watched: &Watched) -> Result<Guard> {
        if cfg!(ironmap_unguarded) || !switch::is_on() {
            return Ok(Guard::needless());
        }
        let guard = Guard::take(watched, 0)?;
        registry::HAND_OVERS.note();
        Ok(guard)
    }

    fn take(watched: &Watched, lead: usize) -> Result<Guard> {
        let (number, slot) = registry::take()?;
        slot.forget();
        slot.damage.demand_check();
        registry::write(number, slot, watched);
        Ok(Guard {
            slot,
            number: Some(number),
            page: watched.page,
            lead,
        })
    }

    /// Called before advice that keeps some of the region's pages from forked children. From
    /// then on the region is in a slot, whether or not faults can come.
    pub(crate) fn expect_forks(&mut self, watched: &Watched, lead: usize) -> Result<()> {
        forks::watch()?;
        if self.number.is_none() {
            *self = Guard::take(watched, lead)?;
        }
        self.slot.left_behind.expect();
        Ok(())
    }

    /// Whether a forked child may lack some of the region's pages.
    pub(crate) fn expects_forks(&self) -> bool {
        self.slot.left_behind.is_expected()
    }

    /// Whether a fork has left pages of the region behind, in whose place something of
    /// others may be: nothing of it may be touched any more.
    #[cold]
    pub(crate) fn is_given_up(&self) -> bool {
        self.slot.left_behind.is_given_up()
    }

    /// The error of a page that a fork has left behind.
    pub(crate) fn left_behind(&self) -> Option<Fault> {
        let pages = self.slot.left_behind.get()?;
        Some(self.describe(self.first_of(&pages)))
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
        if let Some(number) = self.number {
            registry::write(number, self.slot, watched);
        }
    }

    /// The region has another length from here on, in the slot's bytes, at the same address.
    /// What it gains may be in another slot, which gives it up next.
    pub(crate) fn set_len(&self, len: usize) {
        if let Some(number) = self.number {
            registry::set_len(number, self.slot, len);
            registry::HAND_OVERS.note();
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
            // Where that fails it is as it was, and the next map says so.
            let _ = chain::arm();
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
        if !self.needs_attention() {
            return Ok(());
        }
        self.check_damage(to, count)?;
        self.check_damage(from, count)
    }

    #[inline(always)]
    fn check(&self, at: usize, count: usize) -> Result<()> {
        if !self.needs_attention() {
            return Ok(());
        }
        self.check_damage(at, count)
    }

    #[cold]
    #[inline(never)]
    fn check_damage(&self, at: usize, count: usize) -> Result<()> {
        self.check_signal();
        let Some(damaged) = self.slot.damage.get() else {
            return Ok(());
        };
        let page_of = |at| (self.lead + at) / self.page;
        if count == 0 || !damaged.meets(page_of(at), page_of(at + count - 1)) {
            return Ok(());
        }
        let at = at.max(self.first_of(&damaged));
        // The handler may have used some. A new map needs all of them; this is as well.
        let _ = spares::refill();
        Err(Error::new(Cause::Fault(self.describe(at))))
    }

    /// The first of the region's bytes that is damaged.
    fn first_of(&self, damaged: &Damaged) -> usize {
        (damaged.pages.start * self.page).saturating_sub(self.lead)
    }

    /// What is known of the damage at `at`.
    fn describe(&self, at: usize) -> Fault {
        if self.slot.left_behind.has((self.lead + at) / self.page) {
            return Fault {
                at,
                file_size: None,
                reason: FaultReason::LeftBehind,
                changes_lost: false,
                code: os::EIO,
            };
        }
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
            changes_lost: self.slot.has_lost_changes(),
            code,
        }
    }

    /// The first damage there is.
    pub(crate) fn first_damage(&self) -> Option<Fault> {
        let damaged = self.slot.damage.get()?;
        Some(self.describe(self.first_of(&damaged)))
    }

    /// Whether the region is damaged, or has yet to be used in this process.
    #[inline]
    pub(crate) fn needs_attention(&self) -> bool {
        // Without guards, to measure what they cost: bench/guard.
        !cfg!(ironmap_unguarded) && !self.slot.damage.is_quiet()
    }

    /// At the region's first use in this process: somebody may have taken the signal
    /// since it was mapped, or since the fork (SAFETY.md: G9).
    #[cold]
    pub(crate) fn check_signal(&self) {
        if self.slot.damage.wants_check() {
            let _ = chain::arm();
            self.slot.damage.note_check();
        }
    }

    pub(crate) fn is_damaged(&self) -> bool {
        self.damaged().is_some()
    }

    pub(crate) fn damaged(&self) -> Option<Damaged> {
        self.slot.damage.get()
    }

    /// Before the file is put back in the place of the damage, and
    /// [`Guard::await_handlers`] after it. In this order a fault in between is
    /// damage again, and never forgotten (SAFETY.md: G4).
    pub(crate) fn forget_damage(&self) {
        self.slot.forget_damage();
    }

    /// Whether the damage has taken a private map's changes with it.
    pub(crate) fn has_lost_changes(&self) -> bool {
        self.slot.has_lost_changes()
    }

    pub(crate) fn note_lost_changes(&self) {
        self.slot.note_lost_changes();
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
