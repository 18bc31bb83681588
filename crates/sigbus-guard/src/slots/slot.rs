//! A slot of atomics that describes one region to the signal handler.
//!
//! The owner writes a slot while no thread uses its region; handlers read it at any time. It is
//! a seqlock: `sequence` is odd during a write, and a reader that finds it odd, or changed, has
//! read nothing. Nothing is lost by that: the slot of a region in use is not being written
//! (SAFETY.md: G1).

use std::ops::Range;
use std::ptr;
use std::sync::atomic::AtomicPtr;

use super::atomics::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use super::damage::{Damage, Recent};
use super::left_behind::LeftBehind;
use crate::guarded_region::{FaultHook, FileId, GuardedFile, GuardedRegion};

/// The halves of `handlers`.
const COUNT: u64 = u32::MAX as u64;
const PROCESS: u64 = !COUNT;

/// A slot has no region by default.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    sequence: AtomicU32,
    start: AtomicUsize,
    /// 0: the slot has no region.
    len: AtomicUsize,
    page: AtomicUsize,
    protection: AtomicI32,
    private: AtomicI32,
    file_offset: AtomicU64,
    /// -1: no descriptor.
    fd: AtomicI32,
    device: AtomicU64,
    inode: AtomicU64,
    at_risk: AtomicI32,
    /// True if zeros took the place of private changes: 0 or 1.
    changes_lost: AtomicI32,
    /// The low half counts the handlers at work on the region. The high half names their
    /// process, because a forked child has none of its parent's.
    handlers: AtomicU64,
    pub(crate) damage: Damage,
    pub(crate) recent: Recent,
    pub(crate) left_behind: LeftBehind,
    pub(crate) faults: AtomicU64,
    /// A [`FaultHook`], or null. It is independent of the other fields, and in no model.
    hook: AtomicPtr<()>,
    /// The next free slot, for the registry.
    pub(crate) next: AtomicU32,
}

