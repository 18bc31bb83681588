//! Windows: arguments of the constructor, methods, constants and errors.

pub(crate) mod bytes;
pub(crate) mod constants;
pub(crate) mod descriptor;
pub(crate) mod docs;
pub(crate) mod map_calls;
pub(crate) mod new_map;
pub(crate) mod open_helpers;
pub(crate) mod os_error;
pub(crate) mod own_methods;
