//! G1: addresses that pass from one slot to another are found in one of them.

use loom::sync::Arc;
use loom::thread;

use super::hand_over::HandOvers;
use super::region::REGION;
use super::slot::Slot;

#[derive(Default)]
struct Registry {
    /// The region's, and that of the zeros which take its place.
    slots: [Slot; 2],
    hand_overs: HandOvers,
}

impl Registry {
    fn hand_over(&self, note: fn(&HandOvers)) {
        self.slots[1].write(&REGION);
        note(&self.hand_overs);
        self.slots[0].erase();
    }

    /// What a handler does that finds no region at an address.
    fn has_the_address(&self, order: [usize; 2]) -> bool {
        self.hand_overs
            .look(|| order.iter().any(|&i| self.slots[i].read().is_some()))
    }
}

fn look_beside(order: [usize; 2], note: fn(&HandOvers)) {
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
fn an_address_on_its_way_is_found() {
    look_beside([0, 1], HandOvers::note);
    look_beside([1, 0], HandOvers::note);
}

#[test]
#[should_panic(expected = "in no slot")]
fn a_hand_over_must_be_counted() {
    look_beside([1, 0], |_| ());
}
