//! The interpreter's C interface behind safe functions and types.

pub(crate) mod audit;
pub(crate) mod capi;
pub(crate) mod objects;
mod python;
mod raised;
mod reference;
pub(crate) mod shutdown;

pub(crate) use python::{Python, is_main_interpreter, version};
pub(crate) use raised::{PyResult, Raised, SavedException, check_signals, done, owned};
pub(crate) use reference::{Borrowed, Owned, StaticRef, StoredRef};
