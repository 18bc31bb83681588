//! Code of one system: `unix` and `windows` have the same functions under the same names.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

/// Names and their numbers.
pub(crate) type Named = &'static [(&'static str, i64)];
