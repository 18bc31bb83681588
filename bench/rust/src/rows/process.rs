//! Whole processes that count a literal: ripgrep's and ours.

use std::ffi::OsStr;
use std::io::Result;
use std::process::{Command, Stdio};

use super::count::LITERALS;
use crate::data::Lines;
use crate::harness::{Bench, Row};

/// 1.4 times as fast.
const GOAL: f64 = 1.0 / 1.4;

pub fn run(bench: &Bench, lines: &Lines) -> Result<()> {
    if Command::new("rg")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        // `bench/compare.py` says that these rows are missing.
        return Ok(());
    }
    let own = std::env::current_exe()?.with_file_name("count");
    for literal in LITERALS {
        for how in ["--mmap", "--no-mmap"] {
            let beside = if how == "--mmap" {
                "rg --mmap"
            } else {
                "rg --no-mmap"
            };
            bench.compare(
                Row::new("process", format!("count {literal:?}"), beside)
                    .ratio(GOAL)
                    .size(lines.len()),
                || {
                    let fixed = [
                        "--no-config",
                        "--count-matches",
                        "-a",
                        "-F",
                        how,
                        "-e",
                        literal,
                    ];
                    printed(Command::new("rg").args(fixed).arg(lines.path))
                },
                || printed(Command::new(&own).args([OsStr::new(literal), lines.path.as_os_str()])),
            );
        }
    }
    Ok(())
}

/// The number that a process prints. ripgrep prints none for 0, and fails.
fn printed(command: &mut Command) -> usize {
    let output = command.stderr(Stdio::inherit()).output().expect("started");
    let text = String::from_utf8(output.stdout).expect("a number");
    if text.is_empty() {
        0
    } else {
        text.trim().parse().expect("a number")
    }
}
