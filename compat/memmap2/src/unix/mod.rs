//! A mapping of Unix and its fault guard.
//!
//! # Safety
//!
//! * M1: the pages of `start()..start() + mapped_len()` are mapped, and only this `Mapping` unmaps,
//!   moves or re-protects them. `data` is `padding()` bytes after the start, which is less than a
//!   page.
//! * G1 (SAFETY.md of ironmap): the guard has the region from `mmap` on. It is suspended before
//!   `munmap` and `mremap`.
//! * H1 (SAFETY.md here): the hooks of `fault` keep the rules of a signal handler.
#![allow(unsafe_code)]

mod fault;
mod file;
mod install;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    path = "proc_none.rs"
)]
mod proc;
mod report;
mod sys;
mod text;

use std::ffi::c_int;
use std::io::{Error, ErrorKind, Result};
use std::os::fd::RawFd;

use sigbus_guard::{FaultHook, Guard, GuardedRegion};

pub(crate) use file::OpenFile;
pub(crate) use report::{check, faults, set_choice, set_hook};
#[cfg(target_os = "linux")]
pub(crate) use sys::knows_advice;

use crate::MmapOptions;
use crate::ironmap::Fault;
#[cfg(target_os = "linux")]
use crate::options::valid_len;

/// The kinds of maps with a file.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Read,
    /// To read a file that cannot change, without a promise of the caller.
    ReadSafe,
    Exec,
    Write,
    Copy,
    CopyReadOnly,
}

impl Kind {
    fn protection(self) -> c_int {
        match self {
            Kind::Read | Kind::ReadSafe | Kind::CopyReadOnly => libc::PROT_READ,
            Kind::Exec => libc::PROT_READ | libc::PROT_EXEC,
            Kind::Write | Kind::Copy => libc::PROT_READ | libc::PROT_WRITE,
        }
    }

    fn is_private(self) -> bool {
        matches!(self, Kind::Copy | Kind::CopyReadOnly)
    }

    /// Returns the function that a fault calls: zeros need C1, the caller's promise.
    fn fault_hook(self) -> FaultHook {
        match self {
            Kind::ReadSafe => fault::abort,
            _ => fault::obey_owner,
        }
    }
}

/// A mapping; unmapped on drop.
pub(crate) struct Mapping {
    data: *mut u8,
    len: usize,
    /// The size of its pages: `munmap` takes whole ones.
    page: usize,
    guard: Guard,
}

// SAFETY: M1: it owns mapped memory, which every thread can use; what is borrowed of it follows
// the borrow of the map.
unsafe impl Send for Mapping {}

