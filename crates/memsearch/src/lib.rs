#![doc = include_str!("../README.md")]

mod budget;
mod byte;
mod cpu;
mod finder;
#[cfg(test)]
mod guard_page;
mod needle;
#[cfg(test)]
mod oracle;
mod packed_pair;
mod scan;
mod two_way;
mod vector;
mod volatile_slice;

pub use byte::{count_byte, find_byte, rfind_byte};
pub use finder::Finder;
pub use volatile_slice::VolatileSlice;
