//! Iterating over lines.

use std::fs::File;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Read, Result};
use std::path::Path;

use crate::data::{Lines, MIB, units};
use crate::harness::{Bench, Row};

/// How many bytes of the file one run reads.
const SIZE: usize = 64 * MIB;
const GOAL: f64 = 0.85;

pub fn run(bench: &Bench, lines: &Lines) {
    let text = &lines.theirs[..SIZE];
    let count = memchr::memchr_iter(b'\n', text).count();
    let row = |beside| {
        Row::new("lines", format!("lines(..{}), each", units(SIZE)), beside)
            .ratio(GOAL)
            .times(count)
    };
    let ours = || of_ironmap(&lines.ours).expect("read");
    bench.compare(row("memchr_iter"), || of_memchr(text), ours);
    bench.compare(row("split_inclusive"), || of_split(text), ours);
    bench.compare(
        row("BufReader::read_until"),
        || of_buffer(lines.path).expect("read"),
        ours,
    );
}

/// A digest of all lines: where they begin, and how long they are.
fn take(sum: usize, line: &[u8]) -> usize {
    sum + line.len() + black_box(line)[0] as usize
}

fn of_ironmap(map: &ironmap::Mmap) -> ironmap::Result<usize> {
    let mut lines = map.lines(..SIZE)?;
    let mut sum = 0;
    while let Some(line) = lines.next_line()? {
        sum = take(sum, line);
    }
    Ok(sum)
}

fn of_memchr(text: &[u8]) -> usize {
    let (mut start, mut sum) = (0, 0);
    for newline in memchr::memchr_iter(b'\n', text) {
        sum = take(sum, &text[start..=newline]);
        start = newline + 1;
    }
    if start < text.len() {
        take(sum, &text[start..])
    } else {
        sum
    }
}

fn of_split(text: &[u8]) -> usize {
    text.split_inclusive(|&byte| byte == b'\n').fold(0, take)
}

fn of_buffer(path: &Path) -> Result<usize> {
    let mut reader = BufReader::new(File::open(path)?).take(SIZE as u64);
    let (mut line, mut sum) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        sum = take(sum, &line);
        line.clear();
    }
    Ok(sum)
}
