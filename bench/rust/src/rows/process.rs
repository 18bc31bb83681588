//! Whole processes that count a literal: ripgrep's and ours.

use std::io::Result;
use std::process::{Command, Stdio};

use super::count::LITERALS;
use crate::data::Lines;
use crate::harness::{Bench, Row};

/// 1.4 times as fast.
const GOAL: f64 = 1.0 / 1.4;

pub fn run(bench: &Bench, lines: &Lines) -> Result<()> {
    let asked = Command::new("rg").arg("--version").output();
    if asked.is_err() {
        // `bench/compare.py` reports that these rows are missing.
        return Ok(());
    }
    let own = std::env::current_exe()?.with_file_name("count");
    for literal in LITERALS {
        for (how, beside) in [("--mmap", "rg --mmap"), ("--no-mmap", "rg --no-mmap")] {
            bench.compare(
                Row::new("process", format!("count {literal:?}"), beside)
                    .ratio(GOAL)
                    .size(lines.len()),
                || {
                    let fixed = "--no-config --count-matches --text --fixed-strings";
                    let mut rg = Command::new("rg");
                    rg.args(fixed.split(' ')).args([how, "-e", literal]);
                    printed(rg.arg(lines.path))
                },
                || printed(Command::new(&own).arg(literal).arg(lines.path)),
            );
        }
    }
    Ok(())
}

/// Returns the number that a process prints. ripgrep prints none for 0, and fails.
fn printed(command: &mut Command) -> usize {
    let output = command.stderr(Stdio::inherit()).output().expect("started");
    let text = String::from_utf8(output.stdout).expect("a number");
    if text.is_empty() {
        0
    } else {
        text.trim().parse().expect("a number")
    }
}
