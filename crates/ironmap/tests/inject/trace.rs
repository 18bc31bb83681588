//! What `strace` sees of each operation, beside what the interposed functions have seen.

use crate::points::Row;

pub fn run(_rows: &[Row]) {}

pub fn compare(_rows: &[Row], _named: Option<&str>) -> bool {
    true
}
