//! The access mode of a map: the module's `ACCESS_*`.

use std::ffi::c_int;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

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
    fn flushes(self) -> bool {
        matches!(self, AccessMode::Default | AccessMode::Write)
    }
}

/// The access mode of an object, which `protect` changes.
pub(super) struct CurrentMode {
    mode: AtomicU8,
    /// True if changes of this mode, or of an earlier one, reach the file.
    flushes: AtomicBool,
}

impl CurrentMode {
    pub(super) fn new(mode: AccessMode) -> CurrentMode {
        CurrentMode {
            mode: AtomicU8::new(mode as u8),
            flushes: AtomicBool::new(mode.flushes()),
        }
    }

    pub(super) fn get(&self) -> AccessMode {
        AccessMode::ALL[usize::from(self.mode.load(Ordering::Relaxed))]
    }

    pub(super) fn set(&self, mode: AccessMode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
        self.flushes.fetch_or(mode.flushes(), Ordering::Relaxed);
    }

    pub(super) fn flushes(&self) -> bool {
        self.flushes.load(Ordering::Relaxed)
    }
}

#[cold]
pub(crate) fn invalid_access(py: Python<'_>) -> Raised {
    Raised::value_error(py, c"mmap invalid access parameter.")
}
