//! What is Unix's own: its constructor, methods, numbers and errors. `windows/` has
//! the same functions under the same names.

pub(crate) mod bytes;
pub(crate) mod class;
pub(crate) mod constants;
pub(crate) mod descriptor;
pub(crate) mod docs;
pub(crate) mod error;
pub(crate) mod files;
pub(crate) mod memory;
pub(crate) mod new;
#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) mod pages;
