//! G2 for stores: a thread whose store reaches the zeros and not the file sees the damage.
//!
//! A byte has one order of stores and swaps. A value that the handler's swap takes is in the
//! file; a later store reaches the page that covers the damage.

use loom::sync::Arc;
use loom::thread;

use super::super::atomics::{AtomicU8, Ordering};
use super::super::damage::{Damage, order_loads, order_stores};

const STORED: u8 = 9;

struct Region {
    byte: AtomicU8,
    damage: Damage,
}

impl Region {
    /// Covers the page as the kernel does for a handler, without any order.
    fn cover(&self) {
        self.byte.swap(0, Ordering::Relaxed);
    }

    fn note(&self) {
        self.damage.add(0..1);
    }
}

fn note_and_cover(region: &Region) {
    region.note();
    region.cover();
}

/// One thread stores, another's handler runs.
fn store_beside(handler: fn(&Region), order: fn()) {
    loom::model(move || {
        let region = Arc::new(Region {
            byte: AtomicU8::new(7),
            damage: Damage::default(),
        });
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || handler(&region))
        };
        region.byte.store(STORED, Ordering::Relaxed);
        order();
        let intact = region.damage.is_quiet();
        faulting.join().unwrap();
        let lost = region.byte.load(Ordering::Relaxed) == STORED;
        assert!(!(lost && intact), "a store lost without damage");
    });
}

#[test]
fn store_to_zeros_sees_damage() {
    store_beside(note_and_cover, order_stores);
}

#[test]
#[should_panic(expected = "a store lost without damage")]
fn store_without_order_is_found() {
    store_beside(note_and_cover, || {});
}

#[test]
#[should_panic(expected = "a store lost without damage")]
fn store_with_order_of_loads_is_found() {
    store_beside(note_and_cover, order_loads);
}

#[test]
#[should_panic(expected = "a store lost without damage")]
fn store_to_zeros_noted_late_is_found() {
    let cover_and_note = |region: &Region| {
        region.cover();
        region.note();
    };
    store_beside(cover_and_note, order_stores);
}
