//! The operating system: one function for each system call, without policy.
//!
//! A second system is a second folder with the same function names.

#[cfg(test)]
mod failing;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;
