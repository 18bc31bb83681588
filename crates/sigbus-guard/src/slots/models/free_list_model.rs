//! The list of free slots gives each slot to one owner.

use loom::sync::Arc;
use loom::thread;

use super::super::atomics::{AtomicU32, Ordering};
use super::super::free_list::FreeList;
use super::super::slot::Slot;

/// Some slots, all free at first.
struct Registry {
    slots: [Slot; 2],
    free: FreeList,
    /// The number of owners of each slot.
    owners: [AtomicU32; 2],
}

impl Registry {
    fn new() -> Registry {
        let registry = Registry {
            slots: Default::default(),
            free: FreeList::default(),
            owners: Default::default(),
        };
        registry.free.give_back(0, &registry.slots[0]);
        registry.free.give_back(1, &registry.slots[1]);
        registry
    }

    fn take(&self) -> Option<u32> {
        let number = self.free.take(|number| self.slots.get(number as usize))?;
        let owners = self.owners[number as usize].fetch_add(1, Ordering::Relaxed);
        assert_eq!(owners, 0, "a slot with two owners");
        Some(number)
    }

    fn give_back(&self, number: u32) {
        self.owners[number as usize].fetch_sub(1, Ordering::Relaxed);
        self.free.give_back(number, &self.slots[number as usize]);
    }

    /// Every slot is there once.
    fn assert_whole(&self) {
        let mut numbers = [self.take(), self.take()];
        numbers.sort();
        assert_eq!(numbers, [Some(0), Some(1)], "a slot lost");
        assert_eq!(self.take(), None);
    }
}

#[test]
fn take_gives_slot_to_one_owner() {
    loom::model(|| {
        let registry = Arc::new(Registry::new());
        let other = {
            let registry = Arc::clone(&registry);
            thread::spawn(move || registry.take())
        };
        let taken = [registry.take(), other.join().unwrap()];
        taken
            .into_iter()
            .flatten()
            .for_each(|number| registry.give_back(number));
        registry.assert_whole();
    });
}

/// While one thread takes the first slot, another takes it, takes the second
/// too, and gives the first back: the first is where it was, the second is not.
#[test]
fn take_notices_slot_that_came_back() {
    loom::model(|| {
        let registry = Arc::new(Registry::new());
        let other = {
            let registry = Arc::clone(&registry);
            thread::spawn(move || {
                let (first, second) = (registry.take(), registry.take());
                first
                    .into_iter()
                    .for_each(|number| registry.give_back(number));
                second
            })
        };
        let taken = [registry.take(), registry.take()];
        let taken = taken.into_iter().chain([other.join().unwrap()]);
        taken
            .flatten()
            .for_each(|number| registry.give_back(number));
        registry.assert_whole();
    });
}

/// The writes of the last owner of a slot happen before the next one has it.
#[test]
fn take_sees_writes_of_last_owner() {
    loom::model(|| {
        let registry = Arc::new(Registry::new());
        let other = {
            let registry = Arc::clone(&registry);
            thread::spawn(move || {
                let number = registry.take().unwrap();
                let slot = &registry.slots[number as usize];
                slot.faults.store(1, Ordering::Relaxed);
                slot.faults.store(0, Ordering::Relaxed);
                registry.give_back(number);
            })
        };
        let number = registry.take().unwrap();
        let faults = registry.slots[number as usize]
            .faults
            .load(Ordering::Relaxed);
        assert_eq!(faults, 0, "the last owner's fault");
        other.join().unwrap();
    });
}
