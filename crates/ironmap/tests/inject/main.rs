//! Makes each system call and each allocation of each operation fail once.
//!
//! ```text
//! cargo test --test inject                     # a part of the points, in a minute
//! cargo test --test inject -- --whole          # all of them
//! cargo test --test inject -- --whole resize   # those of some operations
//! ```
//!
//! A *point* is an operation and one failure. Each is tried in its own child, which checks: the
//! process lives, the error names the failed call, map and file are as before, the same call
//! then succeeds, and nothing leaks.

#![allow(clippy::print_stdout, reason = "the table is for people")]

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
mod harness;

use std::process::ExitCode;

#[cfg(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64"))]
fn main() -> ExitCode {
    harness::run()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_pointer_width = "64")))]
fn main() -> ExitCode {
    println!("passed over: it takes the functions of glibc, in 64 bits");
    ExitCode::SUCCESS
}
