//! The operating system: one function for each system call, without policy.
//!
//! A second system is a second file with the same function names.

mod backing;
pub(crate) mod signal;
mod unix;

pub(crate) use backing::*;
pub(crate) use unix::*;
