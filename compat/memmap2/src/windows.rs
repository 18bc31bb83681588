//! A mapping of Windows. A mapped file cannot be cut there, so there is no fault guard.
//!
//! # Safety
//!
//! * M1: the pages of `start()..` are a section view that only this `Mapping` unmaps or
//!   re-protects. `data` is `padding()` bytes after its start, which is less than the allocation
//!   granularity. Without bytes there is no section view, and `data` is aligned.
#![allow(unsafe_code)]

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::Storage::FileSystem::FlushFileBuffers;
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_ALL_ACCESS, FILE_MAP_COPY, FILE_MAP_EXECUTE, FILE_MAP_READ,
    FILE_MAP_WRITE, FlushViewOfFile, MEMORY_MAPPED_VIEW_ADDRESS, MapViewOfFile, PAGE_EXECUTE_READ,
    PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY,
    UnmapViewOfFile, VirtualProtect,
};
use windows_sys::Win32::System::SystemInformation::GetSystemInfo;

pub(crate) use crate::no_faults::{check, faults, set_choice, set_hook};

use crate::ironmap::Fault;
use crate::{MapIfSafeError, MmapOptions};

/// The kinds of maps with a file.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Read,
    ReadSafe,
    Exec,
    Write,
    Copy,
    CopyReadOnly,
}

impl Kind {
    fn is_copy(self) -> bool {
        matches!(self, Kind::Copy | Kind::CopyReadOnly)
    }

    /// Returns the protections of a section, from the one that allows most to the one that the map
    /// needs, with the access of a section view. A map can get other protections later, if its
    /// section allows them.
    fn sections(self) -> &'static [(u32, u32)] {
        const R: u32 = FILE_MAP_READ;
        const RW: u32 = FILE_MAP_READ | FILE_MAP_WRITE;
        const X: u32 = FILE_MAP_EXECUTE;
        match self {
            Kind::Read | Kind::ReadSafe => &[
                (PAGE_EXECUTE_READWRITE, RW | X),
                (PAGE_READWRITE, RW),
                (PAGE_EXECUTE_READ, R | X),
                (PAGE_READONLY, R),
            ],
            Kind::Exec => &[(PAGE_EXECUTE_READWRITE, RW | X), (PAGE_EXECUTE_READ, R | X)],
            Kind::Write => &[(PAGE_EXECUTE_READWRITE, RW | X), (PAGE_READWRITE, RW)],
            Kind::Copy | Kind::CopyReadOnly => &[
                (PAGE_EXECUTE_WRITECOPY, FILE_MAP_COPY | X),
                (PAGE_WRITECOPY, FILE_MAP_COPY),
            ],
        }
    }
}

/// A file that is to be mapped.
pub(crate) struct OpenFile {
    handle: RawHandle,
    size: u64,
}

impl OpenFile {
    pub(crate) fn of(handle: RawHandle) -> Result<OpenFile> {
        // SAFETY: the caller's handle, which stays open: the `File` is not dropped.
        let file = ManuallyDrop::new(unsafe { File::from_raw_handle(handle) });
        let size = file.metadata()?.len();
        Ok(OpenFile { handle, size })
    }

    /// Returns a file whose size is not needed.
    pub(crate) fn unseen(handle: RawHandle) -> Result<OpenFile> {
        Ok(OpenFile { handle, size: 0 })
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Refuses: this system has no files that cannot change.
    pub(crate) fn check_safe_to_map(
        &self,
        _: u64,
        _: usize,
    ) -> std::result::Result<(), MapIfSafeError> {
        Err(MapIfSafeError::of_system())
    }
}

/// A section view of a file or of memory; unmapped on drop.
pub(crate) struct Mapping {
    data: *mut u8,
    len: usize,
    /// False if `data` is only an aligned address.
    has_view: bool,
    is_copy: bool,
    /// A duplicate, to flush the file.
    file: Option<OwnedHandle>,
}

// SAFETY: M1: it owns mapped memory, which every thread can use.
unsafe impl Send for Mapping {}

// SAFETY: as above: with `&Mapping` nothing is stored.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps a file: its bytes from the last multiple of the allocation granularity on. Without any
    /// bytes there is nothing to map.
    pub(crate) fn map(
        kind: Kind,
        file: &OpenFile,
        offset: u64,
        len: usize,
        options: &MmapOptions,
    ) -> Result<Mapping> {
        let padding = (offset % granularity() as u64) as usize;
        let mut mapping = Mapping {
            data: ptr::without_provenance_mut(granularity()),
            len,
            has_view: false,
            is_copy: kind.is_copy(),
            file: None,
        };
        if len + padding == 0 {
            return Ok(mapping);
        }
        let sections = match kind.sections() {
            all if !options.no_probe_handle => all,
            all => &all[all.len() - 1..],
        };
        let (section, access) = best_section(file.handle, sections)?;
        let start = view(&section, access, offset - padding as u64, len + padding)?;
        mapping.data = start.wrapping_add(padding);
        mapping.has_view = true;
        // SAFETY: the caller's handle, open for now.
        let handle = unsafe { BorrowedHandle::borrow_raw(file.handle) };
        mapping.file = Some(handle.try_clone_to_owned()?);
        match kind {
            Kind::Read | Kind::ReadSafe | Kind::CopyReadOnly => mapping.make_read_only()?,
            Kind::Exec => mapping.make_exec()?,
            Kind::Write | Kind::Copy => mapping.make_mut()?,
        }
        Ok(mapping)
    }

