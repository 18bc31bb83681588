//! Failures, from the core's errors to Python's exceptions.

pub(crate) mod exceptions;
pub(crate) mod map_error;
pub(crate) mod message;

pub(crate) use crate::interpreter::{PyResult, Raised};
pub(crate) use exceptions::{make_fault_class, os_error_class};
pub(crate) use map_error::{
    MapError, NOT_READABLE, NOT_RESIZABLE, NOT_WRITABLE, OrRaise, UNTRACKED, check_writable,
};
