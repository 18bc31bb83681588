//! The operating system: one function for each system call, without policy.
//!
//! A second system is a second folder with the same function names.

#[cfg(unix)]
mod backing;
#[cfg(unix)]
mod descriptor;
#[cfg(test)]
mod failing;
#[cfg(unix)]
mod file_limit;
#[cfg(unix)]
mod pages;
#[cfg(unix)]
mod reserve;
#[cfg(unix)]
pub(crate) mod signal;
#[cfg(unix)]
mod space;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use {
    backing::*, descriptor::*, file_limit::longest_file, pages::*, reserve::*, space::*, unix::*,
};

#[cfg(windows)]
pub(crate) use windows::*;
