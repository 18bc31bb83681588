//! Each system call and each allocation of each operation fails once.
//!
//! ```text
//! cargo test --test inject                     # a part of the points, in a minute
//! cargo test --test inject -- --whole          # all of them
//! cargo test --test inject -- --whole resize   # those of some operations
//! ```
//!
//! A *point* is an operation and one refusal. Each is tried in a child of its own: the
//! process lives, the error says what was refused, map and file are as before, the same call
//! works then, and nothing is left behind.

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