    /// Maps memory of the page file, which can get every protection later.
    pub(crate) fn anonymous(len: usize, _: &MmapOptions) -> Result<Mapping> {
        let mapped = len.max(1);
        let section = section(INVALID_HANDLE_VALUE, PAGE_EXECUTE_READWRITE, mapped as u64)?;
        let start = view(&section, FILE_MAP_ALL_ACCESS | FILE_MAP_EXECUTE, 0, mapped)?;
        let mut mapping = Mapping {
            data: start,
            len,
            has_view: true,
            is_copy: false,
            file: None,
        };
        mapping.make_mut()?;
        Ok(mapping)
    }

    fn padding(&self) -> usize {
        self.data as usize % granularity()
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
        self.flush_async(offset, len)?;
        let Some(file) = &self.file else {
            return Ok(());
        };
        // SAFETY: a handle of our own.
        done(unsafe { FlushFileBuffers(file.as_raw_handle()) })
    }

    pub(crate) fn flush_async(&self, offset: usize, len: usize) -> Result<()> {
        if offset > self.len || len > self.len - offset {
            return Err(ErrorKind::InvalidInput.into());
        }
        if !self.has_view {
            return Ok(());
        }
        // SAFETY: M1: inside the section view, as just checked.
        done(unsafe { FlushViewOfFile(self.data.wrapping_add(offset).cast(), len) })
    }

    pub(crate) fn make_read_only(&mut self) -> Result<()> {
        self.protect(PAGE_READONLY)
    }

    pub(crate) fn make_exec(&mut self) -> Result<()> {
        self.protect(match self.is_copy {
            true => PAGE_EXECUTE_WRITECOPY,
            false => PAGE_EXECUTE_READ,
        })
    }

    pub(crate) fn make_mut(&mut self) -> Result<()> {
        self.protect(match self.is_copy {
            true => PAGE_WRITECOPY,
            false => PAGE_READWRITE,
        })
    }

    fn protect(&mut self, protection: u32) -> Result<()> {
        if !self.has_view {
            return Ok(());
        }
        let padding = self.padding();
        let start = self.data.wrapping_sub(padding);
        let len = (self.len + padding).max(1);
        let mut before = 0;
        // SAFETY: M1: the pages of the section view; it writes one number.
        done(unsafe { VirtualProtect(start.cast(), len, protection, &mut before) })
    }

    /// Returns no fault.
    pub(crate) fn lost(&self, _: usize, _: usize) -> Option<Fault<'static>> {
        None
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        if self.has_view {
            let start = self.data.wrapping_sub(self.padding());
            let start = MEMORY_MAPPED_VIEW_ADDRESS {
                Value: start.cast(),
            };
            // SAFETY: M1: nothing uses the section view any more.
            unsafe { UnmapViewOfFile(start) };
        }
    }
}

/// Makes a section with the first of these protections that the handle allows.
fn best_section(handle: RawHandle, sections: &[(u32, u32)]) -> Result<(OwnedHandle, u32)> {
    let mut refused = Error::from(ErrorKind::Unsupported);
    for &(protection, access) in sections {
        match section(handle, protection, 0) {
            Ok(section) => return Ok((section, access)),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

/// `CreateFileMappingW`, of `len` bytes of memory or of a whole file.
fn section(handle: RawHandle, protection: u32, len: u64) -> Result<OwnedHandle> {
    let (high, low) = halves(len);
    // SAFETY: without attributes and a name no memory is passed.
    let section =
        unsafe { CreateFileMappingW(handle, ptr::null(), protection, high, low, ptr::null()) };
    if section.is_null() {
        return Err(Error::last_os_error());
    }
    // SAFETY: just made, and no one else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(section) })
}

/// `MapViewOfFile` at an address that the system chooses.
fn view(section: &OwnedHandle, access: u32, offset: u64, len: usize) -> Result<*mut u8> {
    let (high, low) = halves(offset);
    // SAFETY: it replaces nothing.
    let view = unsafe { MapViewOfFile(section.as_raw_handle(), access, high, low, len) };
    if view.Value.is_null() {
        return Err(Error::last_os_error());
    }
    Ok(view.Value.cast())
}

fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

/// The number that addresses and file offsets of section views are multiples of:
/// `GetSystemInfo`, once.
fn granularity() -> usize {
    static GRANULARITY: AtomicUsize = AtomicUsize::new(0);
    match GRANULARITY.load(Ordering::Relaxed) {
        0 => {
            let mut about = MaybeUninit::uninit();
            // SAFETY: it fills in one structure, for which there is room.
            unsafe { GetSystemInfo(about.as_mut_ptr()) };
            // SAFETY: just filled in.
            let granularity = unsafe { about.assume_init() }.dwAllocationGranularity as usize;
            GRANULARITY.store(granularity, Ordering::Relaxed);
            granularity
        }
        granularity => granularity,
    }
}

fn done(result: i32) -> Result<()> {
    match result {
        0 => Err(Error::last_os_error()),
        _ => Ok(()),
    }
}
