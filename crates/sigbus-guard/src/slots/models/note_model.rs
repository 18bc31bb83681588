//! All damage that several handlers note at once is kept.

use std::ops::Range;

use loom::sync::Arc;
use loom::thread;

use super::super::damage::Damage;

const NOTED: [Range<usize>; 3] = [0..1, 4..6, 2..3];

fn note_at_once(count: usize, note: fn(&Damage, Range<usize>)) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let damage = Arc::new(Damage::default());
        let threads: Vec<_> = NOTED[..count]
            .iter()
            .map(|pages| {
                let damage = Arc::clone(&damage);
                thread::spawn(move || {
                    note(&damage, pages.clone());
                    assert_noted(&damage, pages);
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        NOTED[..count]
            .iter()
            .for_each(|pages| assert_noted(&damage, pages));
        assert!(damage.get().unwrap().scattered);
    });
}

fn assert_noted(damage: &Damage, pages: &Range<usize>) {
    let damaged = damage.get().expect("damage lost").pages;
    let noted = damaged.start <= pages.start && pages.end <= damaged.end;
    assert!(noted, "damage lost");
}

#[test]
fn add_by_two_handlers_keeps_all() {
    note_at_once(2, Damage::add);
}

#[test]
fn add_by_three_handlers_keeps_all() {
    note_at_once(3, Damage::add);
}

#[test]
#[should_panic(expected = "damage lost")]
fn add_in_two_steps_is_found() {
    note_at_once(2, |damage, pages| {
        let old = damage.get();
        damage.clear();
        damage.add(pages);
        old.into_iter().for_each(|old| damage.add(old.pages));
    });
}
