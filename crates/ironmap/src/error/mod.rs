//! Errors and their texts.
//!
//! An [`Error`] is one pointer wide and keeps numbers, not text: it costs one allocation on a
//! cold path, and its text is made when it is printed. If that allocation fails, the error is
//! a static out-of-memory error instead.

mod boxed;
mod cause;
mod fault;
mod system;
#[macro_use]
mod text;
mod guard;
mod io;

use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};

use boxed::Boxed;
pub(crate) use cause::{Cause, Place};
pub use fault::{Fault, FaultReason};
use text::Escaped;
pub(crate) use text::Text;

/// The result type of this crate.
///
/// ```
/// fn first_line(path: &str) -> ironmap::Result<Vec<u8>> {
///     let map = ironmap::Mmap::open(path)?;
///     let end = map.find(b"\n", ..)?.unwrap_or(map.len());
///     map.to_vec(..end)
/// }
///
/// assert_eq!(first_line("Cargo.toml")?, b"[package]");
/// # Ok::<(), ironmap::Error>(())
/// ```
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error type of this crate.
///
/// The type is opaque, so that later versions can add to it. Use
/// [`kind`](Error::kind) or a predicate to inspect it; its text is for people.
///
/// ```
/// let map = ironmap::Mmap::anonymous(16)?;
/// let error = map.to_vec(10..20).unwrap_err();
/// assert!(error.is_out_of_bounds());
/// assert_eq!(error.to_string(), "range 10..20 is out of bounds of a map of 16 bytes");
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone)]
pub struct Error(Boxed);

struct Inner {
    cause: Cause,
    /// The path of the file that could not be mapped, if the file was opened by path.
    path: Option<PathBuf>,
}

/// Drops text and path if there is no memory for them.
impl Clone for Inner {
    fn clone(&self) -> Inner {
        Inner {
            cause: self.cause.clone(),
            path: self.path.as_deref().and_then(copy_of_path),
        }
    }
}

fn copy_of_path(path: &Path) -> Option<PathBuf> {
    let mut copy = OsString::new();
    copy.try_reserve_exact(path.as_os_str().len()).ok()?;
    copy.push(path);
    Some(copy.into())
}

/// The kinds of [`Error`].
///
/// ```
/// use ironmap::{ErrorKind, Mmap, MmapOptions};
///
/// let kind = MmapOptions::new().anonymous().unwrap_err().kind();
/// assert_eq!(kind, ErrorKind::InvalidInput); // it has no length
///
/// let map = Mmap::open("Cargo.toml")?;
/// match map.byte(1 << 30) {
///     Ok(byte) => println!("{byte}"),
///     Err(error) if error.kind() == ErrorKind::OutOfBounds => println!("past the end"),
///     Err(error) => return Err(error),
/// }
/// # Ok::<(), ironmap::Error>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An index, range, stride or position reaches outside the map, or outside its view.
    OutOfBounds,
    /// The file has size 0, as the virtual files of `/proc` have, and the system refused to map
    /// a byte of it; [`Error::raw_os_error`] has the reason.
    EmptyFile,
    /// The file offset is at or past the file's end.
    OffsetPastEnd,
    /// File offset and length together reach past the file's end.
    LengthPastEnd,
    /// More bytes than an address space can hold.
    TooLarge,
    /// The file was changed while it was copied.
    Changed,
    /// The map's protection forbids reading.
    NotReadable,
    /// The map's protection forbids writing.
    NotWritable,
    /// A read-only map, or a private map of a file, cannot be resized.
    NotResizable,
    /// The operation needs the file, and the map keeps no descriptor of it
    /// ([`track_file(false)`]).
    ///
    /// [`track_file(false)`]: crate::MmapOptions::track_file
    Untracked,
    /// Shared anonymous memory cannot grow: no Unix system supports it.
    SharedAnonymousGrowth,
    /// The flags request a fixed address, which would replace the mapping that is there.
    FixedAddress,
    /// There is not enough private memory for the result.
    OutOfMemory,
    /// No map accepts this argument.
    InvalidInput,
    /// This system has no such operation.
    Unsupported,
    /// The pages touched are not available: the file became shorter, its
    /// disk is full, or it could not be read. [`Error::fault`] has the reason.
    Fault,
    /// The fault guard cannot be installed, or can no longer be switched off.
    FaultGuard,
    /// A system call failed; [`Error::raw_os_error`] has its error number.
    Os,
}

