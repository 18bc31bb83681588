//! Times this crate beside the original, in turn: `make bench WHAT=memmap2`. An argument names a
//! row to run alone, `theirs` or `ours`, and a number of times: for callgrind and strace.

use std::fs::File;
use std::hint::black_box;
use std::time::Instant;

use memmap2 as ours;
use original as theirs;

/// The bytes of the file of the rows about a slice.
const LEN: usize = 16 << 20;

/// The random bytes that one run loads.
const LOADS: usize = 10_000;

/// A row: its name, and the two ways to do the same.
struct Row<'a> {
    name: &'static str,
    theirs: Box<dyn Fn() -> u64 + 'a>,
    ours: Box<dyn Fn() -> u64 + 'a>,
}

/// Writes a row whose two ways differ by the crate alone.
macro_rules! row {
    ($name:literal, |$memmap2:ident| $run:expr) => {
        Row {
            name: $name,
            theirs: {
                use theirs as $memmap2;
                Box::new(move || $run)
            },
            ours: {
                use ours as $memmap2;
                Box::new(move || $run)
            },
        }
    };
}

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = &folder.path().join("data");
    let bytes: Vec<u8> = (0..LEN).map(|i| (i * 7 % 251) as u8).collect();
    std::fs::write(path, bytes).expect("a file");
    let file = &File::open(path).expect("a file");
    // SAFETY: nothing changes the file.
    let their_map: &[u8] = &unsafe { theirs::Mmap::map(file) }.expect("a map");
    // SAFETY: as above.
    let our_map: &[u8] = &unsafe { ours::Mmap::map(file) }.expect("a map");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rows = rows(path, file, their_map, our_map);
    match &arguments[..] {
        [] => rows.iter().for_each(compare),
        [name, side, times] => repeat(&rows, name, side, times.parse().expect("a number")),
        _ => panic!("usage: beside [ROW theirs|ours TIMES]"),
    }
}
