//! The operations: setup and call.

mod damage;
mod file_interface;
mod making;
mod pages;
mod parts;
pub(crate) mod quiet;
mod reading;
mod resizing;
mod searching;
mod snapshots;
mod space;
mod viewing;
mod writing;

use crate::harness::points::Row;
use crate::harness::subject::{Failed, Got, Said};

/// Returns all rows. Those of a process without maps come first.
pub(crate) fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    rows.extend(making::rows());
    rows.extend(reading::rows());
    rows.extend(writing::rows());
    rows.extend(viewing::rows());
    rows.extend(snapshots::rows());
    rows.extend(searching::rows());
    rows.extend(parts::rows());
    rows.extend(file_interface::rows());
    rows.extend(pages::rows());
    rows.extend(damage::rows());
    rows.extend(resizing::rows());
    rows.extend(space::rows());
    rows
}

/// Converts any result.
fn ok<T: Into<Got>, E: Into<Failed>>(said: Result<T, E>) -> Said {
    said.map(Into::into).map_err(Into::into)
}
