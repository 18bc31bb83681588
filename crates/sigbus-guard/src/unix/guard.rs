//! The guard of one region: it keeps the region in a slot that the signal
//! handler can see, and answers after each access whether the bytes were the
//! file's.
//!
//! # Safety
//!
//! * G1: who makes a guard promises that the region is mapped, and is told apart from what is
//!   mapped there next: the guard is suspended first. What the guard itself writes are slots.
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::os::{self, signal};
use super::{forks, inherited, install, registry, spares};
use crate::error::Result;
use crate::fault::{Fault, FaultReason};
use crate::guarded_region::{GuardedRegion, LostPages};
use crate::slots::{Slot, order_loads, order_stores};

/// What regions that cannot be damaged share.
static NEVER: Slot = Slot::new();

/// One region's place among those that the handler looks after.
#[derive(Debug)]
pub struct Guard {
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
    pub fn needless() -> Guard {
        Guard {
            slot: &NEVER,
            number: None,
            page: 1,
            lead: 0,
        }
    }

    /// From here on faults in this region are survived. Its first byte that users see, from
    /// which indexes count, is `lead` bytes after its start.
    ///
    /// # Errors
    ///
    /// The system has no room for the pages that the handler keeps for when it has none, or
    /// refuses the handler; there is no memory for a slot, or for what is known of the
    /// handler before.
    ///
    /// # Safety
    ///
    /// The region is whole pages of a mapping of the caller's, in which the handler may put
    /// zeros. Before the addresses are given up, [`Guard::suspend`] is called (G1).
    pub unsafe fn watch(watched: &GuardedRegion, lead: usize) -> Result<Guard> {
        spares::refill()?;
        install::ensure_installed()?;
        inherited::unblock();
        // Without memory for that the next map tries again.
        let _ = forks::watch();
        Guard::take(watched, lead)
    }

