//! Calls about files and the system.
//!
//! # Safety
//!
//! No call here touches memory of a map; those that fill in a structure have
//! room for one. Who owns a handle is `file.rs`'s business (S6).

#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::mem::{MaybeUninit, size_of};
use std::os::windows::io::{AsRawHandle, IntoRawHandle};
use std::path::Path;
use std::ptr;
use std::time::Duration;

use windows_sys::Win32::Foundation::{CloseHandle, DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE};
use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_ATTRIBUTE_DIRECTORY, FILE_END_OF_FILE_INFO, FileEndOfFileInfo,
    FlushFileBuffers, GetFileInformationByHandle, SetFileInformationByHandle,
};
use windows_sys::Win32::System::SystemInformation::{GetSystemInfo, SYSTEM_INFO};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

use super::{EINVAL, check};
use crate::error::{self, Cause, Error, Result};

pub(crate) use std::os::windows::io::AsHandle as AsFile;

pub(crate) use sigbus_guard::FileId;

/// A handle, as a number: several threads can share it.
pub(crate) type RawFile = isize;

/// The number of no file: `INVALID_HANDLE_VALUE`.
pub(crate) const NO_FILE: RawFile = -1;

/// True: a map that is longer than its file lengthens it, if it may write to it.
pub(crate) const MAPS_EXTEND_FILES: bool = true;

/// Returns the handle of an open file.
pub(crate) fn raw_file(file: &impl AsFile) -> RawFile {
    file.as_handle().as_raw_handle() as RawFile
}

/// `CreateFile`, by std.
pub(crate) fn open_file(path: &Path, writes: bool) -> Result<File> {
    // std copies the path, and ends the process if it cannot.
    let mut room: Vec<u8> = Vec::new();
    error::reserve(&mut room, 8 * path.as_os_str().len())?;
    let opened = OpenOptions::new().read(true).write(writes).open(path);
    opened.map_err(|error| match error.raw_os_error() {
        Some(code) => Error::os(text!("opening {path:?}"), code),
        None => Error::new(Cause::InvalidInput(text!("{path:?}: {error}"))),
    })
}

/// Returns the file: no handle is standard input, output or error by its number.
pub(crate) fn above_standard(file: File) -> Result<File> {
    Ok(file)
}

/// Returns the handle of a file. The caller has to close it.
pub(crate) fn into_raw_file(file: File) -> RawFile {
    file.into_raw_handle() as RawFile
}

/// The status of a file, from `GetFileInformationByHandle`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FileStatus {
    pub(crate) size: u64,
    pub(crate) regular: bool,
    pub(crate) directory: bool,
    pub(crate) id: FileId,
    /// The time of the last change of its bytes, since 1970.
    pub(crate) times: [Duration; 1],
}

/// Seconds from 1601, from which Windows counts, to 1970.
const TO_1970: Duration = Duration::from_secs(11_644_473_600);

/// False: handles are no common sequence of small numbers that any code of a process may close and
/// reuse.
pub(crate) const NUMBERS_ARE_SHARED: bool = false;

fn system_info() -> SYSTEM_INFO {
    let mut info = MaybeUninit::<SYSTEM_INFO>::uninit();
    // SAFETY: GetSystemInfo writes one structure, for which there is room.
    unsafe { GetSystemInfo(info.as_mut_ptr()) };
    // SAFETY: it cannot fail, and so has filled it in.
    unsafe { info.assume_init() }
}

/// `GetSystemInfo`: returns the size of a page.
pub(crate) fn page_size() -> usize {
    system_info().dwPageSize as usize
}

/// `GetSystemInfo`: returns the granularity of file offsets.
pub(crate) fn allocation_granularity() -> usize {
    system_info().dwAllocationGranularity as usize
}

/// `GetFileInformationByHandle(file)`.
pub(crate) fn status(file: RawFile) -> Result<FileStatus> {
    let mut status = MaybeUninit::<BY_HANDLE_FILE_INFORMATION>::uninit();
    // SAFETY: the call writes one structure, for which there is room.
    let result = unsafe { GetFileInformationByHandle(file as HANDLE, status.as_mut_ptr()) };
    check(result, || text!("GetFileInformationByHandle"))?;
    // SAFETY: the call has succeeded and so has filled it in.
    let status = unsafe { status.assume_init() };
    let joined = |high: u32, low: u32| u64::from(high) << 32 | u64::from(low);
    Ok(FileStatus {
        size: joined(status.nFileSizeHigh, status.nFileSizeLow),
        regular: status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY == 0,
        directory: status.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY != 0,
        id: FileId,
        times: [since_1970(joined(
            status.ftLastWriteTime.dwHighDateTime,
            status.ftLastWriteTime.dwLowDateTime,
        ))],
    })
}

