//! Errors of the guard against SIGBUS, as this crate's.

use super::{Cause, Error, Fault, FaultReason};

impl Error {
    /// Returns the error of a guard that cannot be put in place.
    #[cold]
    pub(crate) fn of_guard(error: sigbus_guard::Error) -> Error {
        match error {
            sigbus_guard::Error::SystemCall { call, errno } => Error::os(text!("{call}"), errno),
            sigbus_guard::Error::OutOfMemory { bytes } => Error::new(Cause::OutOfMemory { bytes }),
            // The version is pinned: there are no others.
            other => Error::new(Cause::FaultGuard(text!("{other}"))),
        }
    }

    /// Returns the error of an access that met this fault.
    #[cold]
    pub(crate) fn of_fault(fault: sigbus_guard::Fault) -> Error {
        Error::new(Cause::Fault(Fault::of_guard(fault)))
    }
}

impl Fault {
    /// Returns what the guard says of a lost page.
    pub(crate) fn of_guard(fault: sigbus_guard::Fault) -> Fault {
        use sigbus_guard::FaultReason as Reason;
        Fault {
            at: fault.at,
            file_size: fault.file_size,
            reason: match fault.reason {
                Reason::FileTooShort => FaultReason::FileTooShort,
                Reason::NoSpace => FaultReason::NoSpace,
                Reason::LeftBehind => FaultReason::LeftBehind,
                _ => FaultReason::Unreadable,
            },
            changes_lost: fault.changes_lost,
            code: fault.code,
        }
    }
}
