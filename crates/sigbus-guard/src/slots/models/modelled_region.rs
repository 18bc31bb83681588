//! A region of one page, and the steps of its owner and of a handler.

use loom::sync::Arc;
use loom::thread;

use super::super::atomics::{AtomicI32, Ordering};
use super::super::slot::Slot;
use crate::guarded_region::GuardedRegion;

pub(super) const PROCESS: u32 = 1;

pub(super) const REGION: GuardedRegion = GuardedRegion {
    start: 0x100,
    len: 1,
    page: 1,
    protection: 3,
    private: false,
    file_offset: 0,
    file: None,
    at_risk: true,
};

/// A slot, and the state of the page of its region.
#[derive(Default)]
pub(super) struct Region {
    pub(super) slot: Slot,
    page: AtomicI32,
}

impl Region {
    pub(super) fn watched(page: i32) -> Arc<Region> {
        let region = Region::default();
        region.slot.write(&REGION);
        region.set(page);
        Arc::new(region)
    }

    /// `mmap` over the page, or `mprotect`: the kernel serialises these calls of a process.
    pub(super) fn set(&self, page: i32) {
        self.page.swap(page, Ordering::AcqRel);
    }

    pub(super) fn page(&self) -> i32 {
        self.page.load(Ordering::Relaxed)
    }

    /// Handles a fault in the page.
    pub(super) fn cover(&self, put: fn(&GuardedRegion) -> i32) {
        self.slot.enter(PROCESS);
        if let Some(watched) = self.slot.read() {
            self.slot.cover(0..1, || {
                self.set(put(&watched));
                true
            });
        }
        self.slot.leave();
    }

    pub(super) fn await_handlers(&self) {
        while !self.slot.is_left(|| PROCESS) {
            thread::yield_now();
        }
    }
}

/// Runs a handler in one thread while another runs `change`.
pub(super) fn beside_a_handler(
    page: i32,
    handler: fn(&Region),
    change: fn(&Region),
    check: fn(&Region),
) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let region = Region::watched(page);
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || handler(&region))
        };
        change(&region);
        faulting.join().unwrap();
        check(&region);
    });
}
