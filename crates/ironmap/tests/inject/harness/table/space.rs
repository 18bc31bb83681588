//! The disk space of files, and zeroing them.

use ironmap::raw::{overwrite_with_zeros, replace_with_zeros, reserve_space};

use super::ok;
use crate::harness::points::Row;
use crate::harness::subject::{LEN, Subject, text};

fn file() -> Subject {
    Subject::of_file(&text(LEN))
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        Row::new("reserve_space", "", file, |s| {
            ok(reserve_space(s.file(), 0, 100_000))
        }),
        Row::new("replace_with_zeros", "longer", file, |s| {
            ok(replace_with_zeros(s.file(), 20_000))
        }),
        Row::new("replace_with_zeros", "shorter", file, |s| {
            ok(replace_with_zeros(s.file(), 5000))
        }),
        Row::new("overwrite_with_zeros", "longer", file, |s| {
            ok(overwrite_with_zeros(s.file(), 20_000))
        }),
        Row::new("overwrite_with_zeros", "shorter", file, |s| {
            ok(overwrite_with_zeros(s.file(), 5000))
        }),
    ]
}
