//! Runs the targets on all of corpus/.

use std::fs;
use std::path::Path;

use ironmap_fuzz::{operations, options, parts, search};

fn every(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        run(&fs::read(path).unwrap());
        count += 1;
    }
    assert!(count > 10, "{target} has a corpus");
}

#[test]
fn of_operations() {
    every("operations", operations::run);
}

#[test]
fn of_search() {
    every("search", search::run);
}

#[test]
fn of_options() {
    every("options", options::run);
}

#[test]
fn of_parts() {
    every("parts", parts::run);
}
