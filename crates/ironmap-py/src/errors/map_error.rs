//! Why an operation on a map failed, before it is an exception.

use std::ffi::CStr;

use ironmap::{Error, Fault, Mmap};

use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;

// What the core says, too, where the seam says it before other refusals.
pub(crate) const NOT_READABLE: &CStr = c"mmap can't read a map without PROT_READ.";
pub(crate) const NOT_WRITABLE: &CStr = c"mmap can't modify a readonly memory map.";
pub(crate) const NOT_RESIZABLE: &CStr =
    c"mmap can't resize a readonly or copy-on-write memory map.";
pub(crate) const UNTRACKED: &CStr = c"mmap can't resize with trackfd=False.";

/// Before anything else is said of a store.
#[inline]
pub(crate) fn check_writable(map: &Mmap) -> Result<(), MapError> {
    if map.is_writable() {
        return Ok(());
    }
    Err(MapError::Type(NOT_WRITABLE))
}

/// Why an operation on the map failed, before it is an exception.
///
/// To make an exception can run user code (it allocates, which can start a
/// garbage collection, which can call a `__del__` that closes the map). So
/// nothing of the map may be held then: code that borrows it or holds a guard
/// returns a refusal, and the exception is made when that is over.
#[derive(Debug)]
pub(crate) enum MapError {
    Value(&'static CStr),
    Index(&'static CStr),
    Type(&'static CStr),
    // Of advice, which Windows takes none of.
    #[cfg_attr(windows, allow(dead_code))]
    Overflow(&'static CStr),
    Buffer(&'static CStr),
    Core(Error),
}

impl From<Error> for MapError {
    fn from(error: Error) -> MapError {
        MapError::Core(error)
    }
}

impl MapError {
    pub(crate) fn fault(&self) -> Option<Fault> {
        match self {
            MapError::Core(error) => error.fault(),
            _ => None,
        }
    }

    #[cold]
    pub(crate) fn raise(self, py: Python<'_>) -> Raised {
        match self {
            MapError::Value(text) => Raised::value_error(py, text),
            MapError::Index(text) => Raised::index_error(py, text),
            MapError::Type(text) => Raised::type_error(py, text),
            MapError::Overflow(text) => Raised::overflow_error(py, text),
            MapError::Buffer(text) => Raised::buffer_error(py, text),
            MapError::Core(error) => Raised::from_core(py, error),
        }
    }
}

pub(crate) trait OrRaise<T> {
    /// Makes the exception. Nothing of a map is held here.
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for Result<T, MapError> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| error.raise(py))
    }
}

impl<T> OrRaise<T> for Result<T, Error> {
    #[inline]
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| Raised::from_core(py, error))
    }
}
