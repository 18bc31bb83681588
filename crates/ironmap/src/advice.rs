//! Advice for `madvise`, by name.

use crate::error::Result;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::error::{Cause, Error};
use crate::os;

/// Advice to the system about a range, for [`Mmap::advise`].
///
/// All of it keeps the bytes. Advice that can discard them (`MADV_DONTNEED`, `MADV_FREE`) or kills
/// the next access (`MADV_HWPOISON`) has no name here.
///
/// [`HugePage`](Advice::HugePage) and the variants after it exist on Linux only; other systems
/// return [`Unsupported`](crate::ErrorKind::Unsupported). A kernel too old for a piece of advice
/// returns `EINVAL`. Most programs can ignore the result.
///
/// ```
/// use ironmap::{Advice, Mmap};
///
/// let map = Mmap::open("Cargo.toml")?;
/// let _ = map.advise(Advice::Sequential, ..);
/// let _ = map.advise(Advice::HugePage, ..);
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// [`Mmap::advise`]: crate::Mmap::advise
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// The default: `MADV_NORMAL`.
    Normal,
    /// Reads in no order, so reading ahead is wasted: `MADV_RANDOM`.
    Random,
    /// Reads from front to back, so read far ahead: `MADV_SEQUENTIAL`.
    Sequential,
    /// Needed soon, so start reading it in: `MADV_WILLNEED`.
    WillNeed,
    /// Use huge pages where possible: `MADV_HUGEPAGE`.
    HugePage,
    /// Do not use huge pages: `MADV_NOHUGEPAGE`.
    NoHugePage,
    /// Equal pages may share memory: `MADV_MERGEABLE`.
    Mergeable,
    /// Equal pages must not share memory: `MADV_UNMERGEABLE`.
    Unmergeable,
    /// Leave it out of a core dump: `MADV_DONTDUMP`.
    DontDump,
    /// Put it into a core dump again: `MADV_DODUMP`.
    DoDump,
    /// Keep it from forked children: `MADV_DONTFORK`. An access there is a
    /// [`Fault`](crate::ErrorKind::Fault) with the reason
    /// [`LeftBehind`](crate::FaultReason::LeftBehind). Memory that cannot be lost (without a file, or
    /// a sealed memfd) is refused with `InvalidInput`, as it may be lent as a slice.
    DontFork,
    /// Give it to forked children again: `MADV_DOFORK`.
    DoFork,
    /// Not needed for some time: `MADV_COLD` (Linux 5.4).
    Cold,
    /// Not needed for long, so write it out now: `MADV_PAGEOUT` (Linux 5.4).
    PageOut,
    /// Read every page in now, and say so if one cannot be:
    /// `MADV_POPULATE_READ` (Linux 5.14).
    PopulateRead,
    /// Make every page writable now, and say so if one cannot be:
    /// `MADV_POPULATE_WRITE` (Linux 5.14).
    PopulateWrite,
    /// Gather it into huge pages now: `MADV_COLLAPSE` (Linux 6.1).
    Collapse,
}

impl Advice {
    /// Returns whether this system, with the kernel that runs, knows the advice.
    ///
    /// `madvise` of no bytes.
    ///
    /// ```
    /// use ironmap::Advice;
    ///
    /// assert!(Advice::WillNeed.is_supported());
    /// println!("{}", Advice::Collapse.is_supported());
    /// ```
    pub fn is_supported(self) -> bool {
        self.number().is_ok_and(os::knows_advice)
    }

    /// Returns the number for `madvise`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(crate) fn number(self) -> Result<i32> {
        Ok(match self {
            Advice::Normal => os::MADV_NORMAL,
            Advice::Random => os::MADV_RANDOM,
            Advice::Sequential => os::MADV_SEQUENTIAL,
            Advice::WillNeed => os::MADV_WILLNEED,
            Advice::HugePage => os::MADV_HUGEPAGE,
            Advice::NoHugePage => os::MADV_NOHUGEPAGE,
            Advice::Mergeable => os::MADV_MERGEABLE,
            Advice::Unmergeable => os::MADV_UNMERGEABLE,
            Advice::DontDump => os::MADV_DONTDUMP,
            Advice::DoDump => os::MADV_DODUMP,
            Advice::DontFork => os::MADV_DONTFORK,
            Advice::DoFork => os::MADV_DOFORK,
            Advice::Cold => os::MADV_COLD,
            Advice::PageOut => os::MADV_PAGEOUT,
            Advice::PopulateRead => os::MADV_POPULATE_READ,
            Advice::PopulateWrite => os::MADV_POPULATE_WRITE,
            Advice::Collapse => os::MADV_COLLAPSE,
        })
    }

    /// Returns the number for `madvise`, or an error if this system has none.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    pub(crate) fn number(self) -> Result<i32> {
        Ok(match self {
            Advice::Normal => os::MADV_NORMAL,
            Advice::Random => os::MADV_RANDOM,
            Advice::Sequential => os::MADV_SEQUENTIAL,
            Advice::WillNeed => os::MADV_WILLNEED,
            _ => {
                let what = "advice but for the first four kinds";
                return Err(Error::new(Cause::Unsupported { what }));
            }
        })
    }
}
