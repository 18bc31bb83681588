//! Flushing, advice and names of mappings.

use std::ffi::CStr;
use std::ops::{Range, RangeBounds};

use super::Mmap;
use crate::advice::Advice;
use crate::error::Result;
use crate::{os, range};

impl Mmap {
    /// Writes a range to the file and waits until it is on the disk.
    ///
    /// `msync(MS_SYNC)`, from the start of the page in which the range begins; on
    /// Windows `FlushViewOfFile`, and `FlushFileBuffers` of the kept handle. No call for a map
    /// that is private, or has never been writable.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`Os`](crate::ErrorKind::Os) if the file could not be
    /// written.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?;
    /// let mut map = MmapOptions::new().access(Access::Write).map(&file)?;
    /// map.write_at(10_000, b"record")?;
    /// map.flush(10_000..10_006)?; // returns when it is on the disk
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush(&self, range: impl RangeBounds<usize>) -> Result<()> {
        self.flush_pages(range, os::MS_SYNC)
    }

    /// Starts writing a range to the file, without waiting.
    ///
    /// `msync(MS_ASYNC)`, on Windows `FlushViewOfFile`; the range is that of
    /// [`flush`](Mmap::flush). Linux writes changed pages at its own time and ignores this call.
    ///
    /// # Errors
    ///
    /// Those of [`flush`](Mmap::flush).
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?;
    /// let mut map = MmapOptions::new().access(Access::Write).map(&file)?;
    /// map.write_at(0, b"soon enough")?;
    /// map.flush_async(..)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn flush_async(&self, range: impl RangeBounds<usize>) -> Result<()> {
        self.flush_pages(range, os::MS_ASYNC)
    }

    fn flush_pages(&self, range: impl RangeBounds<usize>, flags: i32) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        if self.is_private() || !self.region.layout().was_ever_writable() {
            return Ok(());
        }
        self.region.sync(self.whole_pages(range), flags)
    }

    /// Gives the system advice on the use of a range.
    ///
    /// `madvise`, from the start of the page in which the range begins; on Windows
    /// `PrefetchVirtualMemory`.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`Os`](crate::ErrorKind::Os) if the system does not know
    /// the advice (`EINVAL`) or cannot follow it;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) on Windows, except for
    /// [`Advice::WillNeed`].
    ///
    /// ```
    /// use ironmap::{Advice, Mmap};
    ///
    /// let map = Mmap::open("Cargo.toml")?;
    /// map.advise(Advice::WillNeed, ..)?;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn advise(&self, advice: Advice, range: impl RangeBounds<usize>) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        let range = self.whole_pages(range);
        self.region.advise(range, advice)
    }

    /// Sets the name of the mapping in `/proc/PID/maps`.
    ///
    /// `prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME)`: Linux 5.17, anonymous memory.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) on other systems;
    /// [`Os`](crate::ErrorKind::Os) with `EINVAL` if the kernel was built
    /// without it or refuses the name, `EBADF` for a map of a file.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(1 << 20)?;
    /// // Not every kernel supports it.
    /// let _ = map.set_name(c"page cache");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn set_name(&self, name: &CStr) -> Result<()> {
        self.region.set_name(name)
    }
}

impl Mmap {
    /// Extends a range to the start of its page, because the system takes whole pages. A range in
    /// the map's first page starts at index 0; the region adds the bytes in front of the map.
    pub(super) fn whole_pages(&self, range: Range<usize>) -> Range<usize> {
        let lead = self.region.head_padding();
        let start = range::page_floor(lead + range.start, os::page_size());
        start.saturating_sub(lead)..range.end
    }
}
