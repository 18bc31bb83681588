//! Two threads that search at once.

use std::thread;

use memchr::memmem;

use crate::data::{ABSENT, Lines, MIB, units};
use crate::harness::{Bench, Row};

const SIZE: usize = 256 * MIB;
/// 85 % of the other's speed.
const GOAL: f64 = 1.0 / 0.85;

pub fn run(bench: &Bench, lines: &Lines) {
    let needle = ABSENT[0].as_bytes();
    let text = &lines.theirs[..SIZE];
    bench.compare(
        Row::new(
            "threads",
            format!("two threads, find({:?}, ..{})", ABSENT[0], units(SIZE)),
            "memmem::find",
        )
        .ratio(GOAL)
        .size(2 * SIZE),
        || in_two_threads(|| memmem::find(text, needle)),
        || in_two_threads(|| lines.ours.find(needle, ..SIZE).expect("searched")),
    );
}

fn in_two_threads<T: Send>(search: impl Fn() -> T + Sync) -> (T, T) {
    thread::scope(|scope| {
        let other = scope.spawn(&search);
        (search(), other.join().expect("no panic"))
    })
}
