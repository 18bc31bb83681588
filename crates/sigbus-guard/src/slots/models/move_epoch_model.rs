//! G1: addresses that move from one slot to another are found in one of them.

use loom::sync::Arc;
use loom::thread;

use super::super::move_epoch::MoveEpoch;
use super::super::slot::Slot;
use super::modelled_region::REGION;
use crate::guarded_region::GuardedRegion;

#[derive(Default)]
struct Registry {
    /// The slot of the region, and the slot of the zeros that replace it.
    slots: [Slot; 2],
    epoch: MoveEpoch,
}

impl Registry {
    fn hand_over(&self, note: fn(&MoveEpoch)) {
        self.slots[1].write(&REGION);
        note(&self.epoch);
        self.slots[0].erase();
    }

    /// Scans for the address of the region, as a handler does.
    fn has_the_address(&self, order: [usize; 2]) -> bool {
        self.epoch
            .scan(|| order.iter().any(|&i| self.slots[i].read().is_some()))
    }
}

fn look_beside(order: [usize; 2], note: fn(&MoveEpoch)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(move || {
        let registry = Arc::new(Registry::default());
        registry.slots[0].write(&REGION);
        let owner = {
            let registry = Arc::clone(&registry);
            thread::spawn(move || registry.hand_over(note))
        };
        assert!(registry.has_the_address(order), "in no slot");
        owner.join().unwrap();
    });
}

#[test]
fn scan_beside_move_finds_address() {
    look_beside([0, 1], MoveEpoch::advance);
    look_beside([1, 0], MoveEpoch::advance);
}

#[test]
#[should_panic(expected = "in no slot")]
fn scan_beside_uncounted_move_misses_address() {
    look_beside([1, 0], |_| ());
}

/// Zeros behind the region, which it takes back.
const ZEROS: GuardedRegion = GuardedRegion {
    start: REGION.start + 1,
    ..REGION
};

impl Registry {
    fn take_back(&self, note: fn(&MoveEpoch)) {
        self.slots[0].set_len(2);
        note(&self.epoch);
        self.slots[1].erase();
    }

    /// Scans for the address of the zeros, as a handler does.
    fn has_the_zeros(&self) -> bool {
        self.epoch.scan(|| {
            self.slots.iter().any(|slot| {
                let watched = slot.read();
                watched.is_some_and(|watched| watched.addresses().contains(&ZEROS.start))
            })
        })
    }
}

fn look_beside_a_region_that_grows(note: fn(&MoveEpoch)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(2);
    model.check(move || {
        let registry = Arc::new(Registry::default());
        registry.slots[0].write(&REGION);
        registry.slots[1].write(&ZEROS);
        let owner = {
            let registry = Arc::clone(&registry);
            thread::spawn(move || registry.take_back(note))
        };
        assert!(registry.has_the_zeros(), "in no slot");
        owner.join().unwrap();
    });
}

#[test]
fn scan_beside_growth_finds_address() {
    look_beside_a_region_that_grows(MoveEpoch::advance);
}

#[test]
#[should_panic(expected = "in no slot")]
fn scan_beside_uncounted_growth_misses_address() {
    look_beside_a_region_that_grows(|_| ());
}
