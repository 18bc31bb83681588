//! What a region and its guard tell each other.

// Nobody listens where there is no guard.
#![cfg_attr(not(unix), allow(dead_code))]

use std::ops::Range;

use crate::os::{FileId, RawFile};

/// Pages have numbers of 31 bits; the pages of a larger region (8 TiB of 4 KiB
/// pages) share the last one.
pub(super) const LAST: usize = (1 << 31) - 2;

/// The file that a region shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) fd: RawFile,
    pub(crate) id: FileId,
}

/// A region as the handler sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) start: usize,
    pub(crate) len: usize,
    /// The size of its pages, a power of two.
    pub(crate) page: usize,
    pub(crate) protection: i32,
    pub(crate) private: bool,
    pub(crate) file_offset: u64,
    /// None if no descriptor was kept.
    pub(crate) file: Option<File>,
    /// Whether its pages can be taken away. Not those of zeros in the place of a region,
    /// where a fault from before may still come.
    pub(crate) at_risk: bool,
}

impl Watched {
    /// Where its last page ends.
    pub(crate) fn end(&self) -> usize {
        self.start + self.len.next_multiple_of(self.page)
    }

    /// Those of its pages.
    pub(crate) fn addresses(&self) -> Range<usize> {
        self.start..self.end()
    }

    /// The numbers of the pages of a block of its addresses.
    pub(crate) fn pages_of(&self, block: &Range<usize>) -> Range<usize> {
        let number = |address| (address - self.start) / self.page;
        number(block.start)..number(block.end)
    }
}

/// What is known of a region's damage at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damaged {
    pub(crate) pages: Range<usize>,
    pub(crate) scattered: bool,
}

impl Damaged {
    /// Whether it may go on past the last page that has a number.
    pub(crate) fn is_open_ended(&self) -> bool {
        self.pages.end > LAST
    }

    /// Whether one of the pages from `first` to `last` is among them.
    pub(crate) fn meets(&self, first: usize, last: usize) -> bool {
        first.min(LAST) < self.pages.end && last.min(LAST) >= self.pages.start
    }
}
