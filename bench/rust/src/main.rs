//! `ironmap-bench quick|full PATH [ONLY]`: prints the rows as lines of JSON, for
//! `bench/compare.py`.

mod data;
mod harness;
mod rows;

use std::io::Result;
use std::path::Path;
use std::process::exit;

use data::{Lines, MIB, units};
use harness::Bench;

/// Bytes of the file of lines that the rows use.
const LEAST: usize = 256 * MIB;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (form, path, only) = match &arguments[..] {
        [form, path] => (form, path, ""),
        [form, path, only] => (form, path, only.as_str()),
        _ => panic!("ironmap-bench quick|full PATH [ONLY]"),
    };
    let bench = Bench {
        full: form == "full",
        only: only.into(),
    };
    let lines = Lines::open(Path::new(path))?;
    if lines.len() < LEAST {
        let (len, least) = (lines.len(), units(LEAST));
        eprintln!("{path} has {len} bytes; the rows want a file of {least} or more");
        exit(1);
    }
    rows::life::run(&bench, &lines)?;
    rows::access::run(&bench, &lines);
    rows::view::run(&bench, &lines);
    rows::snapshot::run(&bench, &lines);
    rows::lines::run(&bench, &lines);
    rows::scan::run(&bench, &lines);
    rows::count::run(&bench, &lines);
    rows::any::run(&bench, &lines);
    rows::process::run(&bench, &lines)?;
    rows::needles::run(&bench);
    rows::threads::run(&bench, &lines);
    rows::write::run(&bench, &lines)
}
