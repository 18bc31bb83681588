//! The guard of one region. It keeps the region in a slot that the signal handler reads, and
//! tells after each access whether the bytes were those of the file.
//!
//! # Safety
//!
//! * G1: the caller that makes a guard promises that the region is mapped, and suspends the guard
//!   before anything else can be mapped there. The guard itself writes only slots.
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::Ordering;

use super::os::{self, signal};
use super::{forks, inherited, install, registry, spares};
use crate::error::Result;
use crate::fault::{Fault, FaultReason};
use crate::guarded_region::{FaultHook, GuardedRegion, LostPages};
use crate::slots::{Slot, order_loads, order_stores};

/// The slot of all regions that cannot be damaged.
static NEVER: Slot = Slot::new();

/// The registration of one region with the handler; withdrawn on drop.
#[derive(Debug)]
pub struct Guard {
    slot: &'static Slot,
    /// The number of the slot; `None` for [`NEVER`].
    number: Option<u32>,
    /// The size of its pages.
    page: usize,
    /// The offset of the first byte that users see in the region.
    head_padding: usize,
}

impl Guard {
    /// Returns a guard for memory that cannot be lost: it registers nothing.
    pub fn needless() -> Guard {
        Guard {
            slot: &NEVER,
            number: None,
            page: 1,
            head_padding: 0,
        }
    }

    /// Registers a region: from here on its faults are survived. Indexes count from the first
    /// byte that users see, `head_padding` bytes after the start of the region.
    ///
    /// # Errors
    ///
    /// [`SystemCall`](crate::Error::SystemCall): the system has no room for the spare pages of
    /// the handler, or refuses the handler; [`OutOfMemory`](crate::Error::OutOfMemory): no
    /// memory for a slot, or for the record of the previous handler.
    ///
    /// # Safety
    ///
    /// The region is whole pages of a mapping that the caller owns; the handler may replace them
    /// by zeros. The caller calls [`Guard::suspend`] before it gives the addresses up (G1).
    pub unsafe fn watch(region: &GuardedRegion, head_padding: usize) -> Result<Guard> {
        install::ensure_installed()?;
        // SAFETY: G1: the caller's promise.
        unsafe { Guard::watch_installed(region, head_padding) }
    }

    /// Does the same without a look at the handler: the caller has called
    /// [`ensure_installed`](crate::ensure_installed) not long before.
    ///
    /// # Errors
    ///
    /// As for [`Guard::watch`].
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn watch_installed(region: &GuardedRegion, head_padding: usize) -> Result<Guard> {
        spares::refill()?;
        inherited::unblock();
        // Without memory for it, the next region tries again.
        let _ = forks::watch();
        Guard::take(region, head_padding)
    }

