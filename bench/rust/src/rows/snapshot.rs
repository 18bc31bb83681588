//! Whole files, copied into memory.

use std::fs;

use ironmap::Snapshot;

use crate::data::Lines;
use crate::harness::{Bench, Row};

pub fn run(bench: &Bench, lines: &Lines) {
    let path = lines.path;
    bench.compare(
        Row::new("snapshot", "Snapshot::open", "std::fs::read")
            .size(lines.len())
            .ratio(0.5),
        || fs::read(path).expect("read").last().copied(),
        || Snapshot::open(path).expect("copied").last().copied(),
    );
}
