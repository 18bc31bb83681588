//! What the signal handler knows of a region: a slot of atomics.
//!
//! A slot is written while nobody uses its region, and read by handlers at any
//! time. It is a seqlock: `sequence` is odd while it is written, and a reader
//! that finds it odd, or changed, has read nothing. That is no loss: a slot
//! whose region is in use is not being written (SAFETY.md: G1).

use std::ops::Range;

use super::atomics::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
use super::damage::{Damage, Recent};
use super::left_behind::LeftBehind;
use crate::guarded_region::{FileId, GuardedFile, GuardedRegion};

/// The halves of `handlers`.
const COUNT: u64 = u32::MAX as u64;
const PROCESS: u64 = !COUNT;

/// By default it has no region.
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
    /// Whether zeros took the place of private changes: 0 or 1.
    changes_lost: AtomicI32,
    /// How many handlers are at work on the region, in the low half; in the high
    /// half in which process, because a forked child has none of the parent's.
    handlers: AtomicU64,
    pub(crate) damage: Damage,
    pub(crate) recent: Recent,
    pub(crate) left_behind: LeftBehind,
    pub(crate) faults: AtomicU64,
    /// The next free slot, for the registry.
    pub(crate) next: AtomicU32,
}

impl Slot {
    /// What `default` is, in a `static` too, where loom's atomics cannot be.
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
            next: AtomicU32::new(0),
        }
    }

    /// Before another region than the last one.
    pub(crate) fn forget(&self) {
        self.forget_damage();
        self.recent.forget();
        self.left_behind.forget();
        self.faults.store(0, Ordering::Relaxed);
    }

    /// Only the slot's owner writes, one thread at a time.
    pub(crate) fn write(&self, watched: &GuardedRegion) {
        self.change(|| {
            self.start.store(watched.start, Ordering::Relaxed);
            self.len.store(watched.len, Ordering::Relaxed);
            self.page.store(watched.page, Ordering::Relaxed);
            self.protection.store(watched.protection, Ordering::Relaxed);
            self.private
                .store(i32::from(watched.private), Ordering::Relaxed);
            self.file_offset
                .store(watched.file_offset, Ordering::Relaxed);
            let fd = watched.file.map_or(-1, |file| file.fd);
            let id = watched.file.map_or(FileId::default(), |file| file.id);
            self.fd.store(fd, Ordering::Relaxed);
            self.device.store(id.device, Ordering::Relaxed);
            self.inode.store(id.inode, Ordering::Relaxed);
            self.at_risk
                .store(i32::from(watched.at_risk), Ordering::Relaxed);
        });
    }

    /// What handlers that enter from here on put zeros in place with. It hangs
    /// together with nothing else in the slot, so a reader may have either.
    pub(crate) fn set_protection(&self, protection: i32) {
        self.protection.store(protection, Ordering::Relaxed);
    }

    /// The region has another length, at the same address. As with the protection, a
    /// reader may have either.
    pub(crate) fn set_len(&self, len: usize) {
        self.len.store(len, Ordering::Relaxed);
    }

    /// From here on no address is the slot's.
    pub(crate) fn erase(&self) {
        self.change(|| self.len.store(0, Ordering::Relaxed));
    }

    /// Before a handler reads the slot to change what is mapped. Then `read` tells
    /// of what stays until `leave`, or the slot's owner waits for it.
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

    /// Whether no handler is at work that has not seen what the owner did before.
    #[inline]
    pub(crate) fn is_left(&self, process: impl FnOnce() -> u32) -> bool {
        fence(Ordering::SeqCst);
        let handlers = self.handlers.load(Ordering::Acquire);
        handlers & COUNT == 0 || handlers & PROCESS != u64::from(process()) << 32
    }

    /// Covers pages with zeros, between `enter` and `leave`, and returns what `put_zeros`
    /// does. The damage is noted first, and again afterwards: a restore may have
    /// forgotten it meanwhile (SAFETY.md: G2, G4).
    pub(crate) fn cover<R>(&self, pages: Range<usize>, put_zeros: impl FnOnce() -> R) -> R {
        self.damage.add(pages.clone());
        let covered = put_zeros();
        self.damage.add(pages);
        covered
    }

    /// Before the zeros: see [`Slot::cover`].
    pub(crate) fn note_lost_changes(&self) {
        self.changes_lost.store(1, Ordering::Relaxed);
    }

    pub(crate) fn has_lost_changes(&self) -> bool {
        self.changes_lost.load(Ordering::Relaxed) != 0
    }

    /// Forgets all damage. The caller keeps everybody else from the region.
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

    /// The slot's region, unless it has none or is being written.
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
        let watched = GuardedRegion {
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
        (before == after).then_some(watched)
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
    fn is_read_as_it_was_written() {
        let slot = Slot::new();
        assert_eq!(slot.read(), None);
        slot.write(&REGION);
        assert_eq!(slot.read(), Some(REGION));
        assert_eq!(REGION.end(), 0x10_0000 + 8192);
        slot.erase();
        assert_eq!(slot.read(), None);
    }

    #[test]
    fn has_another_protection_and_the_same_region() {
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
    fn counts_the_handlers_of_one_process() {
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
    fn is_not_read_while_it_is_written() {
        let slot = Slot::new();
        slot.write(&REGION);
        slot.change(|| assert_eq!(slot.read(), None));
        assert_eq!(slot.read(), Some(REGION));
    }

    #[test]
    fn readers_see_one_region_or_none() {
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
