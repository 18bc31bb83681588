//! The project's documents, as pages of this reference.
//!
//! Here they can be searched, and the names in them are one click away. They speak of
//! the whole project, so also of its Python module.

/// Why ironmap is built as it is.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../DESIGN.md")]
pub mod design {}

/// What the `unsafe` code relies on, by name, and what remains unproven.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../SAFETY.md")]
pub mod safety {}

/// When another process makes a file shorter: what becomes an error, what does not, and what
/// to do where other code uses SIGBUS, too.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../FAULTS.md")]
pub mod faults {}

/// What was run where, and what is different on Windows.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../PLATFORM.md")]
pub mod platform {}

/// ironmap beside memmap2, numpy.memmap, Java, Boost and .NET.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../COMPARE.md")]
pub mod compare {}

/// What has changed, in the words of those who use it.
#[doc = ""]
#[doc = include_str!("documents/links.md")]
#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}
