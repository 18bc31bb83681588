//! The interpreter's C interface behind safe functions and types.

pub(crate) mod capi;
pub(crate) mod objects;
pub(crate) mod python;
pub(crate) mod raised;
pub(crate) mod reference;
pub(crate) mod shutdown;
