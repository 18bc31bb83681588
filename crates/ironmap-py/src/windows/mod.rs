//! What is Windows' own: its constructor, methods, numbers and errors. `unix/` has
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
