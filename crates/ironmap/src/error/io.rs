//! The conversion to `std`'s error.

use std::io;

use super::{Error, ErrorKind, FaultReason};

/// Keeps the message, and gives the kind that `std` would give. A fault is `UnexpectedEof` if the
/// file is too short, `StorageFull` if its file system is full, and else `Other`.
///
/// An `io::Error` holds either a message or a raw number. Here it holds the message, so its
/// `raw_os_error()` is `None`; the inner error has the number:
///
/// ```
/// let error = ironmap::Mmap::open("no such file").unwrap_err();
/// let error = std::io::Error::from(error);
/// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
/// let inner = error.get_ref().and_then(|e| e.downcast_ref::<ironmap::Error>());
/// assert_eq!(inner.unwrap().raw_os_error(), Some(2));
/// ```
impl From<Error> for io::Error {
    fn from(error: Error) -> io::Error {
        let kind = match error.kind() {
            ErrorKind::OutOfBounds
            | ErrorKind::OffsetPastEnd
            | ErrorKind::LengthPastEnd
            | ErrorKind::FixedAddress
            | ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::Changed => io::ErrorKind::ResourceBusy,
            ErrorKind::TooLarge => io::ErrorKind::FileTooLarge,
            ErrorKind::NotReadable | ErrorKind::NotWritable => io::ErrorKind::PermissionDenied,
            ErrorKind::NotResizable
            | ErrorKind::Untracked
            | ErrorKind::SharedAnonymousGrowth
            | ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::OutOfMemory => io::ErrorKind::OutOfMemory,
            ErrorKind::FaultGuard => io::ErrorKind::Other,
            ErrorKind::Fault => kind_of_fault(&error),
            ErrorKind::EmptyFile | ErrorKind::Os => match error.raw_os_error() {
                Some(errno) => io::Error::from_raw_os_error(errno).kind(),
                None => io::ErrorKind::Other,
            },
        };
        // It allocates two small boxes. Without memory for them, only the kind is kept.
        if Vec::<u8>::new().try_reserve(BOXES).is_err() {
            return kind.into();
        }
        io::Error::new(kind, error)
    }
}

fn kind_of_fault(error: &Error) -> io::ErrorKind {
    match error.fault().map(|fault| fault.reason) {
        Some(FaultReason::FileTooShort) => io::ErrorKind::UnexpectedEof,
        Some(FaultReason::NoSpace) => io::ErrorKind::StorageFull,
        _ => io::ErrorKind::Other,
    }
}

/// More bytes than an `io::Error` allocates.
const BOXES: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Cause;

    #[test]
    fn io_error_from_error_has_std_kind() {
        let denied = if cfg!(windows) { 5 } else { 13 };
        let error = io::Error::from(Error::os(text!("open"), denied));
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(error.to_string().starts_with("open failed: "));
        let error = io::Error::from(Error::new(Cause::TooLarge { bytes: 1 }));
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
