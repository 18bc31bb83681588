//! Arguments: from Python's objects to Rust's values.

pub(crate) mod access_mode;
pub(crate) mod buffer;
pub(crate) mod conversion;
pub(crate) mod keywords;
pub(crate) mod slice;
