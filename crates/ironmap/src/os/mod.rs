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
mod limit;
#[cfg(target_os = "linux")]
mod marks;
#[cfg(unix)]
mod open;
#[cfg(unix)]
mod pages;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod proc;
#[cfg(unix)]
mod replace_file;
#[cfg(unix)]
mod reserve;
#[cfg(unix)]
mod setting;
#[cfg(unix)]
mod space;
#[cfg(unix)]
mod threads;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use {
    backing::*, descriptor::*, limit::*, open::*, pages::*, replace_file::*, reserve::*,
    setting::*, space::*, threads::*, unix::*,
};

#[cfg(unix)]
pub(crate) use sigbus_guard::os::replace::{Hole, Left, cover, fill_hole};

#[cfg(windows)]
pub(crate) use windows::*;
