//! Errors of operations on a map, before they become exceptions.

use std::ffi::CStr;

use ironmap::{Error, Fault, Mmap};

use crate::errors::{PyResult, Raised};
use crate::interpreter::Python;

// Texts that the bindings use before the core would report the same error.
pub(crate) const NOT_READABLE: &CStr = c"mmap can't read a map without PROT_READ.";
pub(crate) const NOT_WRITABLE: &CStr = c"mmap can't modify a readonly memory map.";
pub(crate) const NOT_RESIZABLE: &CStr =
    c"mmap can't resize a readonly or copy-on-write memory map.";
pub(crate) const UNTRACKED: &CStr = c"mmap can't resize with trackfd=False.";

/// Checks that the map is writable, before the other checks of a store.
#[inline]
pub(crate) fn check_writable(map: &Mmap) -> Result<(), MapError> {
    if map.is_writable() {
        return Ok(());
    }
    Err(MapError::Type(NOT_WRITABLE))
}

/// `EINVAL` of every Unix. The calls of Windows have no error of this number.
const EINVAL: i32 = 22;

/// The error of an operation on a map.
///
/// Making an exception can run user code: the allocation can start a garbage collection, which
/// can call a `__del__` that closes the map. So code that borrows the map or holds a lock guard
/// returns a `MapError`, and its caller makes the exception when nothing of the map is held.
#[derive(Debug)]
pub(crate) enum MapError {
    Value(&'static CStr),
    Index(&'static CStr),
    Type(&'static CStr),
    // Unused on Windows: only madvise overflows.
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

    /// Returns whether the system calls an argument invalid.
    pub(crate) fn is_invalid_argument(&self) -> bool {
        matches!(self, MapError::Core(error) if error.raw_os_error() == Some(EINVAL))
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
    /// Raises the error as an exception. Nothing of a map is held here.
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
