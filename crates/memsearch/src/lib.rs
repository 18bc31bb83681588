#![doc = include_str!("../README.md")]

mod budget;
mod byte;
mod cpu;
#[cfg(test)]
mod guard_page;
mod kmp;
mod needle;
mod packed_pair;
mod scan;
mod vector;
mod volatile_slice;

pub use budget::Budget;
pub use byte::{count_byte, find_byte, rfind_byte};
pub use kmp::Kmp;
pub use needle::Needle;
pub use scan::{Outcome, Walk};
pub use volatile_slice::VolatileSlice;
