//! Making and dropping maps.

use std::fs::File;
use std::io::{Result, Write};
use std::path::Path;

use ironmap::MmapOptions;

use crate::data::{KIB, Lines, Scratch};
use crate::harness::{Bench, Row};

const UNTRACKED: MmapOptions = MmapOptions::new().track_file(false);
/// With a duplicate of the file's descriptor, which memmap2 does not make.
const TRACKED: MmapOptions = MmapOptions::new();
pub fn run(bench: &Bench, lines: &Lines) -> Result<()> {
    let mut page = Scratch::new(lines.path, 0)?;
    page.file.write_all(&[b'z'; 4 * KIB])?;
    map_and_drop(bench, "4 KiB", &page.file);
    map_and_drop(bench, "the whole file", &lines.file);
    open_map_and_drop(bench, &page.path);
    map_scan_and_drop(bench, lines);
    Ok(())
}

fn map_and_drop(bench: &Bench, what: &str, file: &File) {
    let row = |how| Row::new("life", format!("map {what}{how}, drop"), "memmap2");
    let theirs = || their_map(file).len();
    let ours = |options: MmapOptions| move || options.map(file).expect("mapped").len();
    bench.compare(row(""), theirs, ours(UNTRACKED));
    bench.compare(row(", keep the file"), theirs, ours(TRACKED));
}

fn open_map_and_drop(bench: &Bench, path: &Path) {
    let row = |how| Row::new("life", format!("open and map 4 KiB{how}, drop"), "memmap2");
    let theirs = || their_map(&File::open(path).expect("opened")).len();
    let ours = |options: MmapOptions| move || options.open(path).expect("mapped").len();
    bench.compare(row(""), theirs, ours(UNTRACKED));
    bench.compare(row(", keep the file"), theirs, ours(TRACKED));
}

fn map_scan_and_drop(bench: &Bench, lines: &Lines) {
    bench.compare(
        Row::new("life", "map, find an absent byte, drop", "memmap2, memchr").size(lines.len()),
        || memchr::memchr(0, &their_map(&lines.file)),
        || {
            let map = UNTRACKED.map(&lines.file).expect("mapped");
            map.find(&[0], ..).expect("searched")
        },
    );
}

fn their_map(file: &File) -> memmap2::Mmap {
    // SAFETY: no process changes the file while it is measured.
    unsafe { memmap2::Mmap::map(file) }.expect("mapped")
}
