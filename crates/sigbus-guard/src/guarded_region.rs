//! The description of a region that the guard and its user share.

use std::ops::Range;

/// A file descriptor or handle, as a number.
#[cfg(unix)]
pub type RawFile = std::os::fd::RawFd;
/// A file descriptor or handle, as a number.
#[cfg(windows)]
pub type RawFile = isize;

/// Tells a file from every other while it exists.
#[cfg(unix)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileId {
    /// The device, `st_dev`.
    pub device: u64,
    /// The inode, `st_ino`.
    pub inode: u64,
}

/// Nothing: `nFileIndex` may change on FAT, is not unique on ReFS, and need not be
/// anything on a network.
#[cfg(windows)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileId;

/// Page numbers have 31 bits. The pages past that (8 TiB of 4 KiB pages) share the last number.
#[cfg(unix)]
pub(crate) const LAST: usize = (1 << 31) - 2;

/// The file that a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardedFile {
    /// Its descriptor, which may be closed or reused at any time.
    pub fd: RawFile,
    /// The file that the descriptor is expected to be of.
    pub id: FileId,
}

/// The address range of one mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardedRegion {
    /// Its first address, the start of a page.
    pub start: usize,
    /// Its length in bytes. The rest of the last page belongs to it.
    pub len: usize,
    /// The size of its pages, a power of two.
    pub page: usize,
    /// Its protection, `PROT_*`.
    pub protection: i32,
    /// True if it is mapped `MAP_PRIVATE`.
    pub private: bool,
    /// The offset of `start` in the file.
    pub file_offset: u64,
    /// Its file; `None` if no descriptor was kept.
    pub file: Option<GuardedFile>,
    /// True if its pages can be lost. Those of zeros that replaced a region cannot, but a
    /// fault from before may still come.
    pub at_risk: bool,
}

#[cfg(unix)]
impl GuardedRegion {
    /// Returns the end of its last page.
    pub(crate) fn end(&self) -> usize {
        self.start + self.len.next_multiple_of(self.page)
    }

    /// Returns the addresses of its pages.
    pub(crate) fn addresses(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// Returns the page numbers of a block of its addresses.
    pub(crate) fn pages_of(&self, block: &Range<usize>) -> Range<usize> {
        let number = |address| (address - self.start) / self.page;
        number(block.start)..number(block.end)
    }
}

/// The function that a region's [`Guard::report_to`](crate::Guard::report_to) gives to the handler:
/// the region, and the address that was touched.
#[cfg(unix)]
pub type FaultHook = fn(&GuardedRegion, usize);

/// A snapshot of the damage of a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostPages {
    /// From the first lost page to the last, counted from the start of the region.
    pub pages: Range<usize>,
    /// True if some pages in between were never lost.
    pub scattered: bool,
}

#[cfg(unix)]
impl LostPages {
    /// Returns whether the damage may go on past the last page that has a number.
    pub fn is_open_ended(&self) -> bool {
        self.pages.end > LAST
    }

    /// Returns whether one of the pages from `first` to `last` is lost.
    pub(crate) fn meets(&self, first: usize, last: usize) -> bool {
        first.min(LAST) < self.pages.end && last.min(LAST) >= self.pages.start
    }
}
