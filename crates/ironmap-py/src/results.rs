//! Results: from Rust's values to Python's objects.

pub(crate) mod huge_pages;
pub(crate) mod output;
