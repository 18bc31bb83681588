//! The constructor on Unix: parsing arguments, mapping.
//!
//! # Safety
//!
//! * N1: the argument tuple and keyword dict are the interpreter's, live for
//!   the call, and each `place` matches its letter in the format.
//! * N2: the file descriptor is a number from the user: the kernel checks that it is open.
//! * N3: flags are numbers from the user too: those that are known to replace memory are
//!   refused (SAFETY.md, "What remains unproven").
#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int};
use std::os::fd::BorrowedFd;
use std::sync::OnceLock;

use ironmap::raw::MmapOptionsExt;
use ironmap::{Mmap, MmapOptions};
use pyo3_ffi as ffi;

use crate::args::conversion::length_and_offset;
use crate::errors::{MapError, OrRaise, PyResult, Raised};
use crate::interpreter::objects::{attribute, imported, is_true};
use crate::interpreter::{Python, audit, capi};
use crate::methods::constructor;
use crate::object::access_mode::{AccessMode, invalid_access};

/// The types of [`ConstructorArgs`], for the interpreter's parser. The text of the offset's
/// `OverflowError` depends on whether its 64 bits are a `long`.
const FORMAT: &CStr = if cfg!(target_pointer_width = "64") {
    c"in|iiil$p"
} else {
    c"in|iiiL$p"
};

/// The parsed arguments of the constructor.
pub(crate) struct ConstructorArgs {
    fileno: c_int,
    length: ffi::Py_ssize_t,
    flags: c_int,
    protection: c_int,
    access: c_int,
    offset: i64,
    trackfd: c_int,
}

const DEFAULT_FLAGS: c_int = libc::MAP_SHARED;
const DEFAULT_PROTECTION: c_int = libc::PROT_READ | libc::PROT_WRITE;

/// Parses the arguments by the interpreter's parser, which makes the errors.
///
/// # Safety
///
/// N1.
pub(crate) unsafe fn parse(
    py: Python<'_>,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> PyResult<ConstructorArgs> {
    let mut keywords: [*mut c_char; 8] = [
        c"fileno", c"length", c"flags", c"prot", c"access", c"offset", c"trackfd", c"",
    ]
    .map(|name| name.as_ptr().cast_mut());
    keywords[7] = std::ptr::null_mut();
    let mut given = ConstructorArgs {
        fileno: 0,
        length: 0,
        flags: DEFAULT_FLAGS,
        protection: DEFAULT_PROTECTION,
        access: 0,
        offset: 0,
        trackfd: constructor::NOT_GIVEN,
    };
    // SAFETY: N1: i int, n Py_ssize_t, l or L 64 bits, p int.
    let parsed = capi::guarded(|| unsafe {
        capi::PyArg_ParseTupleAndKeywords(
            args,
            kwargs,
            FORMAT.as_ptr(),
            keywords.as_mut_ptr(),
            &raw mut given.fileno,
            &raw mut given.length,
            &raw mut given.flags,
            &raw mut given.protection,
            &raw mut given.access,
            &raw mut given.offset,
            &raw mut given.trackfd,
        )
    });
    if parsed == 0 {
        return Err(Raised::already_set(py));
    }
    Ok(given)
}

/// Maps the file or anonymous memory.
pub(crate) fn open(py: Python<'_>, given: &ConstructorArgs) -> PyResult<(Mmap, AccessMode)> {
    let (mode, options) = parse_options(py, given)?;
    audit::new_map(py, given.fileno, given.length, mode.number(), given.offset)?;
    if given.fileno == -1 && given.length == 0 {
        // The kernel's error for a length of 0.
        return Err(Raised::os_error(py, libc::EINVAL));
    }
    let map = match given.fileno {
        -1 => py.detach(|| options.anonymous()),
        fileno => map_descriptor(py, fileno, &options),
    };
    let map = map.map_err(|error| {
        let error = MapError::Core(error);
        let is_refused = error.is_invalid_argument();
        let unit = ("ALLOCATIONGRANULARITY", Mmap::allocation_granularity());
        match (error.raise(py), is_refused) {
            (raised, true) => raised.note_multiple(py, ("offset", given.offset), unit),
            (raised, false) => raised,
        }
    })?;
    if map.is_empty() {
        return Err(Raised::empty_file(py));
    }
    if map.is_anonymous() && dev_mode() {
        // The name is only for /proc/PID/maps: errors are ignored.
        let _ = map.set_name(c"cpython:mmap");
    }
    Ok((map, mode))
}

/// Maps the file of a descriptor.
pub(crate) fn map_file(py: Python<'_>, fileno: c_int, options: &MmapOptions) -> PyResult<Mmap> {
    map_descriptor(py, fileno, options).or_raise(py)
}

fn map_descriptor(py: Python<'_>, fileno: c_int, options: &MmapOptions) -> ironmap::Result<Mmap> {
    py.detach(|| {
        // SAFETY: N2.
        let file = unsafe { BorrowedFd::borrow_raw(fileno) };
        options.map(file)
    })
}

/// Checks the arguments that need no file.
fn parse_options(py: Python<'_>, given: &ConstructorArgs) -> PyResult<(AccessMode, MmapOptions)> {
    let (length, offset) = length_and_offset(py, given.length, given.offset)?;
    let plain = given.flags == DEFAULT_FLAGS && given.protection == DEFAULT_PROTECTION;
    if given.access != 0 && !plain {
        let text = c"mmap can't specify both access and flags, prot.";
        return Err(Raised::value_error(py, text));
    }
    let options = MmapOptions::new()
        .raw_file_offset(offset)
        .track_file(constructor::tracks(py, given.fileno, given.trackfd)?);
    let (mode, options) = match AccessMode::from_number(given.access) {
        Some(AccessMode::Default) => {
            let options = options.raw_protection(given.protection);
            // SAFETY: N3.
            let options = unsafe { options.raw_flags(given.flags) };
            (mode_of(given.protection), options)
        }
        Some(mode) => (mode, options.access(mode.core_access())),
        None => return Err(invalid_access(py)),
    };
    // Length 0 means the whole file.
    if length == 0 {
        return Ok((mode, options));
    }
    Ok((mode, options.len(length)))
}

fn mode_of(protection: c_int) -> AccessMode {
    let readable = protection & libc::PROT_READ != 0;
    let writable = protection & libc::PROT_WRITE != 0;
    match (readable, writable) {
        (true, true) => AccessMode::Default,
        (false, true) => AccessMode::Write,
        (_, false) => AccessMode::Read,
    }
}

/// True if the interpreter runs under `-X dev`.
static DEV_MODE: OnceLock<bool> = OnceLock::new();

/// Called at import, before other code can change the names of `sys`.
pub(crate) fn init(py: Python<'_>) -> PyResult<()> {
    let flags = imported(py, c"sys", c"flags")?;
    let dev_mode = is_true(attribute(flags.borrow(), c"dev_mode")?.borrow())?;
    // Already set if the import is repeated.
    let _ = DEV_MODE.set(dev_mode);
    Ok(())
}

/// Returns whether the interpreter runs under `-X dev`. Only then are maps named.
pub(crate) fn dev_mode() -> bool {
    DEV_MODE.get().copied().unwrap_or(false)
}
