//! What a map may be used for: the module's `ACCESS_*`.

use std::ffi::c_int;

use ironmap::Access;

use crate::errors::Raised;
use crate::interpreter::Python;

/// What `repr` shows, and what the module's access rules go by.
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

    /// The constant of that number.
    pub(crate) fn from_number(number: c_int) -> Option<AccessMode> {
        AccessMode::ALL
            .into_iter()
            .find(|mode| mode.number() == number)
    }

    /// What was cast to a `u8`.
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

    /// What the core maps for it.
    pub(crate) fn core_access(self) -> Access {
        match self {
            AccessMode::Default | AccessMode::Write => Access::Write,
            AccessMode::Read => Access::Read,
            AccessMode::Copy => Access::Copy,
        }
    }

    /// Whether its changes reach the file.
    pub(crate) fn flushes(self) -> bool {
        matches!(self, AccessMode::Default | AccessMode::Write)
    }
}

#[cold]
pub(crate) fn invalid_access(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"mmap invalid access parameter.")
}
