//! The project's documents, as pages of this reference.
//!
//! They cover the whole project, with its Python module.

/// The design of ironmap, and its reasons.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../DESIGN.md")]
pub mod design {}

/// The invariants of the `unsafe` code, by name, and what remains unproven.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../SAFETY.md")]
pub mod safety {}

/// Another process makes a file shorter: what becomes an error, what does not, and what
/// to do if other code uses SIGBUS, too.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../FAULTS.md")]
pub mod faults {}

/// The systems that ironmap was run on, and what differs on Windows.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../PLATFORM.md")]
pub mod platform {}

/// A comparison with memmap2, numpy.memmap, Java, Boost and .NET.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../COMPARE.md")]
pub mod compare {}

/// The changes that users see.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}
