//! G2 for loads: a thread that loads a zero which covers damage sees the damage.

use loom::sync::Arc;
use loom::thread;

use super::super::atomics::{AtomicU8, Ordering};
use super::super::damage::{Damage, order_loads};

const FROM_THE_FILE: u8 = 7;

/// Two pages of a region, each of one byte.
struct Region {
    pages: [AtomicU8; 2],
    damage: Damage,
}

impl Region {
    fn new() -> Region {
        Region {
            pages: [AtomicU8::new(FROM_THE_FILE), AtomicU8::new(FROM_THE_FILE)],
            damage: Damage::default(),
        }
    }

    /// Covers the pages as the kernel does for a handler, without any order.
    fn cover(&self) {
        for page in &self.pages {
            page.store(0, Ordering::Relaxed);
        }
    }

    fn note(&self) {
        self.damage.add(0..2);
    }

    fn load(&self) -> [u8; 2] {
        self.pages
            .each_ref()
            .map(|page| page.load(Ordering::Relaxed))
    }
}

fn note_and_cover(region: &Region) {
    region.note();
    region.cover();
}

/// One thread loads, another's handler runs.
fn load_beside(handler: fn(&Region), order: fn()) {
    loom::model(move || {
        let region = Arc::new(Region::new());
        let faulting = {
            let region = Arc::clone(&region);
            thread::spawn(move || handler(&region))
        };
        let bytes = region.load();
        order();
        let intact = region.damage.is_quiet();
        if intact {
            assert_eq!(bytes, [FROM_THE_FILE; 2], "zeros without damage");
        }
        faulting.join().unwrap();
    });
}

#[test]
fn load_of_zeros_sees_damage() {
    load_beside(note_and_cover, order_loads);
}

#[test]
fn load_of_zeros_beside_two_handlers_sees_damage() {
    loom::model(|| {
        let region = Arc::new(Region::new());
        let faulting: Vec<_> = (0..2)
            .map(|page| {
                let region = Arc::clone(&region);
                thread::spawn(move || {
                    region.damage.add(page..page + 1);
                    region.pages[page].store(0, Ordering::Relaxed);
                })
            })
            .collect();
        let bytes = region.load();
        order_loads();
        let damaged = region.damage.get();
        for (page, byte) in bytes.into_iter().enumerate() {
            let noted = damaged.as_ref().is_some_and(|d| d.meets(page, page));
            assert!(noted || byte == FROM_THE_FILE, "zeros without damage");
        }
        faulting.into_iter().for_each(|t| t.join().unwrap());
    });
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn load_without_order_is_found() {
    load_beside(note_and_cover, || {});
}

#[test]
#[should_panic(expected = "zeros without damage")]
fn load_of_zeros_noted_late_is_found() {
    let cover_and_note = |region: &Region| {
        region.cover();
        region.note();
    };
    load_beside(cover_and_note, order_loads);
}
