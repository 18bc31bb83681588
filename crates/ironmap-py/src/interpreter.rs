//! The interpreter's C interface behind safe functions and types.

pub(crate) mod audit;
pub(crate) mod capi;
mod critical_section;
pub(crate) mod object_header;
pub(crate) mod objects;
pub(crate) mod per_interpreter;
mod python;
mod raised;
mod reference;
pub(crate) mod shutdown;

pub(crate) use critical_section::in_critical_section;
pub(crate) use per_interpreter::PerInterpreter;
pub(crate) use python::{Python, version};
pub(crate) use raised::{PyResult, Raised, SavedException, check_signals, done, owned};
pub(crate) use reference::{Borrowed, Owned, SharedRef, StoredRef};
