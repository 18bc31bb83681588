//! Several needles at once.

use aho_corasick::{AhoCorasick, MatchKind};
use ironmap::Needles;

use crate::data::{ABSENT, Lines, MIB, units};
use crate::harness::{Bench, Row};

/// How many bytes of the file one run searches.
const SIZE: usize = 64 * MIB;

pub fn run(bench: &Bench, lines: &Lines) {
    let few = ABSENT.map(String::from).to_vec();
    let many = (0..1000).map(|number| format!("~{number}~")).collect();
    absent(bench, lines, &few);
    absent(bench, lines, &many);
}

fn absent(bench: &Bench, lines: &Lines, needles: &Vec<String>) {
    let name = format!("find_any({} needles, ..{})", needles.len(), units(SIZE));
    let text = &lines.theirs[..SIZE];
    let theirs = AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(needles)
        .expect("built");
    let ours = Needles::new(needles).expect("built");
    bench.compare(
        Row::new("any", name, "aho-corasick").size(SIZE).ratio(1.1),
        || theirs.find(text).map(|found| found.start()),
        || {
            let found = lines.ours.find_any(&ours, ..SIZE).expect("searched");
            found.map(|found| found.at)
        },
    );
}
