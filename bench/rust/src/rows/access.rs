//! Bytes, numbers and blocks, at random places and one after the other.

use std::hint::black_box;
use std::os::unix::fs::FileExt;

use crate::data::{KIB, Lines, MIB, Random};
use crate::harness::{Bench, Row};

/// How many places one run reads.
const PLACES: usize = 4096;
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

pub fn run(bench: &Bench, lines: &Lines) {
    byte(bench, lines);
    number(bench, lines);
    block(bench, lines);
    every_byte(bench, lines);
}

/// Reads so few bytes that the call is measured, not the memory. The difference is the cost of
/// the guard, at most 1 ns.
fn byte(bench: &Bench, lines: &Lines) {
    let mut random = Random(SEED);
    let places: Vec<usize> = (0..PLACES).map(|_| random.below(16 * KIB)).collect();
    bench.compare(
        Row::new("access", "one byte at random", "memmap2").times(PLACES),
        || sum(&places, |at| lines.theirs[at]),
        || sum(&places, |at| lines.ours.byte(at).expect("read")),
    );
}

fn sum(places: &[usize], byte: impl Fn(usize) -> u8) -> usize {
    places.iter().map(|&at| byte(at) as usize).sum()
}

fn number(bench: &Bench, lines: &Lines) {
    let mut random = Random(SEED);
    let places: Vec<usize> = (0..PLACES).map(|_| random.below(16 * KIB)).collect();
    let (text, map) = (&lines.theirs, &lines.ours);
    bench.compare(
        Row::new("access", "read_u32_le at random", "memmap2, from_le_bytes").times(PLACES),
        || {
            let bytes = |at| <[u8; 4]>::try_from(&text[at..at + 4]).expect("four");
            total(places.iter().map(|&at| u32::from_le_bytes(bytes(at))))
        },
        || total(places.iter().map(|&at| map.read_u32_le(at).expect("read"))),
    );
}

fn total(numbers: impl Iterator<Item = u32>) -> u64 {
    numbers.map(u64::from).sum()
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

/// Returns a run that reads a block at each of the next places, and sums one byte of each.
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

/// Reads from front to back, byte by byte, for which a slice is best.
fn every_byte(bench: &Bench, lines: &Lines) {
    const SIZE: usize = 16 * MIB;
    let (text, map) = (&lines.theirs[..SIZE], &lines.ours);
    let theirs = || text.iter().fold(0, mix);
    bench.compare(
        Row::new("access", "every byte, by byte", "memmap2").size(SIZE),
        theirs,
        || (0..SIZE).fold(0, |sum, at| mix(sum, &map.byte(at).expect("read"))),
    );
    let mut block = vec![0; 64 * KIB];
    bench.compare(
        Row::new("access", "every byte, by read_at of 64 KiB", "memmap2").size(SIZE),
        theirs,
        || {
            (0..SIZE).step_by(block.len()).fold(0, |sum, at| {
                map.read_at(at, &mut block).expect("read");
                block.iter().fold(sum, mix)
            })
        },
    );
}

/// Computes what no compiler vectorizes.
fn mix(sum: u64, &byte: &u8) -> u64 {
    (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3)
}
