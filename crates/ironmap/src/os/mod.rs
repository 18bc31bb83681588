//! The operating system: one function for each system call, without policy.
//!
//! A second system is a second folder with the same function names.

#[cfg(unix)]
mod backing;
#[cfg(test)]
mod failing;
#[cfg(unix)]
mod forks;
#[cfg(unix)]
mod pages;
#[cfg(unix)]
mod replace;
#[cfg(unix)]
mod reserve;
#[cfg(unix)]
pub(crate) mod signal;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use {backing::*, forks::*, pages::*, replace::*, reserve::*, unix::*};

#[cfg(windows)]
pub(crate) use windows::*;
