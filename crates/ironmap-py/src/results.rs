//! Results: from Rust's values to Python's objects.

pub(crate) mod cached;
pub(crate) mod huge_pages;
pub(crate) mod output;
