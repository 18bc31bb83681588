//! What can go wrong, and what is said about it.
//!
//! An [`Error`] is one pointer wide and keeps numbers, not text: making one
//! costs an allocation on a cold path, and the words are put together only
//! when someone prints them.

use std::fmt;
use std::io;

/// What the operations of this crate return.
pub type Result<T> = std::result::Result<T, Error>;

/// Why an operation on a map was refused or failed.
///
/// The type is opaque, so that later versions can say more. Ask it with
/// [`kind`](Error::kind) or a predicate; print it for people.
///
/// ```
/// let map = ironmap::Mmap::anonymous(16)?;
/// let error = map.to_vec(10..20).unwrap_err();
/// assert!(error.is_out_of_bounds());
/// assert_eq!(error.to_string(), "range 10..20 is out of bounds of a map of 16 bytes");
/// # Ok::<(), ironmap::Error>(())
/// ```
pub struct Error(Box<Cause>);

/// The kinds of [`Error`].
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An index, range, stride or position reaches outside the map.
    OutOfBounds,
    /// The whole of an empty file was to be mapped.
    EmptyFile,
    /// The file offset is at or behind the file's end.
    OffsetPastEnd,
    /// File offset and length together reach behind the file's end.
    LengthPastEnd,
    /// More bytes than an address space can hold.
    TooLarge,
    /// The map's protection forbids reading.
    NotReadable,
    /// The map's protection forbids writing.
    NotWritable,
    /// A read-only map, or a private map of a file, was to be resized.
    NotResizable,
    /// The operation needs the file, and [`track_file(false)`] let go of it.
    ///
    /// [`track_file(false)`]: crate::MmapOptions::track_file
    Untracked,
    /// Shared anonymous memory was to grow; no system can do that.
    SharedAnonymousGrowth,
    /// The flags ask for a fixed address, which would replace whatever is
    /// mapped there.
    FixedAddress,
    /// Private memory for the result could not be had.
    OutOfMemory,
    /// An argument that no map could accept.
    InvalidInput,
    /// This system has no such operation.
    Unsupported,
    /// The pages touched could not be had: the file is too short by now, its
    /// disk is full, or could not be read. [`Error::fault`] says which.
    Fault,
    /// A system call failed; [`Error::raw_os_error`] says how.
    Os,
}

/// Why the pages that an access touched could not be had.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultReason {
    /// The file ends before them: somebody made it shorter.
    FileTooShort,
    /// The file system has no space for them.
    NoSpace,
    /// They could not be read or written; or why is not known, because the
    /// reason is gone by now or the map keeps no descriptor of its file.
    Unreadable,
    /// The map was closed, or resized away from them: see
    /// [`Reserved`](crate::Reserved).
    Unmapped,
}

/// What is known of a fault: the damage that an access ran into.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The first damaged byte of those that were touched, as an index into the
    /// map.
    pub at: usize,
    /// How long the file is now; `None` if the map keeps no descriptor of it.
    pub file_size: Option<u64>,
    /// Why, as far as it can be known.
    pub reason: FaultReason,
    /// The number of the system that stands for it.
    pub(crate) code: i32,
}

impl Fault {
    /// The `errno` that stands for it: `ENOSPC` where space is short, else `EIO`. On
    /// Windows the number of what the system says: that of the in-page error's status
    /// (`RtlNtStatusToDosError`), or `ERROR_NOACCESS`.
    pub fn raw_os_error(&self) -> i32 {
        self.code
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page of byte {} could not be had: ", self.at)?;
        match self.reason {
            FaultReason::FileTooShort => write!(f, "the file is too short")?,
            FaultReason::NoSpace => write!(f, "its file system is full")?,
            FaultReason::Unreadable => write!(f, "it could not be read or written")?,
            FaultReason::Unmapped => write!(f, "the map was closed, or resized away from it")?,
        }
        match self.file_size {
            Some(size) => write!(f, " (it has {size} bytes now)"),
            None => Ok(()),
        }
    }
}

/// One variant for each message.
#[derive(Debug)]
pub(crate) enum Cause {
    OutOfBounds {
        place: Place,
        len: usize,
    },
    EmptyFile,
    OffsetPastEnd {
        file_offset: u64,
        size: u64,
    },
    LengthPastEnd {
        file_offset: u64,
        len: usize,
        size: u64,
    },
    TooLarge {
        bytes: u64,
    },
    NotReadable,
    NotWritable,
    NotResizable,
    Untracked,
    // Windows copies what is to grow.
    #[cfg_attr(windows, allow(dead_code))]
    SharedAnonymousGrowth {
        from: usize,
        to: usize,
    },
    FixedAddress {
        flags: i32,
    },
    OutOfMemory {
        bytes: usize,
    },
    InvalidInput(String),
    Fault(Fault),
    // Linux has all of it.
    #[cfg_attr(target_os = "linux", allow(dead_code))]
    Unsupported {
        what: &'static str,
    },
    Os {
        what: String,
        errno: i32,
    },
}

