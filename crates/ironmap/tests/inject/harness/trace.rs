//! Compares the calls that `strace` sees with those that the interposed functions saw: they are
//! the same, except for calls inside the C library.
//!
//! # Safety
//!
//! `write` gets a text, and a descriptor that is not open.
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::process::Command;

use crate::harness::calls::Call;
use crate::harness::plan::{Point, meeting};
use crate::harness::points::{Row, rehearse};
use crate::harness::process::{Ended, Shared, in_child};

/// Calls that the C library makes itself: the heap grows, a handler returns.
const LIBRARY: &[&str] = &["brk", "rt_sigreturn"];

/// Calls that the C library makes when a thread starts and ends.
const THREADS: &[&str] = &[
    "mmap",
    "mprotect",
    "munmap",
    "madvise",
    "clone",
    "clone3",
    "futex",
    "rt_sigprocmask",
    "rseq",
    "set_robust_list",
    "exit",
    "gettid",
];

/// The number of calls by name.
type Counts = BTreeMap<String, usize>;

/// Runs under `strace`: each row in a child, between two calls that mark it. Prints the calls
/// that the interposed functions saw.
pub(crate) fn run(rows: &[Row]) {
    let shared = Shared::new();
    for (number, row) in rows.iter().enumerate() {
        let ended = in_child(&shared, 100, || {
            rehearse(row);
            let mut subject = (row.set_up)();
            if !row.first_use {
                subject.state();
            }
            mark(&format!("inject begins {number}"));
            let (said, seen) = meeting(Point::Count, || (row.call)(&mut subject));
            mark(&format!("inject ends {number}"));
            drop(said);
            let calls = seen.calls.iter().map(|&call| (call as u8).to_string());
            calls.collect::<Vec<_>>().join(" ")
        });
        match ended {
            Ended::Said(calls) => println!("{number}: {calls}"),
            Ended::Died(how) => println!("{number}: died: {how}"),
        }
    }
}

fn mark(text: &str) {
    // SAFETY: the paragraph above.
    unsafe { libc::write(-1, text.as_ptr().cast(), text.len()) };
}

/// Prints the differences. Returns false if there are any.
pub(crate) fn compare(rows: &[Row], names: &[&String]) -> bool {
    let folder = crate::harness::subject::Subject::nothing().path;
    let traced = folder.with_file_name("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-s", "64", "-o"]).arg(&traced);
    command
        .arg(std::env::current_exe().unwrap())
        .arg("--trace")
        .args(names);
    let run = match command.output() {
        Ok(run) if run.status.success() => run,
        Ok(run) => {
            println!(
                "passed over: strace: {}",
                String::from_utf8_lossy(&run.stderr).trim()
            );
            return true;
        }
        Err(error) => {
            println!("passed over: strace: {error}");
            return true;
        }
    };
    let said = String::from_utf8_lossy(&run.stdout);
    let of_kernel = counted(&fs::read_to_string(traced).unwrap());
    let mut wrong = String::new();
    let (mut calls, mut library) = (0, Counts::new());
    for (line, row) in said.lines().zip(rows) {
        let (number, seen) = line
            .split_once(": ")
            .unwrap_or((line.trim_end_matches(':'), ""));
        let Some(kernel) = of_kernel.get(number) else {
            writeln!(wrong, "{}: strace has not seen it", row.name()).unwrap();
            continue;
        };
        calls += kernel.values().sum::<usize>();
        let names = seen
            .split_whitespace()
            .map(|call| call.parse().map(Call::of));
        let Ok(names) = names.collect::<Result<Vec<_>, _>>() else {
            writeln!(wrong, "{}: {seen}", row.name()).unwrap();
            continue;
        };
        for difference in differences(kernel, &names, &mut library) {
            writeln!(wrong, "{}: {difference}", row.name()).unwrap();
        }
    }
    print!("{wrong}");
    println!(
        "strace: {} operations, {calls} calls; of the C library alone: {library:?}",
        of_kernel.len()
    );
    wrong.is_empty() && of_kernel.len() == rows.len()
}

/// Parses the output of `strace` into the calls of each row.
fn counted(traced: &str) -> BTreeMap<String, Counts> {
    let mut rows: BTreeMap<String, Counts> = BTreeMap::new();
    let mut row = None;
    for line in traced.lines() {
        // PID, then the call.
        let Some((_, call)) = line.split_once(' ') else {
            continue;
        };
        let number = |mark: &str| {
            let (_, rest) = call.split_once(mark)?;
            Some(rest.split_once('"')?.0.to_owned())
        };
        if let Some(number) = number("inject begins ") {
            rows.insert(number.clone(), Counts::new());
            row = Some(number);
        } else if number("inject ends ").is_some() {
            row = None;
        } else if let (Some(row), Some((name, _))) = (&row, call.trim_start().split_once('(')) {
            // The continuation of an earlier call begins with "<... ".
            if name
                .chars()
                .all(|char| char.is_ascii_alphanumeric() || char == '_')
            {
                *rows
                    .get_mut(row)
                    .unwrap()
                    .entry(usual_name(name))
                    .or_default() += 1;
            }
        }
    }
    rows
}

/// Unifies calls that have two names.
fn usual_name(name: &str) -> String {
    let usual = match name {
        "fstat" => "newfstatat",
        "getrlimit" => "prlimit64",
        "clone" => "clone3",
        other => other,
    };
    usual.to_owned()
}

/// Returns the calls that only one of the two has seen.
fn differences(kernel: &Counts, seen: &[Call], library: &mut Counts) -> Vec<String> {
    let mut ours = Counts::new();
    for call in seen.iter().filter(|call| !call.kernel_name().is_empty()) {
        *ours.entry(call.kernel_name().to_owned()).or_default() += 1;
    }
    let starts_threads = seen.contains(&Call::NewThread);
    let mut found = Vec::new();
    for (name, &count) in kernel {
        let known = ours.remove(name).unwrap_or(0);
        let more = count.saturating_sub(known);
        if known > count {
            found.push(format!(
                "{name}: {known} calls, of which strace has seen {count}"
            ));
        } else if LIBRARY.contains(&name.as_str())
            || (starts_threads && THREADS.contains(&name.as_str()))
        {
            if more > 0 {
                *library.entry(name.clone()).or_default() += more;
            }
        } else if more > 0 {
            found.push(format!(
                "{name}: {count} calls, of which {known} were seen here"
            ));
        }
    }
    found.extend(
        ours.into_iter()
            .map(|(name, count)| format!("{name}: {count} calls, of which strace has seen none")),
    );
    found
}