impl Slot {
    /// Makes one in a `static`; loom's atomics cannot be in one and use `default`.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Slot {
        Slot {
            sequence: AtomicU32::new(0),
            start: AtomicUsize::new(0),
            len: AtomicUsize::new(0),
            page: AtomicUsize::new(0),
            protection: AtomicI32::new(0),
            private: AtomicI32::new(0),
            file_offset: AtomicU64::new(0),
            fd: AtomicI32::new(0),
            device: AtomicU64::new(0),
            inode: AtomicU64::new(0),
            at_risk: AtomicI32::new(0),
            changes_lost: AtomicI32::new(0),
            handlers: AtomicU64::new(0),
            damage: Damage::none(),
            recent: Recent::none(),
            left_behind: LeftBehind::none(),
            faults: AtomicU64::new(0),
            hook: AtomicPtr::new(ptr::null_mut()),
            next: AtomicU32::new(0),
        }
    }

    /// Resets it for another region.
    pub(crate) fn forget(&self) {
        self.forget_damage();
        self.recent.forget();
        self.left_behind.forget();
        self.faults.store(0, Ordering::Relaxed);
        self.hook.store(ptr::null_mut(), Ordering::Relaxed);
    }

    /// Sets the hook of the region.
    pub(crate) fn set_hook(&self, hook: FaultHook) {
        self.hook.store(hook as *mut (), Ordering::Relaxed);
    }

    /// Returns the hook of the region, as `set_hook` got it, or null.
    pub(crate) fn hook(&self) -> *mut () {
        self.hook.load(Ordering::Relaxed)
    }

    /// Writes the region. Called by the owner of the slot, one thread at a time.
    pub(crate) fn write(&self, region: &GuardedRegion) {
        self.change(|| {
            self.start.store(region.start, Ordering::Relaxed);
            self.len.store(region.len, Ordering::Relaxed);
            self.page.store(region.page, Ordering::Relaxed);
            self.protection.store(region.protection, Ordering::Relaxed);
            self.private
                .store(i32::from(region.private), Ordering::Relaxed);
            self.file_offset
                .store(region.file_offset, Ordering::Relaxed);
            let fd = region.file.map_or(-1, |file| file.fd);
            let id = region.file.map_or(FileId::default(), |file| file.id);
            self.fd.store(fd, Ordering::Relaxed);
            self.device.store(id.device, Ordering::Relaxed);
            self.inode.store(id.inode, Ordering::Relaxed);
            self.at_risk
                .store(i32::from(region.at_risk), Ordering::Relaxed);
        });
    }

    /// Sets the protection of the zeros of handlers that enter from here on. It is independent
    /// of the other fields, so a reader may have either.
    pub(crate) fn set_protection(&self, protection: i32) {
        self.protection.store(protection, Ordering::Relaxed);
    }

    /// Sets the length of the region, which stays at its address. A reader may have either.
    pub(crate) fn set_len(&self, len: usize) {
        self.len.store(len, Ordering::Relaxed);
    }

    /// Removes the region from the slot.
    pub(crate) fn erase(&self) {
        self.change(|| self.len.store(0, Ordering::Relaxed));
    }

    /// Marks a handler as at work, before it reads the slot to change the mapping. From then to
    /// `leave` the region that `read` returns stays: its owner waits.
    pub(crate) fn enter(&self, process: u32) {
        let mut old = self.handlers.load(Ordering::Relaxed);
        loop {
            let first = u64::from(process) << 32;
            let count = if old & PROCESS == first {
                old & COUNT
            } else {
                0
            };
            let new = first | (count + 1);
            match self
                .handlers
                .compare_exchange_weak(old, new, Ordering::SeqCst, Ordering::Relaxed)
            {
                Ok(_) => break,
                Err(now) => old = now,
            }
        }
        fence(Ordering::SeqCst);
    }

    pub(crate) fn leave(&self) {
        self.handlers.fetch_sub(1, Ordering::Release);
    }

    /// Returns whether every handler has left that may not have seen the owner's last change.
    #[inline]
    pub(crate) fn is_left(&self, process: impl FnOnce() -> u32) -> bool {
        fence(Ordering::SeqCst);
        let handlers = self.handlers.load(Ordering::Acquire);
        handlers & COUNT == 0 || handlers & PROCESS != u64::from(process()) << 32
    }

    /// Covers pages with zeros, between `enter` and `leave`, and returns the result of
    /// `put_zeros`. Notes the damage before and after it: a restore may have forgotten it in
    /// between (SAFETY.md: G2, G4).
    pub(crate) fn cover<R>(&self, pages: Range<usize>, put_zeros: impl FnOnce() -> R) -> R {
        self.damage.add(pages.clone());
        let covered = put_zeros();
        self.damage.add(pages);
        covered
    }

    /// Notes that private changes are lost. Called before the zeros: see [`Slot::cover`].
    pub(crate) fn note_lost_changes(&self) {
        self.changes_lost.store(1, Ordering::Relaxed);
    }

    pub(crate) fn has_lost_changes(&self) -> bool {
        self.changes_lost.load(Ordering::Relaxed) != 0
    }

    /// Forgets all damage. The caller has the region alone.
    pub(crate) fn forget_damage(&self) {
        self.changes_lost.store(0, Ordering::Relaxed);
        self.damage.clear();
    }

    fn change(&self, stores: impl FnOnce()) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence
            .store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        stores();
        self.sequence
            .store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// Returns the region, unless the slot has none or is being written.
    pub(crate) fn read(&self) -> Option<GuardedRegion> {
        let before = self.sequence.load(Ordering::Acquire);
        let len = self.len.load(Ordering::Relaxed);
        if before % 2 == 1 || len == 0 {
            return None;
        }
        let fd = self.fd.load(Ordering::Relaxed);
        let id = FileId {
            device: self.device.load(Ordering::Relaxed),
            inode: self.inode.load(Ordering::Relaxed),
        };
        let region = GuardedRegion {
            start: self.start.load(Ordering::Relaxed),
            len,
            page: self.page.load(Ordering::Relaxed),
            protection: self.protection.load(Ordering::Relaxed),
            private: self.private.load(Ordering::Relaxed) != 0,
            file_offset: self.file_offset.load(Ordering::Relaxed),
            file: (fd != -1).then_some(GuardedFile { fd, id }),
            at_risk: self.at_risk.load(Ordering::Relaxed) != 0,
        };
        fence(Ordering::Acquire);
        let after = self.sequence.load(Ordering::Relaxed);
        (before == after).then_some(region)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const REGION: GuardedRegion = GuardedRegion {
        start: 0x10_0000,
        len: 5000,
        page: 4096,
        protection: 3,
        private: true,
        file_offset: 8192,
        file: None,
        at_risk: true,
    };

    #[test]
    fn read_returns_what_was_written() {
        let slot = Slot::new();
        assert_eq!(slot.read(), None);
        slot.write(&REGION);
        assert_eq!(slot.read(), Some(REGION));
        assert_eq!(REGION.end(), 0x10_0000 + 8192);
        slot.erase();
        assert_eq!(slot.read(), None);
    }

    #[test]
    fn set_protection_keeps_the_region() {
        let slot = Slot::new();
        slot.write(&REGION);
        slot.set_protection(1);
        let protection = 1;
        assert_eq!(
            slot.read(),
            Some(GuardedRegion {
                protection,
                ..REGION
            })
        );
    }

    #[test]
    fn hook_lasts_until_another_region() {
        let slot = Slot::new();
        assert!(slot.hook().is_null());
        let hook: FaultHook = |_, _| {};
        slot.set_hook(hook);
        slot.write(&REGION);
        assert_eq!(slot.hook(), hook as *mut ());
        slot.forget();
        assert!(slot.hook().is_null());
    }

    #[test]
    fn is_left_counts_handlers_of_one_process() {
        let slot = Slot::new();
        assert!(slot.is_left(|| 1));
        slot.enter(1);
        slot.enter(1);
        assert!(!slot.is_left(|| 1));
        slot.leave();
        assert!(!slot.is_left(|| 1));
        assert!(slot.is_left(|| 2), "another process's handler");
        slot.leave();
        assert!(slot.is_left(|| 1));

        slot.enter(1);
        slot.enter(2);
        assert!(!slot.is_left(|| 2));
        slot.leave();
        assert!(slot.is_left(|| 2));
    }

    #[test]
    fn read_during_write_returns_none() {
        let slot = Slot::new();
        slot.write(&REGION);
        slot.change(|| assert_eq!(slot.read(), None));
        assert_eq!(slot.read(), Some(REGION));
    }

    #[test]
    fn read_beside_writer_returns_whole_region_or_none() {
        const ROUNDS: usize = if cfg!(miri) { 300 } else { 100_000 };
        let slot = Slot::new();
        let other = GuardedRegion {
            start: 0x20_0000,
            len: 4096,
            file_offset: 0,
            private: false,
            ..REGION
        };
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    slot.write(&REGION);
                    slot.write(&other);
                }
            });
            for _ in 0..ROUNDS {
                if let Some(seen) = slot.read() {
                    assert!(seen == REGION || seen == other, "{seen:?}");
                }
            }
        });
    }
}
