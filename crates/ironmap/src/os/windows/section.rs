//! Sections, of a file or of the page file, and their names.
//!
//! # Safety
//!
//! No call here touches memory of a map. A [`Name`] ends with a zero, where a reader stops.

#![allow(unsafe_code)]

use std::ffi::{OsStr, OsString};
use std::os::windows::ffi::{OsStrExt, OsStringExt};
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::{ERROR_ALREADY_EXISTS, GetLastError, HANDLE};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_READ, OpenFileMappingW, PAGE_READONLY, PAGE_READWRITE,
    PAGE_WRITECOPY,
};

use super::{MAP_SHARED, PROT_WRITE, RawFile, halves, last_error};
use crate::error::{Cause, Error, Result};

/// A section, closed on drop. A section view does not need it any more. Its name is gone when all
/// its handles are closed.
#[derive(Debug)]
pub(crate) struct Section(OwnedHandle);

impl Section {
    /// Returns its handle for [`map`](super::map), which takes it instead of a file.
    pub(crate) fn as_raw(&self) -> RawFile {
        self.0.as_raw_handle() as RawFile
    }
}

/// The name of a section for other processes: UTF-16, and a zero.
#[derive(Clone, Debug)]
pub(crate) struct Name(Vec<u16>);

impl Name {
    /// Refuses a name with a zero in it.
    pub(crate) fn new(name: &OsStr) -> Result<Name> {
        let mut name: Vec<u16> = name.encode_wide().collect();
        if name.contains(&0) {
            let message = text!("a tag name cannot have a zero character in it");
            return Err(Error::new(Cause::InvalidInput(message)));
        }
        name.push(0);
        Ok(Name(name))
    }

    pub(crate) fn to_os_string(&self) -> OsString {
        OsString::from_wide(&self.0[..self.0.len() - 1])
    }

    fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr()
    }
}

/// A section. If its name existed before, it is the section of that name, with its own size and
/// file.
pub(crate) struct Made {
    pub(crate) section: Section,
    pub(crate) existed: bool,
}

/// `CreateFileMappingW(file, NULL, protection, size, name)`.
///
/// Lengthens a shorter file to `size` bytes, if it may be written to.
pub(crate) fn create_section(
    file: RawFile,
    protection: i32,
    flags: i32,
    size: u64,
    name: Option<&Name>,
) -> Result<Made> {
    let (high, low) = halves(size);
    let protection = match (flags & MAP_SHARED != 0, protection & PROT_WRITE != 0) {
        (false, _) => PAGE_WRITECOPY,
        (true, true) => PAGE_READWRITE,
        (true, false) => PAGE_READONLY,
    };
    let name = name.map_or(ptr::null(), Name::as_ptr);
    // SAFETY: the name is null or ends with a zero; no other memory is touched.
    let handle =
        unsafe { CreateFileMappingW(file as HANDLE, ptr::null(), protection, high, low, name) };
    // SAFETY: GetLastError touches no memory of ours.
    let existed = unsafe { GetLastError() } == ERROR_ALREADY_EXISTS;
    if handle.is_null() {
        return Err(last_error(|| text!("CreateFileMapping of {size} bytes")));
    }
    // SAFETY: the call has just made the handle, for us alone.
    let section = Section(unsafe { OwnedHandle::from_raw_handle(handle) });
    Ok(Made { section, existed })
}

/// `OpenFileMappingW(FILE_MAP_READ, FALSE, name)`: opens the section of a name.
pub(crate) fn open_section(name: &Name) -> Result<Section> {
    // SAFETY: the name ends with a zero; no other memory is touched.
    let handle = unsafe { OpenFileMappingW(FILE_MAP_READ, 0, name.as_ptr()) };
    if handle.is_null() {
        return Err(last_error(|| text!("OpenFileMapping")));
    }
    // SAFETY: the call has just made the handle, for us alone.
    Ok(Section(unsafe { OwnedHandle::from_raw_handle(handle) }))
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::Foundation::{ERROR_ACCESS_DENIED, ERROR_FILE_INVALID};

    use super::super::{EINVAL, ENOENT, NO_FILE, PROT_READ, raw_file};
    use super::*;
    use crate::os::failing::fails_with;

    #[test]
    fn create_section_needs_bytes() {
        let made = create_section(NO_FILE, PROT_READ, MAP_SHARED, 0, None);
        fails_with(made, EINVAL, "CreateFileMapping of 0 bytes failed");
        let empty = tempfile::tempfile().unwrap();
        let made = create_section(raw_file(&empty), PROT_READ, MAP_SHARED, 0, None);
        let code = ERROR_FILE_INVALID as i32;
        fails_with(made, code, "CreateFileMapping of 0 bytes failed");
    }

    #[test]
    fn create_section_to_write_needs_a_writable_file() {
        let named = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(named.path(), "x").unwrap();
        let reading = std::fs::File::open(named.path()).unwrap();
        let made = create_section(raw_file(&reading), PROT_WRITE, MAP_SHARED, 1, None);
        fails_with(made, ERROR_ACCESS_DENIED as i32, "CreateFileMapping of 1");
    }

    #[test]
    fn open_section_succeeds_until_all_are_closed() {
        let name = Name::new(OsStr::new("ironmap-a-name-ж")).unwrap();
        fails_with(open_section(&name), ENOENT, "OpenFileMapping failed");
        let make = || create_section(NO_FILE, PROT_WRITE, MAP_SHARED, 10, Some(&name)).unwrap();
        let [one, two] = [make(), make()];
        assert_eq!((one.existed, two.existed), (false, true));
        drop(one);
        open_section(&name).unwrap();
        drop(two);
        fails_with(open_section(&name), ENOENT, "OpenFileMapping failed");
        assert!(!make().existed);
    }

    #[test]
    fn name_with_zero_is_refused() {
        let error = Name::new(OsStr::new("a\0b")).unwrap_err();
        assert_eq!(error.kind(), crate::ErrorKind::InvalidInput);
    }
}
