//! System calls that allocate nothing. SAFETY.md, "Damage", lists those that a handler may make.

mod file;
pub mod limit;
#[cfg(any(target_os = "linux", test))]
mod page;
pub mod replace;
pub mod signal;
#[cfg(target_os = "linux")]
mod spare;

pub(crate) use file::{is_full, size};
#[cfg(any(target_os = "linux", test))]
pub(crate) use page::page_size;
#[cfg(target_os = "linux")]
pub(crate) use spare::{give_up, spare_area, spare_zeros};
