//! Counting the places of a literal, from few to many.

use memchr::memmem;

use crate::data::{KIB, Lines, MIB, units};
use crate::harness::{Bench, Row};

/// They occur never in the file of lines, and about once in 10 KiB, 700 bytes and 100 bytes.
pub const LITERALS: [&str; 4] = ["ZQXJKV", "lambda", "return", "self"];

pub fn run(bench: &Bench, lines: &Lines) {
    for literal in LITERALS {
        count(bench, lines, literal, 64 * KIB);
        count(bench, lines, literal, lines.len());
        find_all(bench, lines, literal, 64 * MIB);
    }
}

fn count(bench: &Bench, lines: &Lines, literal: &str, size: usize) {
    let text = &lines.theirs[..size];
    bench.compare(
        row("count", literal, size),
        || memmem::find_iter(text, literal).count(),
        || {
            lines
                .ours
                .count(literal.as_bytes(), ..size)
                .expect("counted")
        },
    );
}

fn find_all(bench: &Bench, lines: &Lines, literal: &str, size: usize) {
    let text = &lines.theirs[..size];
    bench.compare(
        row("find_all", literal, size),
        || memmem::find_iter(text, literal).collect::<Vec<_>>(),
        || {
            lines
                .ours
                .find_all(literal.as_bytes(), ..size)
                .expect("found")
        },
    );
}

fn row(method: &str, literal: &str, size: usize) -> Row {
    let name = format!("{method}({literal:?}, ..{})", units(size));
    Row::new("count", name, "memmem::find_iter").size(size)
}
