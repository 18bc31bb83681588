//! `wc -l`: counts the lines of files, on all cores.
//!
//!     cargo run --release --example wc -- FILE…

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::ffi::OsStr;
use std::path::Path;
use std::{env, process};

use ironmap::{Mmap, Result};

fn main() {
    for path in env::args_os().skip(1) {
        match lines(&path) {
            Ok(count) => println!("{count} {}", Path::new(&path).display()),
            Err(error) => {
                eprintln!("wc: {}: {error}", Path::new(&path).display());
                process::exit(1);
            }
        }
    }
}

fn lines(path: &OsStr) -> Result<usize> {
    Mmap::open(path)?.count(b"\n", ..)
}
