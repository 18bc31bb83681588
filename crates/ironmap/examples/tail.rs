//! `tail -f`: prints the last ten lines of a log, and lines added later.
//!
//!     cargo run --release --example tail -- FILE
//!
//! A log grows, so it is mapped again up to its new end. Logs are also rotated by truncation
//! (`copytruncate`), which kills programs that map them. Here it is an error, and the program
//! reads the log from its new start.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::thread::sleep;
use std::time::Duration;
use std::{env, process};

use ironmap::Mmap;

const LINES: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let Some(path) = env::args_os().nth(1) else {
        eprintln!("usage: tail FILE");
        process::exit(2);
    };
    let file = File::open(path)?;
    let mut out = io::stdout().lock();
    let mut printed = match last_lines(&file) {
        Err(error) if error.is_fault() => 0,
        start => start?,
    };
    loop {
        match print_from(&file, printed, &mut out) {
            Ok(end) => printed = end,
            Err(error) if is_cut(&*error) => printed = 0,
            Err(error) => return Err(error),
        }
        sleep(Duration::from_millis(100));
    }
}

/// Returns the start of the last lines.
fn last_lines(file: &File) -> ironmap::Result<usize> {
    let map = Mmap::map(file)?;
    // The newline at the end begins no line.
    let mut start = map.len().saturating_sub(1);
    for _ in 0..LINES {
        match map.rfind(b"\n", ..start)? {
            Some(newline) => start = newline,
            None => return Ok(0),
        }
    }
    Ok(start + 1)
}

/// Prints the bytes added after `printed`. Returns their end.
fn print_from(file: &File, printed: usize, out: &mut impl Write) -> Result<usize, Box<dyn Error>> {
    if file.metadata()?.len() == printed as u64 {
        return Ok(printed);
    }
    let map = Mmap::map(file)?;
    // A log that became shorter has started again.
    let start = if printed <= map.len() { printed } else { 0 };
    out.write_all(&map.to_vec(start..)?)?;
    out.flush()?;
    Ok(map.len())
}

fn is_cut(error: &(dyn Error + 'static)) -> bool {
    error
        .downcast_ref::<ironmap::Error>()
        .is_some_and(ironmap::Error::is_fault)
}
