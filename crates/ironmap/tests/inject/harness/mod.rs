//! Runs all operations and points.

mod api;
mod calls;
mod judge;
mod known;
mod memory;
mod plan;
mod points;
mod process;
mod subject;
mod table;
mod trace;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Instant;

use self::points::{Form, Row, Tally};

/// The page that the table's offsets are of.
pub(crate) const PAGE: u64 = 4096;

/// The main function on systems with all requirements.
pub(crate) fn run() -> ExitCode {
    if ironmap::Mmap::page_size() as u64 != PAGE {
        println!("passed over: the table's offsets are of pages of {PAGE} bytes");
        return ExitCode::SUCCESS;
    }
    calls::look_up();
    process::keep_memory_in_the_heap();
    subject::group();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let names: Vec<&String> = arguments
        .iter()
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let rows: Vec<Row> = table::rows()
        .into_iter()
        .filter(|row| names.is_empty() || names.iter().any(|name| row.name().contains(*name)))
        .collect();
    if rows.is_empty() && has("--whole") {
        println!("no operation has {names:?} in its name");
        return ExitCode::FAILURE;
    }
    // `cargo test NAME` passes this program the name of another program's test.
    if rows.is_empty() || has("--list") {
        return ExitCode::SUCCESS;
    }
    if has("--trace") {
        trace::run(&rows);
        subject::clean_up();
        return ExitCode::SUCCESS;
    }
    memory::be_ready_to_explain();
    let form = if has("--whole") {
        Form::Whole
    } else {
        Form::Quick
    };
    let mut good = !names.is_empty() || api::is_complete(&rows);
    good &= run_all(&rows, form);
    good &= trace::compare(&rows, &names);
    subject::clean_up();
    ExitCode::from(u8::from(!good))
}

/// Prints a line for each operation and its findings. Returns whether there are none.
fn run_all(rows: &[Row], form: Form) -> bool {
    let started = Instant::now();
    println!(
        "{:64} {:>5} {:>6} {:>6} {:>6} {:>5} {:>5} {:>6} {:>5}",
        "operation", "calls", "memory", "points", "deaths", "known", "wrong", "losses", "leaks"
    );
    let (mut sum, mut good) = (Tally::default(), true);
    let mut owners: BTreeMap<known::Known, usize> = BTreeMap::new();
    for row in rows {
        let tally = points::run_apart(row, form);
        print_line(&row.name(), &tally);
        for message in &tally.messages {
            println!("    {message}");
        }
        good &= tally.is_good();
        for &known in &tally.known {
            *owners.entry(known).or_default() += 1;
        }
        sum.add(tally);
    }
    print_line("all", &sum);
    for row in rows {
        for excuse in row.excuses {
            println!("allowed: {}: {}", row.name(), excuse.reason);
        }
    }
    for (known, count) in owners {
        println!(
            "known: {count} deaths, of {} ({}): {}",
            known.owner, known.by, known.reason
        );
    }
    println!(
        "{form:?}: {} not reached, {:.1} s",
        sum.missed,
        started.elapsed().as_secs_f64()
    );
    good
}

fn print_line(name: &str, tally: &Tally) {
    println!(
        "{name:64} {:>5} {:>6} {:>6} {:>6} {:>5} {:>5} {:>6} {:>5}",
        tally.calls,
        tally.allocations,
        tally.points,
        tally.deaths,
        tally.known.len(),
        tally.wrong,
        tally.losses,
        tally.leaks
    );
}
