//! Searching many bytes for a literal that does not occur.

use memchr::memmem;

use crate::data::{ABSENT, KIB, Lines, MIB, units};
use crate::harness::{Bench, Row};

/// 97 % of the other's speed.
const SCAN: f64 = 1.0 / 0.97;
/// 10 % longer than on a plain slice.
const FIND: f64 = 1.10;

pub fn run(bench: &Bench, lines: &Lines) {
    for size in [64 * KIB, MIB, lines.len()] {
        byte(bench, lines, size);
        needle(bench, lines, ABSENT[0], size);
    }
    for absent in &ABSENT[1..] {
        needle(bench, lines, absent, lines.len());
    }
    at_the_speed_of_memory(bench, lines);
}

fn byte(bench: &Bench, lines: &Lines, size: usize) {
    let (text, map) = (&lines.theirs[..size], &lines.ours);
    bench.compare(
        row("find", "0", size, "memchr").ratio(SCAN),
        || memchr::memchr(0, text),
        || map.find(&[0], ..size).expect("searched"),
    );
    bench.compare(
        row("rfind", "0", size, "memrchr").ratio(SCAN),
        || memchr::memrchr(0, text),
        || map.rfind(&[0], ..size).expect("searched"),
    );
}

fn needle(bench: &Bench, lines: &Lines, needle: &str, size: usize) {
    let (text, map) = (&lines.theirs[..size], &lines.ours);
    let (quoted, needle) = (format!("{needle:?}"), needle.as_bytes());
    bench.compare(
        row("find", &quoted, size, "memmem::find").ratio(FIND),
        || memmem::find(text, needle),
        || map.find(needle, ..size).expect("searched"),
    );
    bench.compare(
        row("rfind", &quoted, size, "memmem::rfind").ratio(FIND),
        || memmem::rfind(text, needle),
        || map.rfind(needle, ..size).expect("searched"),
    );
}

/// Compares with the search for one byte, which loads every byte once and does little else:
/// where memory is the limit, a needle must not take longer.
fn at_the_speed_of_memory(bench: &Bench, lines: &Lines) {
    let (text, map, size) = (&lines.theirs, &lines.ours, lines.len());
    let (quoted, needle) = (format!("{:?}", ABSENT[0]), ABSENT[0].as_bytes());
    bench.compare(
        row("find", &quoted, size, "memchr").ratio(FIND),
        || memchr::memchr(0, text),
        || map.find(needle, ..size).expect("searched"),
    );
    bench.compare(
        row("rfind", &quoted, size, "memrchr").ratio(FIND),
        || memchr::memrchr(0, text),
        || map.rfind(needle, ..size).expect("searched"),
    );
}

fn row(method: &str, needle: &str, size: usize, beside: &'static str) -> Row {
    Row::new(
        "scan",
        format!("{method}({needle}, ..{})", units(size)),
        beside,
    )
    .size(size)
}
