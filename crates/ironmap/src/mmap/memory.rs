//! Pages in memory: loading, locking, dropping and protecting them.

use std::ops::{Range, RangeBounds};

use super::Mmap;
use crate::error::{self, Cause, Error, Result};
use crate::options::Access;
use crate::{os, range};

/// # Memory
///
/// Memory comes in pages of [`page_size`](Mmap::page_size) bytes: these methods work on all
/// pages that their range touches.
impl Mmap {
    /// Reads a range into memory and maps its pages, so that later loads do not wait for a page.
    ///
    /// A file's pages are prepared for loads only: pages prepared for stores would all be
    /// written back, changed or not. Pages of writable anonymous memory are prepared for
    /// stores too, on Linux.
    ///
    /// `madvise(MADV_POPULATE_READ)` or `MADV_POPULATE_WRITE` (Linux 5.14); on other systems
    /// one load from every page, on Windows after
    /// `PrefetchVirtualMemory`. The system may take the pages back at any time,
    /// unless they are [locked](Mmap::lock).
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`; [`Fault`](crate::ErrorKind::Fault) at the first
    /// page that is not available; [`Os`](crate::ErrorKind::Os) with `ENOMEM` if there is
    /// not enough memory.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// map.populate(..)?;
    /// # #[cfg(not(target_os = "openbsd"))]
    /// assert_eq!(map.resident(..)?, 1.0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn populate(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let range = self.pages(range)?;
        let protection = if self.is_anonymous() && self.is_writable() {
            os::PROT_WRITE
        } else {
            os::PROT_READ
        };
        self.region.populate(range, protection)
    }

    /// Returns the fraction of a range's pages that is in memory, from 0.0 to 1.0; 1.0 for an
    /// empty range.
    ///
    /// `mincore`: for a file it reports the page cache, which all processes share.
    /// Since 5.2 Linux reports every page as present if the process neither
    /// owns the file nor may write to it. On Windows `QueryWorkingSetEx` reports
    /// the process's own working set. The result may be out of date when the call returns.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`Unsupported`](crate::ErrorKind::Unsupported) on OpenBSD.
    ///
    /// ```
    /// # #[cfg(not(target_os = "openbsd"))] {
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// println!("{:.0} % of it is in memory", 100.0 * map.resident(..)?);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn resident(&self, range: impl RangeBounds<usize>) -> Result<f64> {
        let range = self.pages(range)?;
        let (mut pages, mut resident) = (0, 0);
        self.region.for_each_resident(range, |said| {
            pages += said.len();
            resident += said.iter().map(|&page| usize::from(page)).sum::<usize>();
        })?;
        Ok(match pages {
            0 => 1.0,
            _ => resident as f64 / pages as f64,
        })
    }

    /// Returns for each page of a range whether it is in memory, from the page on in which the
    /// range begins.
    ///
    /// The system calls and limits are those of [`resident`](Mmap::resident).
    ///
    /// # Errors
    ///
    /// Those of [`resident`](Mmap::resident), and
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory): it needs a byte for each page.
    ///
    /// ```
    /// # #[cfg(not(target_os = "openbsd"))] {
    /// let map = ironmap::Mmap::anonymous(10 * ironmap::Mmap::page_size())?;
    /// assert_eq!(map.resident_pages(..)?.len(), 10);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn resident_pages(&self, range: impl RangeBounds<usize>) -> Result<Vec<bool>> {
        let range = self.pages(range)?;
        // One more for a map that begins inside a page.
        let count = range.len().div_ceil(os::page_size()) + 1;
        let mut pages = Vec::new();
        error::reserve(&mut pages, count)?;
        self.region.for_each_resident(range, |said| {
            pages.extend(said.iter().map(|&page| page != 0));
        })?;
        Ok(pages)
    }

    /// Locks a range into memory until it is unlocked or unmapped, so that loads do not wait for
    /// a page, and secrets are not written to swap.
    ///
    /// `mlock`, which reads missing pages; on Windows `VirtualLock`. Locks are not
    /// counted: one [`unlock`](Mmap::unlock) undoes them all. Forked children do
    /// not inherit them. A [`resize`](Mmap::resize) that moves the map, and the replacement of
    /// damaged pages, may lose them.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`; [`Fault`](crate::ErrorKind::Fault) if a page is not available;
    /// [`Os`](crate::ErrorKind::Os) if the process may not lock so much (`ENOMEM`,
    /// `EPERM`, `EAGAIN`: the text has the value of `RLIMIT_MEMLOCK`; on Windows
    /// `ERROR_WORKING_SET_QUOTA`). Then none of the range is locked.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// map.lock(..)?; // bytes written now stay out of swap
    /// map.unlock(..)?;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn lock(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let range = self.pages(range)?;
        self.region.lock(range)
    }

    /// Unlocks a range, so that the system may take it out of memory.
    ///
    /// `munlock`, on Windows `VirtualUnlock`; pages that are not locked are ignored.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`.
    ///
    /// ```
    /// let map = ironmap::Mmap::anonymous(100)?;
    /// map.unlock(..)?; // nothing was locked
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn unlock(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let range = self.pages(range)?;
        self.region.unlock(range)
    }

    /// Drops a range of a file from memory, to leave room for other files' pages after the
    /// range was read.
    ///
    /// `madvise(MADV_DONTNEED)`, then `posix_fadvise(POSIX_FADV_DONTNEED)` of the
    /// kept descriptor. Nothing is lost: a page is read again when it is touched.
    /// The system may keep pages: those that other processes have mapped, and changed ones
    /// that are not written yet ([`flush`](Mmap::flush) first).
    ///
    /// # Errors
    ///
    /// * `OutOfBounds`.
    /// * [`InvalidInput`](crate::ErrorKind::InvalidInput): the map is anonymous, or
    ///   private and has been writable: it may have bytes that are nowhere else. Or it maps
    ///   neither a regular file nor a block device: its pages may not come back.
    /// * [`Untracked`](crate::ErrorKind::Untracked): no descriptor was kept.
    /// * [`Os`](crate::ErrorKind::Os): `EINVAL` for locked pages; `EBADF` if other code
    ///   in this process closed the kept descriptor.
    /// * [`Unsupported`](crate::ErrorKind::Unsupported) on systems without such a
    ///   call: Windows, macOS, NetBSD, OpenBSD.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert!(map.find(b"[package]", ..)?.is_some());
    /// map.drop_pages(..)?;
    /// assert_eq!(map.byte(0)?, b'[');
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn drop_pages(&self, range: impl RangeBounds<usize>) -> Result<()> {
        let range = self.pages(range)?;
        if self.is_anonymous() || self.may_have_changes() {
            let message = text!(
                "a private or anonymous map can have bytes that are nowhere else, \
                 so its pages are not dropped"
            );
            return Err(Error::new(Cause::InvalidInput(message)));
        }
        if self.region.is_device() {
            let message = "the pages of a device may not come back, so they are not dropped";
            return Err(Error::new(Cause::InvalidInput(text!("{message}"))));
        }
        match &self.file {
            Some(file) => self.region.drop_pages(range, file.checked()?),
            None => Err(Error::new(Cause::Untracked)),
        }
    }

    /// Changes the map's access.
    ///
    /// `mprotect`, on Windows `VirtualProtect`. A shared map stays shared and accepts
    /// [`Access::Read`] and [`Access::Write`]; a private map stays private and accepts `Read` and
    /// [`Access::Copy`]. It takes [`make_exec`](Mmap::make_exec) back. A write through an old pointer,
    /// after writing is forbidden, ends the process.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for `Copy` on a shared map or `Write` on
    /// a private one; [`Os`](crate::ErrorKind::Os) if the call failed (`EACCES`: the file is
    /// not open for writing). The map stays as it was.
    ///
    /// ```
    /// use ironmap::{Access, Mmap};
    ///
    /// let mut map = Mmap::anonymous(1 << 20)?;
    /// map.write_at(0, b"settled")?;
    /// map.protect(Access::Read)?;
    /// assert!(map.write_at(0, b"changed").unwrap_err().is_protected());
    /// map.protect(Access::Copy)?; // private memory stays private
    /// map.write_at(0, b"changed")?;
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn protect(&mut self, access: Access) -> Result<()> {
        let private = self.is_private() && !self.region.layout().stands_in();
        let protection = match (access, private) {
            (Access::Read, _) => os::PROT_READ,
            (Access::Write, false) | (Access::Copy, true) => os::PROT_READ | os::PROT_WRITE,
            (access, private) => {
                let kind = if private { "private" } else { "shared" };
                let message = text!("a {kind} map cannot be given Access::{access:?}");
                return Err(Error::new(Cause::InvalidInput(message)));
            }
        };
        let executable = self.region.layout().executable();
        self.region.protect(protection | executable)
    }

    /// Makes the map executable and forbids writing: it is never both. [`protect`](Mmap::protect)
    /// takes it back.
    ///
    /// `mprotect`. Unix. Another map of the file, and other processes, may still write to it. On
    /// processors with a cache of instructions of its own (aarch64) it is up to the caller to bring
    /// that up to date.
    ///
    /// The call is safe; to run the bytes is not. Code that runs into a page which is gone ends the
    /// process (SIGSEGV): there is no error that it could return. A private map
    /// ([`Access::Copy`], [`Mmap::anonymous`]) that is [populated](Mmap::populate) and was stored to
    /// has its code in memory of its own, which no other process can cut.
    ///
    /// # Errors
    ///
    /// [`Fault`](crate::ErrorKind::Fault) if the map is damaged; `NotReadable`;
    /// [`Os`](crate::ErrorKind::Os) with `EACCES` if the file system forbids it (`noexec`), or with
    /// what a system says that wants to know at the time of mapping. The map stays as it was.
    ///
    /// ```
    /// # #[cfg(target_arch = "x86_64")] {
    /// let mut map = ironmap::Mmap::anonymous(1000)?;
    /// map.write_at(0, &[0xb8, 42, 0, 0, 0, 0xc3])?; // mov eax, 42; ret
    /// map.make_exec()?;
    /// assert!(map.write_at(0, b"x").unwrap_err().is_protected());
    /// // SAFETY: these bytes are a function that returns a number, and stay.
    /// let code: extern "C" fn() -> u32 = unsafe { std::mem::transmute(map.as_ptr()) };
    /// assert_eq!(code(), 42);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    pub fn make_exec(&mut self) -> Result<()> {
        self.region.require_readable()?;
        self.region.check_loaded(0, self.len())?;
        self.region.protect(os::PROT_READ | os::PROT_EXEC)
    }

    /// Extends a range to the start of its page, unless it is empty.
    pub(crate) fn pages(&self, range: impl RangeBounds<usize>) -> Result<Range<usize>> {
        let range = range::resolve(range, self.len())?;
        Ok(match range.is_empty() {
            true => 0..0,
            false => self.whole_pages(range),
        })
    }

    /// Returns how many bytes of the first page lie before the map.
    pub(crate) fn head_padding(&self) -> usize {
        self.region.head_padding()
    }

    /// Calls `tell` with 1 for each page of a range that is in memory and 0 for each other,
    /// many at a time. The range begins on a page, or with the map.
    pub(crate) fn for_each_resident(
        &self,
        range: Range<usize>,
        tell: impl FnMut(&[u8]),
    ) -> Result<()> {
        self.region.for_each_resident(range, tell)
    }
}
