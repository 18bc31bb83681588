//! Checks that the table has a row for every function of the public API.

use std::collections::BTreeSet;

use crate::harness::plan::{Point, meeting};
use crate::harness::points::Row;
use crate::harness::table::quiet::{
    DERIVED, NUMBERS, PLAIN, QUIET, Quiet, Things, VIEW_NUMBERS, VIEWS,
};

const API: &str = concat!(
    include_str!("../../../public-api.txt"),
    include_str!("../../../bindings-api.txt")
);

/// Rows that are no function.
const MORE: &[&str] = &["drop"];

/// Prints missing and superfluous rows. Returns false if there are any.
pub(crate) fn is_complete(rows: &[Row]) -> bool {
    let api = functions();
    let mut covered: BTreeSet<String> = BTreeSet::new();
    for row in rows {
        covered.insert(row.api.to_owned());
        covered.extend(row.also.iter().map(|&name| name.to_owned()));
    }
    let quiet = quiet();
    covered.extend(quiet.map(|&(name, _)| name.to_owned()));
    for name in PLAIN {
        covered.extend(DERIVED.iter().map(|function| format!("{name}::{function}")));
    }
    let mut good = true;
    for name in api.difference(&covered) {
        println!("{name}: a function of the public API without a row");
        good = false;
    }
    for name in covered
        .difference(&api)
        .filter(|name| !MORE.contains(&name.as_str()))
    {
        println!("{name}: a row, and no function of the public API");
        good = false;
    }
    are_quiet() && good
}

/// Returns the functions of the public API and of the bindings', without `ironmap`, `raw` and generics.
fn functions() -> BTreeSet<String> {
    let lines = API.lines().filter(|line| line.starts_with("pub "));
    let functions =
        lines.filter_map(|line| line.split_once("fn ironmap::").or(line.split_once("fn ")));
    let names = functions.map(|(_, function)| {
        let mut name = function.split_once('(').unwrap().0.to_owned();
        while let Some(start) = name.find('<') {
            let end = start + name[start..].find('>').unwrap();
            name.replace_range(start..=end, "");
        }
        name.trim_start_matches("raw::").to_owned()
    });
    // The API lists their methods again for the types that implement them.
    let traits = ["AtomicExt::", "MmapExt::", "MmapOptionsExt::"];
    names
        .filter(|name| !traits.iter().any(|it| name.starts_with(it)))
        .collect()
}

/// Returns the functions without a row.
fn quiet() -> impl Iterator<Item = &'static Quiet> {
    [QUIET, NUMBERS, VIEWS, VIEW_NUMBERS].into_iter().flatten()
}

/// Returns whether the functions without a row make no system call and allocate nothing.
fn are_quiet() -> bool {
    let loud = quiet().filter(|quiet| !is_quiet(quiet));
    loud.count() == 0
}

fn is_quiet((name, call): &Quiet) -> bool {
    let mut things = Things::new();
    let ((), seen) = meeting(Point::Count, || call(&mut things));
    let quiet = seen.calls.is_empty() && seen.allocations == 0;
    if !quiet {
        println!(
            "{name}: not quiet: {:?}, {} allocations",
            seen.calls, seen.allocations
        );
    }
    quiet
}
