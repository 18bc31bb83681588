//! Safe wrappers around unsafe methods that take the system's numbers.
//!
//! # Safety
//!
//! Each test passes numbers that fulfil the methods' conditions.

#![allow(unsafe_code)]
#![allow(clippy::undocumented_unsafe_blocks)]

use std::ops::RangeBounds;

use ironmap::raw::{MmapExt, MmapOptionsExt};
use ironmap::{Mmap, MmapOptions, Result};

pub(crate) trait Advised {
    fn advise_number(&mut self, advice: i32, range: impl RangeBounds<usize>) -> Result<()>;
}

impl Advised for Mmap {
    fn advise_number(&mut self, advice: i32, range: impl RangeBounds<usize>) -> Result<()> {
        unsafe { self.advise_raw(advice, range) }
    }
}

pub(crate) trait Flagged {
    fn with_flags(self, flags: i32) -> MmapOptions;
}

impl Flagged for MmapOptions {
    fn with_flags(self, flags: i32) -> MmapOptions {
        unsafe { self.raw_flags(flags) }
    }
}
