//! `cat`: writes files to standard output.
//!
//!     cargo run --release --example cat -- FILE…

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::ffi::OsStr;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::{env, process};

use ironmap::Mmap;

fn main() {
    for path in env::args_os().skip(1) {
        if let Err(error) = print(&path) {
            eprintln!("cat: {}: {error}", Path::new(&path).display());
            process::exit(1);
        }
    }
}

fn print(path: &OsStr) -> Result<(), Box<dyn Error>> {
    let map = Mmap::open(path)?;
    let mut out = io::stdout().lock();
    io::copy(
        &mut BufReader::with_capacity(256 << 10, map.reader()),
        &mut out,
    )?;
    Ok(out.flush()?)
}
