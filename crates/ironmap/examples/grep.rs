//! `grep -nF`: prints the lines that contain a literal, with their numbers.
//!
//!     cargo run --release --example grep -- LITERAL FILE
//!
//! Bytes without a match are skipped at the speed of memory. Only the lines of matches are
//! copied.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::{env, process};

use ironmap::Mmap;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args_os().collect();
    let [_, literal, path] = &arguments[..] else {
        eprintln!("usage: grep LITERAL FILE");
        process::exit(2);
    };
    let map = Mmap::open(path)?;
    let found = print_matches(&map, literal.as_encoded_bytes())?;
    process::exit(if found { 0 } else { 1 });
}

fn print_matches(map: &Mmap, literal: &[u8]) -> Result<bool, Box<dyn Error>> {
    let mut out = BufWriter::new(io::stdout().lock());
    // The start of the first line not counted yet, and its number.
    let (mut start, mut number) = (0, 1);
    let mut line = Vec::new();
    let mut found = false;
    while let Some(at) = map.find(literal, start..)? {
        found = true;
        number += map.count(b"\n", start..at)?;
        let begins = map.rfind(b"\n", start..at)?.map_or(start, |end| end + 1);
        let mut reader = map.reader();
        reader.set_position(begins)?;
        line.clear();
        start = begins + reader.read_line(&mut line)?;
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        write!(out, "{number}:")?;
        out.write_all(text)?;
        out.write_all(b"\n")?;
        number += 1;
        if start == map.len() {
            break;
        }
    }
    out.flush()?;
    Ok(found)
}