impl Error {
    #[cold]
    pub(crate) fn new(cause: Cause) -> Error {
        Error(Boxed::new(Inner { cause, path: None }))
    }

    #[cold]
    pub(crate) fn out_of_bounds(place: Place, len: usize) -> Error {
        Error::new(Cause::OutOfBounds {
            place,
            of: "map",
            len,
        })
    }

    /// Says that the place is outside a view, and not outside a map.
    #[cold]
    pub(crate) fn of_view(mut self) -> Error {
        if let Some(Cause::OutOfBounds { of, .. }) = self.0.as_mut().map(|inner| &mut inner.cause) {
            *of = "view";
        }
        self
    }

    #[cold]
    pub(crate) fn out_of_memory<T>(count: usize) -> Error {
        let bytes = count.saturating_mul(size_of::<T>());
        Error::new(Cause::OutOfMemory { bytes })
    }

    /// `what` names the call and its arguments: "mmap of 10 bytes".
    #[cold]
    pub(crate) fn os(what: Text, errno: i32) -> Error {
        Error::new(Cause::Os { what, errno })
    }

    /// Adds the path of the file that could not be mapped, if there is memory for it.
    #[cold]
    pub(crate) fn of_file(mut self, path: &Path) -> Error {
        if let Some(inner) = self.0.as_mut() {
            inner.path = copy_of_path(path);
        }
        self
    }

    /// Returns the kind of error.
    ///
    /// ```
    /// let error = ironmap::Mmap::anonymous(10)?.byte(10).unwrap_err();
    /// assert_eq!(error.kind(), ironmap::ErrorKind::OutOfBounds);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn kind(&self) -> ErrorKind {
        match self.0.cause {
            Cause::OutOfBounds { .. } => ErrorKind::OutOfBounds,
            Cause::EmptyFile { .. } => ErrorKind::EmptyFile,
            Cause::OffsetPastEnd { .. } => ErrorKind::OffsetPastEnd,
            Cause::LengthPastEnd { .. } => ErrorKind::LengthPastEnd,
            Cause::TooLarge { .. } => ErrorKind::TooLarge,
            Cause::Changed { .. } => ErrorKind::Changed,
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
            Cause::FaultGuard(_) => ErrorKind::FaultGuard,
            Cause::Os { .. } => ErrorKind::Os,
        }
    }

    /// Returns the size in bytes of a file that is too short: for
    /// [`OffsetPastEnd`](ErrorKind::OffsetPastEnd) and
    /// [`LengthPastEnd`](ErrorKind::LengthPastEnd), and for a
    /// [`Fault`](ErrorKind::Fault) if the file is known.
    ///
    /// ```
    /// let error = ironmap::MmapOptions::new().file_offset(1 << 30).open("Cargo.toml").unwrap_err();
    /// assert_eq!(error.file_size(), Some(std::fs::metadata("Cargo.toml")?.len()));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn file_size(&self) -> Option<u64> {
        match self.0.cause {
            Cause::OffsetPastEnd { size, .. } | Cause::LengthPastEnd { size, .. } => Some(size),
            Cause::Fault(fault) => fault.file_size,
            _ => None,
        }
    }

    /// Returns the details of a fault, if the error is one.
    ///
    /// ```
    /// let error = ironmap::Mmap::anonymous(10)?.byte(10).unwrap_err();
    /// assert_eq!(error.fault(), None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn fault(&self) -> Option<Fault> {
        match self.0.cause {
            Cause::Fault(fault) => Some(fault),
            _ => None,
        }
    }

    /// Returns whether the pages touched were not available.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(10_000)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(0)?; // as another process may do
    /// assert!(map.find(b"needle", ..).unwrap_err().is_fault());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_fault(&self) -> bool {
        self.kind() == ErrorKind::Fault
    }

    /// Returns the error number of a failed system call (`errno`, `GetLastError`), or
    /// [`Fault::raw_os_error`] of a fault.
    ///
    /// ```
    /// let error = ironmap::Mmap::open("no such file").unwrap_err();
    /// assert_eq!(error.raw_os_error(), Some(2)); // ENOENT, ERROR_FILE_NOT_FOUND
    /// ```
    pub fn raw_os_error(&self) -> Option<i32> {
        match self.0.cause {
            Cause::Os { errno, .. } | Cause::EmptyFile { errno } => Some(errno),
            Cause::Fault(fault) => Some(fault.raw_os_error()),
            _ => None,
        }
    }

    /// Returns whether an index, range, stride or position reached outside the map.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(10)?;
    /// assert!(map.to_vec(5..11).unwrap_err().is_out_of_bounds());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_out_of_bounds(&self) -> bool {
        self.kind() == ErrorKind::OutOfBounds
    }

    /// Returns whether the file is too short for the requested file offset or length.
    ///
    /// ```
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), "hello")?;
    /// let error = ironmap::MmapOptions::new().file_offset(6).open(file.path()).unwrap_err();
    /// assert!(error.is_past_end());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_past_end(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::OffsetPastEnd | ErrorKind::LengthPastEnd
        )
    }

    /// Returns whether the map's protection forbids the operation.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert!(map.set_byte(0, b'{').unwrap_err().is_protected());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_protected(&self) -> bool {
        matches!(self.kind(), ErrorKind::NotReadable | ErrorKind::NotWritable)
    }

    /// Returns whether this map can never be resized that way.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::open("Cargo.toml")?; // for reading
    /// assert!(map.resize(1).unwrap_err().is_not_resizable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_not_resizable(&self) -> bool {
        matches!(
            self.kind(),
            ErrorKind::NotResizable | ErrorKind::Untracked | ErrorKind::SharedAnonymousGrowth
        )
    }

    /// Returns whether this system lacks the operation.
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1000)?;
    /// match map.set_name(c"cache") {
    ///     Err(error) if error.is_unsupported() => println!("nameless, but usable"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn is_unsupported(&self) -> bool {
        self.kind() == ErrorKind::Unsupported
    }
}

