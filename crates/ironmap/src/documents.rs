//! Pages about the crate.

/// Four ways to the bytes of a map, with three programs written in each.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../DOORS.md")]
pub mod doors {}

/// Each function of memmap2, and what takes its place.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../FROM-MEMMAP2.md")]
pub mod from_memmap2 {}

/// Another process makes a file shorter: what becomes an error, what does not, and what
/// to do if other code uses SIGBUS, too.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../FAULTS.md")]
pub mod faults {}

/// The promises of a version; the oldest Rust and the oldest kernel.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../STABILITY.md")]
pub mod stability {}
