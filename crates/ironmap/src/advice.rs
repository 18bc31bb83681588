//! What to expect of a range, by name.

use crate::os;

/// What [`Mmap::advise`] tells the system about a range.
///
/// Every piece of advice here leaves the bytes as they are. The others, which
/// can throw bytes away, need [`Mmap::advise_raw`].
///
/// ```
/// use ironmap::{Advice, Mmap};
///
/// let map = Mmap::open("Cargo.toml")?;
/// if let Err(error) = map.advise(Advice::Sequential, ..) {
///     eprintln!("read without it: {error}");
/// }
/// # Ok::<(), ironmap::Error>(())
/// ```
///
/// [`Mmap::advise`]: crate::Mmap::advise
/// [`Mmap::advise_raw`]: crate::Mmap::advise_raw
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Advice {
    /// Nothing in particular: `MADV_NORMAL`.
    Normal,
    /// Reads in no order, so reading ahead is wasted: `MADV_RANDOM`.
    Random,
    /// Reads from front to back, so read far ahead: `MADV_SEQUENTIAL`.
    Sequential,
    /// Needed soon, so start reading it in: `MADV_WILLNEED`.
    WillNeed,
    /// Use huge pages where possible: `MADV_HUGEPAGE`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    HugePage,
    /// Do not use huge pages: `MADV_NOHUGEPAGE`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    NoHugePage,
    /// Equal pages may share memory: `MADV_MERGEABLE`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Mergeable,
    /// Equal pages must not share memory: `MADV_UNMERGEABLE`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Unmergeable,
    /// Leave it out of a core dump: `MADV_DONTDUMP`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    DontDump,
    /// Put it into a core dump again: `MADV_DODUMP`.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    DoDump,
    /// Not needed for some time: `MADV_COLD` (Linux 5.4).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Cold,
    /// Not needed for long, so write it out now: `MADV_PAGEOUT` (Linux 5.4).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    PageOut,
    /// Read every page in now, and say so if one cannot be:
    /// `MADV_POPULATE_READ` (Linux 5.14).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    PopulateRead,
    /// Make every page writable now, and say so if one cannot be:
    /// `MADV_POPULATE_WRITE` (Linux 5.14).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    PopulateWrite,
    /// Gather it into huge pages now: `MADV_COLLAPSE` (Linux 6.1).
    #[cfg(any(target_os = "linux", target_os = "android"))]
    Collapse,
}

impl Advice {
    /// The number `madvise` knows it by.
    pub(crate) fn number(self) -> i32 {
        match self {
            Advice::Normal => os::MADV_NORMAL,
            Advice::Random => os::MADV_RANDOM,
            Advice::Sequential => os::MADV_SEQUENTIAL,
            Advice::WillNeed => os::MADV_WILLNEED,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::HugePage => os::MADV_HUGEPAGE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::NoHugePage => os::MADV_NOHUGEPAGE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::Mergeable => os::MADV_MERGEABLE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::Unmergeable => os::MADV_UNMERGEABLE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::DontDump => os::MADV_DONTDUMP,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::DoDump => os::MADV_DODUMP,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::Cold => os::MADV_COLD,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::PageOut => os::MADV_PAGEOUT,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::PopulateRead => os::MADV_POPULATE_READ,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::PopulateWrite => os::MADV_POPULATE_WRITE,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            Advice::Collapse => os::MADV_COLLAPSE,
        }
    }
}
