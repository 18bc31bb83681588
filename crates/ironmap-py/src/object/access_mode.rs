//! What a map may be used for: the module's `ACCESS_*`.

use std::ffi::c_int;

use ironmap::Access;

use crate::errors::Raised;
use crate::interpreter::Python;

/// What `repr` shows, and what the module's access rules go by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Default = 0,
    Read = 1,
    Write = 2,
    Copy = 3,
}

impl Mode {
    pub(crate) const ALL: [Mode; 4] = [Mode::Default, Mode::Read, Mode::Write, Mode::Copy];

    /// The constant of that number.
    pub(crate) fn from_number(number: c_int) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.number() == number)
    }

    /// What was cast to a `u8`.
    pub(crate) fn from_u8(number: u8) -> Mode {
        Mode::ALL[usize::from(number)]
    }

    pub(crate) fn number(self) -> c_int {
        self as c_int
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Default => "ACCESS_DEFAULT",
            Mode::Read => "ACCESS_READ",
            Mode::Write => "ACCESS_WRITE",
            Mode::Copy => "ACCESS_COPY",
        }
    }

    /// What the core maps for it.
    pub(crate) fn core_access(self) -> Access {
        match self {
            Mode::Default | Mode::Write => Access::Write,
            Mode::Read => Access::Read,
            Mode::Copy => Access::Copy,
        }
    }

    /// Whether its changes reach the file.
    pub(crate) fn flushes(self) -> bool {
        matches!(self, Mode::Default | Mode::Write)
    }
}

#[cold]
pub(crate) fn invalid_access(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"mmap invalid access parameter.")
}
