//! Arguments: from Python's objects to Rust's values.

mod arguments;
pub(crate) mod buffer;
mod callback;
pub(crate) mod conversion;
mod keywords;
pub(crate) mod offsets;
mod slice;
mod span;

pub(crate) use arguments::{Argument, Arguments};
pub(crate) use callback::Callback;
pub(crate) use keywords::Keywords;
pub(crate) use slice::Slice;
pub(crate) use span::{AtPosition, Span, Spans};
