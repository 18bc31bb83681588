//! The description of a fault.

use std::fmt;

/// The reason why the pages that an access touched are not available.
///
/// ```
/// use ironmap::{Error, FaultReason};
///
/// /// Returns whether it makes sense to try again later.
/// fn may_pass(error: &Error) -> bool {
///     error.fault().is_some_and(|fault| fault.reason == FaultReason::NoSpace)
/// }
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultReason {
    /// The file ends before them, because it became shorter.
    FileTooShort,
    /// The file system has no space for them.
    NoSpace,
    /// They could not be read or written. Also reported if the reason is unknown: it no longer
    /// holds, or the map keeps no descriptor of its file.
    Unreadable,
    /// The map was closed, or a resize moved or cut it, while foreign code used its address (in the
    /// Python module).
    Unmapped,
    /// Mapping the file again failed halfway, and other memory now has the map's addresses, so
    /// the map is empty. (This needs a system without memory.)
    AddressTaken,
    /// This process is a forked child, and the parent excluded them from children
    /// (`MADV_DONTFORK`).
    LeftBehind,
}

/// A fault: the damage that an access hit.
///
/// ```
/// # #[cfg(unix)] {
/// use ironmap::{FaultReason, MmapOptions};
///
/// let file = tempfile::tempfile()?;
/// file.set_len(1 << 20)?;
/// let map = MmapOptions::new().map(&file)?;
/// file.set_len(100)?;
///
/// let fault = map.byte(1_000_000).unwrap_err().fault().unwrap();
/// assert_eq!(fault.reason, FaultReason::FileTooShort);
/// assert_eq!(fault.file_size, Some(100));
/// assert_eq!(fault.at, 1_000_000);
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fault {
    /// The index in the map of the first damaged byte in the accessed range.
    pub at: usize,
    /// The file's size now, in bytes; `None` if the map keeps no descriptor of it, or the file
    /// is not the reason.
    pub file_size: Option<u64>,
    /// The reason, as far as it is known.
    pub reason: FaultReason,
    /// Set if zeros replaced a whole private map and all its changes. This happens if the
    /// system has no area left for the damaged page alone (`mmap` fails with `ENOMEM`) and the
    /// spare pages are used up.
    pub changes_lost: bool,
    /// The system's error number for it.
    pub(crate) code: i32,
}

impl Fault {
    /// Returns the `errno` for the fault: `ENOSPC` for a full file system, else `EIO`. On
    /// Windows returns the error of the in-page error's status (`RtlNtStatusToDosError`), or
    /// `ERROR_NOACCESS`.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let file = tempfile::tempfile()?;
    /// file.set_len(10_000)?;
    /// let map = ironmap::MmapOptions::new().map(&file)?;
    /// file.set_len(0)?;
    ///
    /// let fault = map.byte(5000).unwrap_err().fault().unwrap();
    /// assert_eq!(fault.raw_os_error(), 5); // EIO
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn raw_os_error(&self) -> i32 {
        self.code
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the page of byte {} is not available: ", self.at)?;
        match self.reason {
            FaultReason::FileTooShort => write!(f, "the file is too short")?,
            FaultReason::NoSpace => write!(f, "its file system is full")?,
            FaultReason::Unreadable => write!(f, "it could not be read or written")?,
            FaultReason::Unmapped => write!(f, "the map was closed, or resized away from it")?,
            FaultReason::AddressTaken => write!(f, "other memory has the map's addresses")?,
            FaultReason::LeftBehind => {
                write!(f, "a forked child does not have it (MADV_DONTFORK)")?;
            }
        }
        if let Some(size) = self.file_size {
            write!(f, " (it has {size} bytes now)")?;
        }
        if self.changes_lost {
            write!(f, "; all private changes of the map are lost")?;
        }
        Ok(())
    }
}
