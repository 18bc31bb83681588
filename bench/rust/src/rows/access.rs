//! Bytes and blocks at random places.

use std::hint::black_box;
use std::os::unix::fs::FileExt;

use crate::data::{KIB, Lines, Random};
use crate::harness::{Bench, Row};

/// How many places one run looks at.
const PLACES: usize = 4096;
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

pub fn run(bench: &Bench, lines: &Lines) {
    byte(bench, lines);
    block(bench, lines);
}

/// In so few bytes that it is the call that is measured, not the memory. The
/// difference is what the guard costs, at most 1 ns.
fn byte(bench: &Bench, lines: &Lines) {
    let mut random = Random(SEED);
    let places: Vec<usize> = (0..PLACES).map(|_| random.below(16 * KIB)).collect();
    bench.compare(
        Row::new("access", "one byte at random", "memmap2")
            .no_goal()
            .times(PLACES),
        || sum(&places, |at| lines.theirs[at]),
        || sum(&places, |at| lines.ours.byte(at).expect("read")),
    );
}

fn sum(places: &[usize], byte: impl Fn(usize) -> u8) -> usize {
    places.iter().map(|&at| byte(at) as usize).sum()
}

fn block(bench: &Bench, lines: &Lines) {
    let last = lines.len() - 4 * KIB;
    let row = |beside| Row::new("access", "read_at, 4 KiB at random", beside).times(PLACES);
    // From the same seed each time: both read the same places.
    let ours = || blocks(last, |at, into| lines.ours.read_at(at, into).expect("read"));
    bench.compare(
        row("pread").ratio(0.5),
        blocks(last, |at, into| {
            lines.file.read_exact_at(into, at as u64).expect("read")
        }),
        ours(),
    );
    bench.compare(
        row("memmap2, copy_from_slice"),
        blocks(last, |at, into| {
            into.copy_from_slice(&lines.theirs[at..][..into.len()])
        }),
        ours(),
    );
}

/// A run that reads a block at each of the next places, and sums one byte of each.
fn blocks(last: usize, read: impl Fn(usize, &mut [u8])) -> impl FnMut() -> usize {
    let mut random = Random(SEED);
    let mut into = vec![0; 4 * KIB];
    move || {
        (0..PLACES)
            .map(|_| {
                read(random.below(last), black_box(&mut into));
                into[0] as usize
            })
            .sum()
    }
}
