//! Two searches at once, and one search on all cores.

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
    for size in [8, 16, 24, 32, 64, 256].map(|mib| mib * MIB) {
        on_all_cores(bench, lines, size);
    }
}

/// Compares large parts with parts that are too small for several cores.
fn on_all_cores(bench: &Bench, lines: &Lines, size: usize) {
    const PART: usize = 4 * MIB;
    let count = |range| lines.ours.count(b"return", range).expect("counted");
    let name = format!("count(\"return\", ..{}) on all cores", units(size));
    bench.compare(
        Row::new("threads", name, "one core").no_goal().size(size),
        || (0..size).step_by(PART).map(|at| count(at..at + PART)).sum(),
        || count(0..size),
    );
}

fn in_two_threads<T: Send>(search: impl Fn() -> T + Sync) -> (T, T) {
    thread::scope(|scope| {
        let other = scope.spawn(&search);
        (search(), other.join().expect("no panic"))
    })
}
