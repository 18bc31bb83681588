//! For bindings to other languages, and for those who know the system's numbers.
//!
//! A program in Rust needs nothing of it: what is here is about memory that Rust does
//! not own, addresses that foreign code may keep, operations that have to be left
//! and taken up again because anything may happen to the map in between, and flags that
//! are passed through to the system. The Python module of this project is built on it.
//!
//! The traits are implemented for [`Mmap`](crate::Mmap) and
//! [`MmapOptions`](crate::MmapOptions), and cannot be for other types.

pub use crate::lines::LineWindow;
pub use crate::matches::Matches;
pub use crate::mmap::mmap_ext::MmapExt;
pub use crate::options::options_ext::MmapOptionsExt;
pub use crate::region::Reserved;
pub use crate::space::reserve_space;
#[cfg(unix)]
pub use crate::space::{overwrite_with_zeros, replace_with_zeros};
