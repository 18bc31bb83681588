//! Times this crate beside the original, in turn: `make bench WHAT=memmap2`.
//!
//! `beside ROW theirs|ours TIMES` repeats one side of one row, for callgrind and strace.
//!
//! # Safety
//!
//! * No program changes the file that is mapped.
#![allow(unsafe_code)]

use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use memmap2 as ours;
use original as theirs;

/// The bytes of the file.
const LEN: usize = 16 << 20;

/// The number of random bytes that one run loads.
const LOADS: usize = 10_000;

/// One side of a row: its result shows that both do the same.
type Run<'a> = Box<dyn Fn() -> u64 + 'a>;

struct Row<'a> {
    name: &'static str,
    theirs: Run<'a>,
    ours: Run<'a>,
}

/// Returns the rows of one crate, by name.
macro_rules! side {
    ($memmap2:ident, $path:expr, $file:expr, $map:expr) => {{
        // SAFETY: nothing changes the file.
        let map = |file: &File| unsafe { $memmap2::Mmap::map(file) }.expect("a map");
        let open = || File::open($path).expect("a file");
        let part = || {
            let mut options = $memmap2::MmapOptions::new();
            // SAFETY: as above.
            unsafe { options.offset(100).len(9_000).map($file) }.expect("a map")
        };
        let anonymous = |len| $memmap2::MmapMut::map_anon(len).expect("memory");
        let rows: Vec<(&'static str, Run<'_>)> = vec![
            ("open-map-drop", Box::new(move || map(&open()).len() as u64)),
            ("map-drop", Box::new(move || map($file).len() as u64)),
            ("map-part-drop", Box::new(move || part().len() as u64)),
            (
                "map-byte-drop",
                Box::new(move || map($file)[LEN / 2].into()),
            ),
            (
                "map-anon",
                Box::new(move || anonymous(64 << 10).len() as u64),
            ),
            (
                "map-anon-store",
                Box::new(move || {
                    let mut memory = anonymous(64 << 10);
                    memory[100] = 1;
                    memory[100].into()
                }),
            ),
            (
                "sum",
                Box::new(move || $map.iter().map(|&byte| u64::from(byte)).sum()),
            ),
            ("random-byte", Box::new(move || random(|at| $map[at]))),
        ];
        rows
    }};
}

/// Sums bytes at random places.
#[inline]
fn random(byte: impl Fn(usize) -> u8) -> u64 {
    let mut state = 1u64;
    (0..LOADS)
        .map(|_| {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            u64::from(byte((state >> 40) as usize % LEN))
        })
        .sum()
}

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: &Path = &folder.path().join("data");
    let bytes: Vec<u8> = (0..LEN).map(|i| (i * 7 % 251) as u8).collect();
    std::fs::write(path, bytes).expect("a file");
    let file = &File::open(path).expect("a file");
    // SAFETY: nothing changes the file.
    let their_map = &unsafe { theirs::Mmap::map(file) }.expect("a map");
    // SAFETY: as above.
    let our_map = &unsafe { ours::Mmap::map(file) }.expect("a map");
    let sides = side!(theirs, path, file, their_map)
        .into_iter()
        .zip(side!(ours, path, file, our_map));
    let rows = sides.map(|((name, theirs), (_, ours))| Row { name, theirs, ours });
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => rows.for_each(|row| compare(&row)),
        [name, side, times] => {
            let row = rows
                .into_iter()
                .find(|row| row.name == name)
                .expect("a row");
            let run = if side == "ours" { row.ours } else { row.theirs };
            seconds(times.parse().expect("a number"), &run);
        }
        _ => panic!("usage: beside [ROW theirs|ours TIMES]"),
    }
}

/// Prints the median of the ratios of rounds in which both sides run in turn.
fn compare(row: &Row<'_>) {
    const ROUNDS: usize = 31;
    assert_eq!((row.theirs)(), (row.ours)(), "{}", row.name);
    let once = seconds(1, &row.theirs) + seconds(1, &row.ours);
    let times = ((0.05 / once) as usize).max(1);
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|_| (seconds(times, &row.theirs), seconds(times, &row.ours)))
        .collect();
    rounds.sort_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)));
    let ratio = |at: usize| rounds[at].1 / rounds[at].0;
    let nanoseconds = rounds[ROUNDS / 2].0 / times as f64 * 1e9;
    println!(
        "{:16} {:.3} ({:.3} to {:.3} in half of the rounds), of {nanoseconds:.0} ns",
        row.name,
        ratio(ROUNDS / 2),
        ratio(ROUNDS / 4),
        ratio(ROUNDS - 1 - ROUNDS / 4),
    );
}

fn seconds(times: usize, run: &Run<'_>) -> f64 {
    let start = Instant::now();
    for _ in 0..times {
        black_box(run());
    }
    start.elapsed().as_secs_f64()
}
