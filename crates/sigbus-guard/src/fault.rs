//! The description of a lost page.

/// Why a page is lost.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultReason {
    /// The file ends before it.
    FileTooShort,
    /// The file system has no space for it.
    NoSpace,
    /// It could not be read or written, or the reason is not known.
    Unreadable,
    /// This process is a forked child, and its parent kept the page (`MADV_DONTFORK`).
    LeftBehind,
}

/// The damage that an access met.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The first damaged byte, counted from the first byte that users of the region see.
    pub at: usize,
    /// The size of the file now; `None` if it is not known or not the reason.
    pub file_size: Option<u64>,
    /// Why the page is lost.
    pub reason: FaultReason,
    /// True if all changes of a private region are lost.
    pub changes_lost: bool,
    /// The system's number for it: `EIO`, `ENOSPC`, or on Windows that of the exception.
    pub code: i32,
}