/// What was to be inside a map and is not.
#[derive(Debug)]
pub(crate) enum Place {
    Byte(usize),
    Range {
        start: usize,
        end: usize,
    },
    Stride {
        start: usize,
        step: isize,
        count: usize,
    },
    Position(usize),
}

impl Error {
    #[cold]
    pub(crate) fn new(cause: Cause) -> Error {
        Error(Box::new(cause))
    }

    #[cold]
    pub(crate) fn out_of_bounds(place: Place, len: usize) -> Error {
        Error::new(Cause::OutOfBounds { place, len })
    }

    /// `what` names the call and its arguments: "mmap of 10 bytes".
    #[cold]
    pub(crate) fn os(what: String, errno: i32) -> Error {
        Error::new(Cause::Os { what, errno })
    }

    /// Which kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Cause::OutOfBounds { .. } => ErrorKind::OutOfBounds,
            Cause::EmptyFile => ErrorKind::EmptyFile,
            Cause::OffsetPastEnd { .. } => ErrorKind::OffsetPastEnd,
            Cause::LengthPastEnd { .. } => ErrorKind::LengthPastEnd,
            Cause::TooLarge { .. } => ErrorKind::TooLarge,
            Cause::NotReadable => ErrorKind::NotReadable,
            Cause::NotWritable => ErrorKind::NotWritable,
            Cause::NotResizable => ErrorKind::NotResizable,
            Cause::Untracked => ErrorKind::Untracked,
            Cause::SharedAnonymousGrowth { .. } => ErrorKind::SharedAnonymousGrowth,
            Cause::FixedAddress { .. } => ErrorKind::FixedAddress,
            Cause::OutOfMemory { .. } => ErrorKind::OutOfMemory,
            Cause::InvalidInput(_) => ErrorKind::InvalidInput,
            Cause::Unsupported { .. } => ErrorKind::Unsupported,
            Cause::Fault(_) => ErrorKind::Fault,
            Cause::Os { .. } => ErrorKind::Os,
        }
    }

    /// What is known of the fault, if this is one.
    pub fn fault(&self) -> Option<Fault> {
        match *self.0 {
            Cause::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// Whether the pages touched could not be had.
    pub fn is_fault(&self) -> bool {
        self.kind() == ErrorKind::Fault
    }

    /// The number the system call failed with (`errno`, `GetLastError`), where one did; the one
    /// that stands for a fault, where there was one.
    pub fn raw_os_error(&self) -> Option<i32> {
        match *self.0 {
            Cause::Os { errno, .. } => Some(errno),
            Cause::Fault(fault) => Some(fault.raw_os_error()),
            _ => None,
        }
    }

    /// Whether an index, range, stride or position reached outside the map.
    pub fn is_out_of_bounds(&self) -> bool {
        self.kind() == ErrorKind::OutOfBounds
    }

    /// Whether the whole of an empty file was to be mapped.
    pub fn is_empty_file(&self) -> bool {
        self.kind() == ErrorKind::EmptyFile
    }

    /// Whether the file is too short for the file offset or the length asked for.
    pub fn is_past_end(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::OffsetPastEnd | ErrorKind::LengthPastEnd
        )
    }

    /// Whether the map's protection forbids what was asked.
    pub fn is_protected(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotReadable | ErrorKind::NotWritable)
    }

    /// Whether this map can never be resized that way.
    pub fn is_not_resizable(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::NotResizable | ErrorKind::Untracked | ErrorKind::SharedAnonymousGrowth
        )
    }

    /// Whether this system has no such operation.
    pub fn is_unsupported(&self) -> bool {
        self.kind() == ErrorKind::Unsupported
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Cause::OutOfBounds { place, len } => {
                write!(f, "{place} is out of bounds of a map of {len} bytes")
            }
            Cause::EmptyFile => write!(f, "an empty file cannot be mapped"),
            Cause::OffsetPastEnd { file_offset, size } => {
                write!(
                    f,
                    "file offset {file_offset} is not inside a file of {size} bytes"
                )
            }
            Cause::LengthPastEnd {
                file_offset,
                len,
                size,
            } => write!(
                f,
                "{len} bytes at file offset {file_offset} reach past the end of a file of {size} bytes"
            ),
            Cause::TooLarge { bytes } => {
                write!(f, "{bytes} bytes are more than an address space can hold")
            }
            Cause::NotReadable => write!(f, "the map's protection forbids reading"),
            Cause::NotWritable => write!(f, "the map's protection forbids writing"),
            Cause::NotResizable => {
                write!(
                    f,
                    "read-only maps and private maps of files cannot be resized"
                )
            }
            Cause::Untracked => {
                write!(
                    f,
                    "the map does not track its file, so this is not possible"
                )
            }
            Cause::SharedAnonymousGrowth { from, to } => {
                write!(
                    f,
                    "shared anonymous memory cannot grow (from {from} to {to} bytes)"
                )
            }
            Cause::FixedAddress { flags } => {
                write!(
                    f,
                    "flags {flags:#x} ask for a fixed address, which is refused"
                )
            }
            Cause::OutOfMemory { bytes } => write!(f, "no memory for {bytes} bytes"),
            Cause::InvalidInput(message) => f.write_str(message),
            Cause::Fault(fault) => fault.fmt(f),
            Cause::Unsupported { what } => write!(f, "this system has no {what}"),
            Cause::Os { what, errno } => {
                write!(f, "{what} failed: {}", io::Error::from_raw_os_error(*errno))
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Byte(at) => write!(f, "byte {at}"),
            Place::Range { start, end } => write!(f, "range {start}..{end}"),
            Place::Stride { start, step, count } => {
                write!(f, "a stride of {count} bytes from {start} by {step}")
            }
            Place::Position(at) => write!(f, "position {at}"),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?})", self.0)
    }
}