// SAFETY: as above: with `&Mapping` nothing is stored or moved.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps a file, whole pages of it: from the start of the page of `offset` on, and one byte at
    /// least.
    pub(crate) fn map(
        kind: Kind,
        file: &OpenFile,
        offset: u64,
        len: usize,
        options: &MmapOptions,
    ) -> Result<Mapping> {
        let padding = (offset % sys::page_size() as u64) as usize;
        let file_offset = offset - padding as u64;
        let sharing = if kind.is_private() {
            libc::MAP_PRIVATE
        } else {
            libc::MAP_SHARED
        };
        let protection = kind.protection();
        let flags = sharing | sys::flags(options);
        let mut mapping = Mapping::new(len, padding, protection, flags, file.fd, file_offset)?;
        let region = GuardedRegion {
            start: mapping.start() as usize,
            len: mapping.mapped_len(),
            page: file.page_size(),
            protection: of_zeros(protection),
            private: kind.is_private(),
            file_offset,
            file: Some(file.guarded()),
            at_risk: true,
        };
        mapping.watch(&region, kind.fault_hook())?;
        Ok(mapping)
    }

    /// Maps zeros. Only huge pages can be lost: the system may have none at the first touch.
    pub(crate) fn anonymous(len: usize, options: &MmapOptions) -> Result<Mapping> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE
            | libc::MAP_ANON
            | sys::flags(options)
            | sys::flags_of_memory(options);
        let mut mapping = Mapping::new(len, 0, protection, flags, -1, 0)?;
        if let Some(page) = sys::huge_page_size(options) {
            let region = GuardedRegion {
                start: mapping.start() as usize,
                len: mapping.mapped_len(),
                page,
                protection,
                private: true,
                file_offset: 0,
                file: None,
                at_risk: true,
            };
            // No caller has promised anything (C1).
            mapping.watch(&region, fault::abort)?;
        }
        Ok(mapping)
    }

    fn new(
        len: usize,
        padding: usize,
        protection: c_int,
        flags: c_int,
        fd: RawFd,
        file_offset: u64,
    ) -> Result<Mapping> {
        let start = sys::map(
            mapped_len_for(len, padding),
            protection,
            flags,
            fd,
            file_offset,
        )?;
        Ok(Mapping {
            data: start.wrapping_add(padding),
            len,
            page: sys::page_size(),
            guard: Guard::needless(),
        })
    }

    /// Registers the new mapping with the fault guard.
    fn watch(&mut self, region: &GuardedRegion, on_fault: FaultHook) -> Result<()> {
        self.page = region.page;
        report::choice();
        install::ensure_installed().map_err(Error::other)?;
        // SAFETY: G1: just mapped, and M1: suspended before it is given up.
        let guard = unsafe { Guard::watch_installed(region, self.padding()) };
        self.guard = guard.map_err(Error::other)?;
        // SAFETY: H1.
        unsafe { self.guard.report_to(on_fault) };
        Ok(())
    }

    fn padding(&self) -> usize {
        self.data as usize % sys::page_size()
    }

    fn start(&self) -> *mut u8 {
        self.data.wrapping_sub(self.padding())
    }

    fn mapped_len(&self) -> usize {
        mapped_len_for(self.len, self.padding())
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut u8 {
        self.data
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn flush(&self, offset: usize, len: usize) -> Result<()> {
        self.sync(offset, len, libc::MS_SYNC)
    }

    pub(crate) fn flush_async(&self, offset: usize, len: usize) -> Result<()> {
        self.sync(offset, len, libc::MS_ASYNC)
    }

    /// Fails if a page of the range is lost: what was stored there went into zeros.
    fn sync(&self, offset: usize, len: usize, flags: c_int) -> Result<()> {
        let (start, with_head) = self.pages_of(offset, len)?;
        // SAFETY: M1: pages of this mapping.
        unsafe { sys::sync(start, with_head, flags) }?;
        match self.lost(offset, len) {
            None => Ok(()),
            Some(fault) => Err(fault.into()),
        }
    }

    /// Returns the start of the first page of a range, and the number of bytes from there to the
    /// end of the range.
    fn pages_of(&self, offset: usize, len: usize) -> Result<(*mut u8, usize)> {
        if offset > self.len || len > self.len - offset {
            return Err(ErrorKind::InvalidInput.into());
        }
        let first = self.data.wrapping_add(offset);
        let head = first as usize % sys::page_size();
        Ok((first.wrapping_sub(head), len + head))
    }

    /// Returns the first fault in a range of the map.
    pub(crate) fn lost(&self, offset: usize, len: usize) -> Option<Fault<'static>> {
        if !self.guard.copies_need_attention() {
            return None;
        }
        let fault = self.guard.find_fault(offset, len)?;
        Some(report::describe(
            &self.guard.region()?,
            &fault,
            self.padding(),
        ))
    }

    pub(crate) fn make_read_only(&mut self) -> Result<()> {
        self.protect(libc::PROT_READ)
    }

    /// Fails if pages are lost: their zeros would be instructions.
    pub(crate) fn make_exec(&mut self) -> Result<()> {
        match self.lost(0, self.len) {
            None => self.protect(libc::PROT_READ | libc::PROT_EXEC),
            Some(fault) => Err(fault.into()),
        }
    }

    pub(crate) fn make_mut(&mut self) -> Result<()> {
        self.protect(libc::PROT_READ | libc::PROT_WRITE)
    }

    /// Protects the pages, and zeros that the handler maps from here on (G7). The callers drop the
    /// map after a failure.
    fn protect(&mut self, protection: c_int) -> Result<()> {
        self.guard.set_protection(of_zeros(protection));
        // SAFETY: M1: pages of this mapping.
        unsafe { sys::protect(self.start(), self.mapped_len(), protection) }
    }

    /// Gives advice about a range.
    ///
    /// # Safety
    ///
    /// No bytes that the advice changes are borrowed.
    pub(crate) unsafe fn advise(&self, advice: c_int, offset: usize, len: usize) -> Result<()> {
        let (start, with_head) = self.pages_of(offset, len)?;
        // SAFETY: M1: pages of this mapping; the caller's promise about their bytes.
        unsafe { sys::advise(start, with_head, advice) }
    }

    pub(crate) fn lock(&self) -> Result<()> {
        // SAFETY: M1: pages of this mapping.
        unsafe { sys::lock(self.data, self.len) }
    }

    pub(crate) fn unlock(&self) -> Result<()> {
        // SAFETY: M1: pages of this mapping.
        unsafe { sys::unlock(self.data, self.len) }
    }

    /// Moves the mapping, or changes its length in place. A map with lost pages does not grow: it
    /// is more than one mapping of the system then.
    #[cfg(target_os = "linux")]
    pub(crate) fn remap(&mut self, len: usize, may_move: bool) -> Result<()> {
        let len = valid_len(len as u64)?;
        let padding = self.padding();
        let mapped = mapped_len_for(len, padding);
        let region = self.guard.region();
        self.guard.suspend();
        // SAFETY: M1, G1: all pages of this mapping, which the guard has just given up.
        let moved = unsafe { sys::remap(self.start(), self.mapped_len(), mapped, may_move) };
        if let Ok(start) = &moved {
            self.data = start.wrapping_add(padding);
            self.len = len;
        }
        if let Some(before) = region {
            let region = GuardedRegion {
                start: self.start() as usize,
                len: self.mapped_len(),
                ..before
            };
            // SAFETY: G1: the mapping as it is now.
            unsafe { self.guard.resume(&region) };
        }
        match (moved, self.lost(0, self.len)) {
            (Err(_), Some(fault)) => Err(fault.into()),
            (moved, _) => moved.map(drop),
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.guard.suspend();
        // SAFETY: M1, G1: all pages of this mapping, which the guard has just given up.
        unsafe { sys::unmap(self.start(), self.mapped_len().next_multiple_of(self.page)) };
    }
}

/// Returns the protection of zeros in the place of pages with this one. They are no instructions
/// (G7).
fn of_zeros(protection: c_int) -> c_int {
    protection & !libc::PROT_EXEC
}

/// Returns the number of bytes to map: the system maps none only with an error. The length is a
/// valid one, so the sum does not overflow.
fn mapped_len_for(len: usize, padding: usize) -> usize {
    (len + padding).max(1)
}