/// Makes room for `count` more elements.
pub(crate) fn reserve<T>(vec: &mut Vec<T>, count: usize) -> Result<()> {
    vec.try_reserve(count)
        .map_err(|_| Error::out_of_memory::<T>(count))
}

/// Copies a slice.
pub(crate) fn copy_of<T: Copy>(slice: &[T]) -> Result<Vec<T>> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(slice.len())
        .map_err(|_| Error::out_of_memory::<T>(slice.len()))?;
    copy.extend_from_slice(slice);
    Ok(copy)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.0.path {
            write!(f, "{path:?}: ")?;
        }
        self.0.cause.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({:?}, \"", self.kind())?;
        write!(Escaped(f), "{self}")?;
        f.write_str("\")")
    }
}

impl std::error::Error for Error {}

/// Makes the error that an access to the damage would return, for callers of
/// [`Mmap::damage`](crate::Mmap::damage).
///
/// ```
/// # #[cfg(unix)] {
/// # let file = tempfile::tempfile()?;
/// # file.set_len(10_000)?;
/// # let map = ironmap::Mmap::map(&file)?;
/// # file.set_len(0)?;
/// # assert!(map.byte(0).is_err());
/// fn intact(map: &ironmap::Mmap) -> ironmap::Result<()> {
///     map.damage().map_or(Ok(()), |fault| Err(fault.into()))
/// }
/// assert!(intact(&map).unwrap_err().is_fault());
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl From<Fault> for Error {
    fn from(fault: Fault) -> Error {
        Error::new(Cause::Fault(fault))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_one_pointer_wide() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[cfg(unix)]
    #[cfg_attr(miri, ignore = "Miri has other words for the system's errors")]
    #[test]
    fn os_error_names_call_and_errno() {
        let error = Error::os(text!("mmap of 100 bytes at file offset 1"), 22);
        assert_eq!(
            error.to_string(),
            "mmap of 100 bytes at file offset 1 failed: Invalid argument (os error 22)"
        );
        assert_eq!(
            (error.kind(), error.raw_os_error()),
            (ErrorKind::Os, Some(22))
        );
    }

    #[test]
    fn error_display_has_numbers() {
        let text = |cause| Error::new(cause).to_string();
        assert_eq!(
            text(Cause::OutOfBounds {
                place: Place::Stride {
                    start: 3,
                    step: -2,
                    count: 9
                },
                of: "map",
                len: 16
            }),
            "a stride of 9 bytes from 3 by -2 is out of bounds of a map of 16 bytes"
        );
        assert_eq!(
            text(Cause::LengthPastEnd {
                file_offset: 4099,
                len: 10,
                size: 4100
            }),
            "10 bytes at file offset 4099 reach past the end of a file of 4100 bytes"
        );
        assert_eq!(
            text(Cause::FixedAddress { flags: 0x11 }),
            "flags 0x11 request a fixed address, which is not allowed"
        );
        assert_eq!(
            text(Cause::Unsupported { what: "prctl" }),
            "this system has no prctl"
        );
    }
}
