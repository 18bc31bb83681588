//! The interpreter's C interface behind safe functions and types.

pub(crate) mod audit;
pub(crate) mod capi;
pub(crate) mod head;
pub(crate) mod objects;
pub(crate) mod own;
mod python;
mod raised;
mod reference;
mod section;
pub(crate) mod shutdown;

pub(crate) use own::Own;
pub(crate) use python::{Python, version};
pub(crate) use raised::{PyResult, Raised, SavedException, check_signals, done, owned};
pub(crate) use reference::{Borrowed, Owned, SharedRef, StoredRef};
pub(crate) use section::alone;
