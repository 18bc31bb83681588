//! Functions for bindings to other languages, and for callers that pass raw flags to the system.
//!
//! Rust programs do not need this module. It covers memory that Rust does not own, addresses
//! that foreign code may keep, operations that can be paused while the map changes, and flags
//! that are passed to the system as they are. The Python module of this project is built on it.
//!
//! The traits are implemented for [`Mmap`](crate::Mmap) and
//! [`MmapOptions`](crate::MmapOptions), and cannot be for other types.

pub use crate::lines::LineWindow;
pub use crate::matches::Matches;
pub use crate::mmap::atomic_ext::AtomicExt;
pub use crate::mmap::mmap_ext::MmapExt;
pub use crate::options::options_ext::MmapOptionsExt;
pub use crate::region::Reserved;
pub use crate::space::reserve_space;
#[cfg(unix)]
pub use crate::space::{overwrite_with_zeros, replace_with_zeros};
pub use crate::volatile::AtomicNumber;