impl std::error::Error for Error {}

/// The kind is the one `std` would give and the message is ours.
///
/// An `io::Error` holds either a message or a raw number. It gets the message
/// here, so its own `raw_os_error()` is `None`; the number is one step further:
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
            | ErrorKind::EmptyFile
            | ErrorKind::OffsetPastEnd
            | ErrorKind::LengthPastEnd
            | ErrorKind::FixedAddress
            | ErrorKind::InvalidInput => io::ErrorKind::InvalidInput,
            ErrorKind::TooLarge => io::ErrorKind::FileTooLarge,
            ErrorKind::NotReadable | ErrorKind::NotWritable => io::ErrorKind::PermissionDenied,
            ErrorKind::NotResizable
            | ErrorKind::Untracked
            | ErrorKind::SharedAnonymousGrowth
            | ErrorKind::Unsupported => io::ErrorKind::Unsupported,
            ErrorKind::OutOfMemory => io::ErrorKind::OutOfMemory,
            ErrorKind::Fault | ErrorKind::Os => match error.raw_os_error() {
                Some(errno) => io::Error::from_raw_os_error(errno).kind(),
                None => io::ErrorKind::Other,
            },
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[cfg(unix)]
    #[test]
    fn says_which_call_failed_and_how() {
        let error = Error::os("mmap of 4096 bytes at file offset 1".into(), 22);
        assert_eq!(
            error.to_string(),
            "mmap of 4096 bytes at file offset 1 failed: Invalid argument (os error 22)"
        );
        assert_eq!(
            (error.kind(), error.raw_os_error()),
            (ErrorKind::Os, Some(22))
        );
    }

    #[test]
    fn becomes_the_io_error_std_would_give() {
        let denied = if cfg!(windows) { 5 } else { 13 };
        let error = io::Error::from(Error::os("open".into(), denied));
        assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
        assert!(error.to_string().starts_with("open failed: "));
        let error = io::Error::from(Error::new(Cause::TooLarge { bytes: 1 }));
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn every_kind_prints_its_numbers() {
        let text = |cause| Error::new(cause).to_string();
        assert_eq!(
            text(Cause::OutOfBounds {
                place: Place::Stride {
                    start: 3,
                    step: -2,
                    count: 9
                },
                len: 16
            }),
            "a stride of 9 bytes from 3 by -2 is out of bounds of a map of 16 bytes"
        );
        assert_eq!(
            text(Cause::LengthPastEnd {
                file_offset: 4096,
                len: 10,
                size: 4100
            }),
            "10 bytes at file offset 4096 reach past the end of a file of 4100 bytes"
        );
        assert_eq!(
            text(Cause::FixedAddress { flags: 0x11 }),
            "flags 0x11 ask for a fixed address, which is refused"
        );
        assert_eq!(
            text(Cause::Unsupported { what: "prctl" }),
            "this system has no prctl"
        );
    }
}
