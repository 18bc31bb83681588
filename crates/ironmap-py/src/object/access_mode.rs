//! The access mode of a map: the module's `ACCESS_*`.

use std::ffi::c_int;

use ironmap::Access;

use crate::errors::Raised;
use crate::interpreter::Python;

/// The access mode, shown by `repr` and checked by `resize`, `protect` and exports.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccessMode {
    Default = 0,
    Read = 1,
    Write = 2,
    Copy = 3,
}

impl AccessMode {
    pub(crate) const ALL: [AccessMode; 4] = [
        AccessMode::Default,
        AccessMode::Read,
        AccessMode::Write,
        AccessMode::Copy,
    ];

    /// Returns the mode of an `ACCESS_*` number.
    pub(crate) fn from_number(number: c_int) -> Option<AccessMode> {
        AccessMode::ALL
            .into_iter()
            .find(|mode| mode.number() == number)
    }

    /// Returns the mode that was cast to a `u8`.
    pub(crate) fn from_u8(number: u8) -> AccessMode {
        AccessMode::ALL[usize::from(number)]
    }

    pub(crate) fn number(self) -> c_int {
        self as c_int
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            AccessMode::Default => "ACCESS_DEFAULT",
            AccessMode::Read => "ACCESS_READ",
            AccessMode::Write => "ACCESS_WRITE",
            AccessMode::Copy => "ACCESS_COPY",
        }
    }

    /// Returns the core's access for this mode.
    pub(crate) fn core_access(self) -> Access {
        match self {
            AccessMode::Default | AccessMode::Write => Access::Write,
            AccessMode::Read => Access::Read,
            AccessMode::Copy => Access::Copy,
        }
    }

    /// Returns whether changes reach the file.
    pub(crate) fn flushes(self) -> bool {
        matches!(self, AccessMode::Default | AccessMode::Write)
    }
}

#[cold]
pub(crate) fn invalid_access(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"mmap invalid access parameter.")
}