/// Converts a time in units of 100 ns since 1601.
fn since_1970(time: u64) -> Duration {
    let since_1601 = Duration::from_micros(time / 10) + Duration::from_nanos(time % 10 * 100);
    since_1601.saturating_sub(TO_1970)
}

/// `DuplicateHandle`, within this process and not for its children.
pub(crate) fn duplicate(file: RawFile) -> Result<RawFile> {
    // SAFETY: the call touches no memory; it returns a constant for this process.
    let process = unsafe { GetCurrentProcess() };
    let mut copy: HANDLE = ptr::null_mut();
    // SAFETY: the call writes one handle, for which there is room.
    let result = unsafe {
        DuplicateHandle(
            process,
            file as HANDLE,
            process,
            &raw mut copy,
            0,
            0,
            DUPLICATE_SAME_ACCESS,
        )
    };
    check(result, || text!("DuplicateHandle"))?;
    Ok(copy as RawFile)
}

/// `CloseHandle(file)`.
pub(crate) fn close(file: RawFile) -> Result<()> {
    // SAFETY: CloseHandle touches no memory.
    let result = unsafe { CloseHandle(file as HANDLE) };
    check(result, || text!("CloseHandle"))
}

/// `SetFileInformationByHandle(file, FileEndOfFileInfo, size)`: does what `SetEndOfFile` does, and
/// leaves the position that all handles share.
pub(crate) fn truncate(file: RawFile, size: u64) -> Result<()> {
    let what = || text!("setting the end of a file to {size} bytes");
    let Ok(size) = i64::try_from(size) else {
        return Err(Error::os(what(), EINVAL));
    };
    let end = FILE_END_OF_FILE_INFO { EndOfFile: size };
    // SAFETY: the call reads one structure, whose size it gets.
    let result = unsafe {
        SetFileInformationByHandle(
            file as HANDLE,
            FileEndOfFileInfo,
            (&raw const end).cast(),
            size_of::<FILE_END_OF_FILE_INFO>() as u32,
        )
    };
    check(result, what)
}

/// `FlushFileBuffers(file)`.
pub(super) fn flush(file: RawFile) -> Result<()> {
    // SAFETY: FlushFileBuffers touches no memory of ours.
    let result = unsafe { FlushFileBuffers(file as HANDLE) };
    check(result, || text!("FlushFileBuffers"))
}

/// There are no seals here.
pub(crate) fn cannot_change(_file: RawFile) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::super::EBADF;
    use super::*;
    use crate::os::failing::{fails_with, fails_with_one_of};

    /// No handle has this number.
    const CLOSED: RawFile = 0x7fff_fff0;

    #[test]
    fn sizes_are_powers_of_two() {
        assert!(page_size().is_power_of_two());
        assert_eq!(allocation_granularity() % page_size(), 0);
    }

    #[test]
    fn every_call_needs_a_handle() {
        fails_with(status(CLOSED), EBADF, "GetFileInformationByHandle failed");
        fails_with(duplicate(CLOSED), EBADF, "DuplicateHandle failed");
        fails_with(close(CLOSED), EBADF, "CloseHandle failed");
        fails_with(truncate(CLOSED, 5), EBADF, "setting the end of a file to 5");
        fails_with(flush(CLOSED), EBADF, "FlushFileBuffers failed");
    }

    #[test]
    fn status_tells_the_size() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(5).unwrap();
        let status = status(raw_file(&&file)).unwrap();
        assert_eq!((status.size, status.regular), (5, true));
    }

    #[test]
    fn truncate_needs_a_writable_file_and_a_size() {
        let named = tempfile::NamedTempFile::new().unwrap();
        let reading = std::fs::File::open(named.path()).unwrap();
        let denied = windows_sys::Win32::Foundation::ERROR_ACCESS_DENIED as i32;
        let result = truncate(raw_file(&reading), 0);
        fails_with_one_of(result, &[denied, EBADF], "setting the end");
        fails_with(
            truncate(raw_file(&named), u64::MAX),
            EINVAL,
            "setting the end of a file to 18446",
        );
    }
}