    /// Registers zeros that replace a region, before its own guard gives it up: a thread may
    /// have met a fault there and not have its signal yet.
    ///
    /// # Errors
    ///
    /// There is no memory for a slot.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn adopt(region: &GuardedRegion) -> Result<Guard> {
        let guard = Guard::take(region, 0)?;
        registry::MOVE_EPOCH.advance();
        Ok(guard)
    }

    fn take(region: &GuardedRegion, head_padding: usize) -> Result<Guard> {
        let (number, slot) = registry::take()?;
        slot.forget();
        slot.damage.demand_check();
        registry::write(number, slot, region);
        Ok(Guard {
            slot,
            number: Some(number),
            page: region.page,
            head_padding,
        })
    }

    /// Makes the handler call `hook` at each fault of the region, before it maps zeros. The call is
    /// made in the thread that met the fault, with signals blocked.
    ///
    /// # Safety
    ///
    /// The hook obeys the rules of a signal handler: it makes only calls that POSIX lists as safe
    /// there (or those of SAFETY.md, "Damage"), allocates nothing, takes no lock, and does not
    /// panic. It may end the process; it does not jump out.
    pub unsafe fn report_to(&self, hook: FaultHook) {
        if self.number.is_some() {
            self.slot.set_hook(hook);
        }
    }

    /// Returns the region that is registered, if one is.
    pub fn region(&self) -> Option<GuardedRegion> {
        self.slot.read()
    }

    /// Prepares for forked children that lack pages of the region: called before such advice.
    /// From then on the region is in a slot, whether or not faults can come.
    ///
    /// # Errors
    ///
    /// `pthread_atfork` fails, or there is no memory for a slot.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn expect_forks(
        &mut self,
        region: &GuardedRegion,
        head_padding: usize,
    ) -> Result<()> {
        forks::watch()?;
        if self.number.is_none() {
            *self = Guard::take(region, head_padding)?;
        }
        self.slot.left_behind.expect();
        Ok(())
    }

    /// Does the same for a region that is in a slot. Returns false for another.
    ///
    /// # Errors
    ///
    /// `pthread_atfork` fails.
    pub fn expect_forks_in_slot(&self) -> Result<bool> {
        forks::watch()?;
        if self.number.is_some() {
            self.slot.left_behind.expect();
        }
        Ok(self.number.is_some())
    }

    /// Returns whether a forked child may lack some of the region's pages.
    pub fn expects_forks(&self) -> bool {
        self.slot.left_behind.is_expected()
    }

    /// Returns whether this process lacks pages of the region and could not cover them: other
    /// memory may be there, so no system call may get the addresses any more.
    #[cold]
    pub fn is_given_up(&self) -> bool {
        self.slot.left_behind.is_given_up()
    }

    /// Returns the fault of the pages that a fork has left behind.
    pub fn left_behind(&self) -> Option<Fault> {
        let pages = self.slot.left_behind.get()?;
        Some(self.describe(self.first_of(&pages)))
    }

    /// Takes the region out of its slot, before its addresses are given up (SAFETY.md: G1).
    pub fn suspend(&self) {
        if self.number.is_some() {
            self.slot.erase();
            self.await_handlers();
        }
    }

    /// Waits until every handler has left that may have read the previous state of the slot.
    pub fn await_handlers(&self) {
        // A handler makes a few system calls and does not wait.
        while !self.slot.is_left(signal::process) {
            std::thread::yield_now();
        }
    }

    /// Registers the region again, at another address or length.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`].
    pub unsafe fn resume(&self, region: &GuardedRegion) {
        if let Some(number) = self.number {
            registry::write(number, self.slot, region);
        }
    }

    /// Sets the length of the region, counted from its start. The pages it gains may be in
    /// another slot, which gives them up next.
    ///
    /// # Safety
    ///
    /// As for [`Guard::watch`]: `len` bytes are mapped there.
    pub unsafe fn set_len(&self, len: usize) {
        if let Some(number) = self.number {
            registry::set_len(number, self.slot, len);
            registry::MOVE_EPOCH.advance();
        }
    }

    /// Sets the protection of zeros, before the pages of the region get another one. When this
    /// returns, zeros with the old protection are in place and later ones get the new
    /// (SAFETY.md: G7).
    pub fn set_protection(&self, protection: i32) {
        if self.number.is_some() {
            self.slot.set_protection(protection);
            self.await_handlers();
        }
    }

    /// Continues the count of faults of a region that this one replaces.
    pub fn continue_count(&self, faults: u64) {
        if self.number.is_some() {
            self.slot.faults.store(faults, Ordering::Relaxed);
        }
    }

    /// Installs the handler again if other code has replaced it.
    pub fn ensure_installed(&self) {
        if self.number.is_some() {
            // After a failure nothing has changed, and the next region reports it.
            let _ = install::ensure_installed();
        }
    }

    /// Runs `touch`; pages it could not access are recorded as damage before it returns.
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

    /// Returns whether the caller must check bytes that it has just loaded. If not, they are the
    /// file's.
    #[inline(always)]
    pub fn loads_need_attention(&self) -> bool {
        order_loads();
        self.needs_attention()
    }

    /// Returns whether the caller must check bytes that it has just stored. If not, they went to
    /// the file.
    #[inline(always)]
    pub fn stores_need_attention(&self) -> bool {
        order_stores();
        self.needs_attention()
    }

    /// Returns whether the caller must check bytes that it has just loaded and stored.
    #[inline(always)]
    pub fn copies_need_attention(&self) -> bool {
        order_loads();
        order_stores();
        self.needs_attention()
    }

    /// Returns whether the region is damaged, or not used in this process yet.
    #[inline(always)]
    pub fn needs_attention(&self) -> bool {
        !self.slot.damage.is_quiet()
    }

    /// Returns the first damage among the `count` bytes at `at`, if there is any. The slow path
    /// after [`Guard::loads_need_attention`].
    #[cold]
    pub fn find_fault(&self, at: usize, count: usize) -> Option<Fault> {
        self.check_first_use();
        let damaged = self.slot.damage.get()?;
        let page_of = |at| (self.head_padding + at) / self.page;
        if count == 0 || !damaged.meets(page_of(at), page_of(at + count - 1)) {
            return None;
        }
        let at = at.max(self.first_of(&damaged));
        // The handler may have used some. Failure is fine here: a new region tries again.
        let _ = spares::refill();
        Some(self.describe(at))
    }

    /// Returns the index of the first damaged byte.
    fn first_of(&self, damaged: &LostPages) -> usize {
        (damaged.pages.start * self.page).saturating_sub(self.head_padding)
    }

    /// Describes the damage at `at`.
    fn describe(&self, at: usize) -> Fault {
        if self
            .slot
            .left_behind
            .has((self.head_padding + at) / self.page)
        {
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
            let place = file_offset + (self.head_padding + at) as u64;
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

    /// Returns the first damage of the region.
    pub fn first_damage(&self) -> Option<Fault> {
        let damaged = self.slot.damage.get()?;
        Some(self.describe(self.first_of(&damaged)))
    }

    /// Installs the handler at the first use of the region in this process: other code may have
    /// replaced it since the region was mapped, or since the fork (SAFETY.md: G9).
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

    /// Forgets the damage before the file is mapped over it again; [`Guard::await_handlers`]
    /// comes after. In this order a fault in between is damage again, and never forgotten
    /// (SAFETY.md: G4).
    pub fn forget_damage(&self) {
        self.slot.forget_damage();
    }

    /// Returns whether the changes of a private region are lost.
    pub fn has_lost_changes(&self) -> bool {
        self.slot.has_lost_changes()
    }

    /// Notes that private changes are lost, after a restore that has failed.
    pub fn note_lost_changes(&self) {
        self.slot.note_lost_changes();
    }

    /// Notes damage again, after a restore that has failed.
    pub fn note_damage(&self, pages: Range<usize>) {
        self.slot.damage.add(pages);
    }

    /// Returns the number of survived faults.
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