    /// Looks after zeros in the place of a region whose guard is about to give it up:
    /// a thread may have met a fault there, and have yet to get its signal.
    ///
    /// # Errors
    ///
    /// There is no memory for a slot.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn adopt(watched: &GuardedRegion) -> Result<Guard> {
        let guard = Guard::take(watched, 0)?;
        registry::MOVES.note();
        Ok(guard)
    }

    fn take(watched: &GuardedRegion, lead: usize) -> Result<Guard> {
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
    ///
    /// # Errors
    ///
    /// `pthread_atfork` fails, or there is no memory for a slot.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn expect_forks(&mut self, watched: &GuardedRegion, lead: usize) -> Result<()> {
        forks::watch()?;
        if self.number.is_none() {
            *self = Guard::take(watched, lead)?;
        }
        self.slot.left_behind.expect();
        Ok(())
    }

    /// Whether a forked child may lack some of the region's pages.
    pub fn expects_forks(&self) -> bool {
        self.slot.left_behind.is_expected()
    }

    /// Whether a fork has left pages of the region behind, in whose place something of
    /// others may be: nothing of it may be touched any more.
    #[cold]
    pub fn is_given_up(&self) -> bool {
        self.slot.left_behind.is_given_up()
    }

    /// The error of a page that a fork has left behind.
    pub fn left_behind(&self) -> Option<Fault> {
        let pages = self.slot.left_behind.get()?;
        Some(self.describe(self.first_of(&pages)))
    }

    /// Before the region's address is given up (SAFETY.md: G1).
    pub fn suspend(&self) {
        if self.number.is_some() {
            self.slot.erase();
            self.await_handlers();
        }
    }

    /// Returns when no handler is at work on what the region was before.
    pub fn await_handlers(&self) {
        // A handler makes a few system calls and waits for nobody.
        while !self.slot.is_left(signal::process) {
            std::thread::yield_now();
        }
    }

    /// After the region has another address or length.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn resume(&self, watched: &GuardedRegion) {
        if let Some(number) = self.number {
            registry::write(number, self.slot, watched);
        }
    }

    /// The region has another length from here on, in the slot's bytes, at the same address.
    /// What it gains may be in another slot, which gives it up next.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`]: so much is mapped there.
    pub unsafe fn set_len(&self, len: usize) {
        if let Some(number) = self.number {
            registry::set_len(number, self.slot, len);
            registry::MOVES.note();
        }
    }

    /// Before the region's pages get another protection: zeros that are put in
    /// place with the old one are there when this returns, later ones have the new
    /// (SAFETY.md: G7).
    pub fn set_protection(&self, protection: i32) {
        if self.number.is_some() {
            self.slot.set_protection(protection);
            self.await_handlers();
        }
    }

    /// Goes on from the count of a region that this one replaces.
    pub fn continue_count(&self, faults: u64) {
        if self.number.is_some() {
            self.slot.faults.store(faults, Ordering::Relaxed);
        }
    }

    /// Before much is touched: somebody may have taken the signal since.
    pub fn ensure_installed(&self) {
        if self.number.is_some() {
            // Where that fails it is as it was, and the next map says so.
            let _ = install::ensure_installed();
        }
    }

    /// Runs `touch`. What it cannot have is damage by the time it is done.
    ///
    /// # Errors
    ///
    /// None here: on Windows a fault ends `touch`.
    ///
    /// # Safety
    ///
    /// None is needed here; on Windows `touch` owns nothing (W1).
    #[inline(always)]
    pub unsafe fn catch_fault<R>(
        &self,
        _addresses: Range<usize>,
        _at: usize,
        touch: impl FnOnce() -> R,
    ) -> Result<R, Fault> {
        Ok(touch())
    }

    /// Returns whether bytes that were just loaded need a look: if not, they were the file's.
    #[inline(always)]
    pub fn loads_need_attention(&self) -> bool {
        order_loads();
        self.needs_attention()
    }

    /// Returns whether bytes that were just stored need a look: if not, they went to the file.
    #[inline(always)]
    pub fn stores_need_attention(&self) -> bool {
        order_stores();
        self.needs_attention()
    }

    /// The same for bytes that were just loaded and stored.
    #[inline(always)]
    pub fn copies_need_attention(&self) -> bool {
        order_loads();
        order_stores();
        self.needs_attention()
    }

    /// Whether the region is damaged, or has yet to be used in this process.
    #[inline(always)]
    pub fn needs_attention(&self) -> bool {
        !self.slot.damage.is_quiet()
    }

    /// Returns the first damage among the `count` bytes at `at`, which an access has touched
    /// that [needs attention](Guard::loads_need_attention).
    #[cold]
    pub fn find_fault(&self, at: usize, count: usize) -> Option<Fault> {
        self.check_first_use();
        let damaged = self.slot.damage.get()?;
        let page_of = |at| (self.lead + at) / self.page;
        if count == 0 || !damaged.meets(page_of(at), page_of(at + count - 1)) {
            return None;
        }
        let at = at.max(self.first_of(&damaged));
        // The handler may have used some. A new map needs all of them; this is as well.
        let _ = spares::refill();
        Some(self.describe(at))
    }

    /// The first of the region's bytes that is damaged.
    fn first_of(&self, damaged: &LostPages) -> usize {
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
                code: libc::EIO,
            };
        }
        let file = self
            .slot
            .read()
            .and_then(|w| Some((w.file_offset, w.file?)));
        let (mut file_size, mut reason) = (None, FaultReason::Unreadable);
        if let Some((file_offset, file)) = file {
            let now = os::size(file.fd).filter(|&(id, _)| id == file.id);
            file_size = now.map(|(_, size)| size);
            let place = file_offset + (self.lead + at) as u64;
            if file_size.is_some_and(|size| size <= place) {
                reason = FaultReason::FileTooShort;
            } else if file_size.is_some() && os::is_full(file.fd) {
                reason = FaultReason::NoSpace;
            }
        }
        let code = match reason {
            FaultReason::NoSpace => libc::ENOSPC,
            _ => libc::EIO,
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
    pub fn first_damage(&self) -> Option<Fault> {
        let damaged = self.slot.damage.get()?;
        Some(self.describe(self.first_of(&damaged)))
    }

    /// At the region's first use in this process: somebody may have taken the signal
    /// since it was mapped, or since the fork (SAFETY.md: G9).
    #[cold]
    pub fn check_first_use(&self) {
        if self.slot.damage.wants_check() {
            let _ = install::ensure_installed();
            self.slot.damage.note_check();
        }
    }

    /// Returns whether any page is lost.
    pub fn is_damaged(&self) -> bool {
        self.lost_pages().is_some()
    }

    /// Returns the lost pages, if there are any.
    pub fn lost_pages(&self) -> Option<LostPages> {
        self.slot.damage.get()
    }

    /// Before the file is put back in the place of the damage, and
    /// [`Guard::await_handlers`] after it. In this order a fault in between is
    /// damage again, and never forgotten (SAFETY.md: G4).
    pub fn forget_damage(&self) {
        self.slot.forget_damage();
    }

    /// Whether the damage has taken a private map's changes with it.
    pub fn has_lost_changes(&self) -> bool {
        self.slot.has_lost_changes()
    }

    /// After a restore that has failed: the private changes are lost still.
    pub fn note_lost_changes(&self) {
        self.slot.note_lost_changes();
    }

    /// After that has failed.
    pub fn note_damage(&self, pages: Range<usize>) {
        self.slot.damage.add(pages);
    }

    /// How many faults were survived.
    pub fn faults(&self) -> u64 {
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
