//! The buffer protocol: exporting the map's memory.
//!
//! # Safety
//!
//! * B1: an export is counted from `get_buffer` to `release_buffer`. While the count is not
//!   zero, `close` and `resize` fail and `release` unmaps nothing, so the address stays mapped.
//!   Code that releases the buffer and uses the address later (numpy) holds a reference to the
//!   object, which reserves the address.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::ptr;

use ironmap::raw::MmapExt;
use pyo3_ffi as ffi;

use crate::errors::{NOT_READABLE, PyResult, Raised};
use crate::interpreter::{Python, capi};
use crate::object::MapObject;
use crate::object::access_mode::AccessMode;
use crate::results::output::Done;

/// Exports a buffer, for `bf_getbuffer`. Fails for a map without read access, whose bytes would
/// crash the reader, and for a map that stays damaged.
///
/// # Safety
///
/// `view` points to a place for a `Py_buffer`.
pub(crate) unsafe fn get_buffer(
    py: Python<'_>,
    object: &MapObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> PyResult<Done> {
    let export = object.require_intact(py).and_then(|()| {
        object.read_ignoring_damage(py, |map| {
            map.is_readable().then(|| {
                // Before the map can be closed again.
                object.add_export();
                (map.lend_address(), map.len())
            })
        })
    });
    let (start, len) = match export {
        Ok(Some(export)) => export,
        Ok(None) => {
            return refuse(view, Raised::type_error(py, NOT_READABLE));
        }
        Err(raised) => return refuse(view, raised),
    };
    let readonly = c_int::from(object.mode() == AccessMode::Read);
    // SAFETY: B1: the export is counted above; E2: attached.
    let filled = unsafe {
        capi::PyBuffer_FillInfo(
            view,
            object.as_ptr(),
            start.cast(),
            len as isize,
            readonly,
            flags,
        )
    };
    if filled < 0 {
        object.drop_export(py);
        return Err(Raised::already_set(py));
    }
    Ok(Done)
}

fn refuse(view: *mut ffi::Py_buffer, raised: Raised) -> PyResult<Done> {
    // SAFETY: the caller of `get_buffer` passed a place for a buffer.
    let owner = unsafe { &raw mut (*view).obj };
    // SAFETY: as above; a failed request must leave NULL as the owner.
    unsafe { owner.write(ptr::null_mut()) };
    Err(raised)
}
