//! The buffer protocol: our memory to others.
//!
//! # Safety
//!
//! * B1: an export is counted from `get_buffer` to `release_buffer`; while the
//!   count is not zero, `close` and `resize` refuse, so the address stays
//!   mapped as long as somebody has it. Who gives it back and goes on using it
//!   (numpy) holds a reference to the object, which reserves the address.
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

/// `bf_getbuffer`. A map that cannot be read gives no buffer: whoever got one
/// would die of the first look. Nor does one that stays damaged.
///
/// # Safety
///
/// `view` is the interpreter's: a place for a `Py_buffer`.
pub(crate) unsafe fn get_buffer(
    py: Python<'_>,
    object: &MapObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> PyResult<Done> {
    let export = object.require_intact(py).and_then(|()| {
        object.read_ignoring_damage(py, |map| {
            map.is_readable().then(|| (map.lend_address(), map.len()))
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
    // SAFETY: B1: the export is counted below; E2: attached.
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
        return Err(Raised::already_set(py));
    }
    object.add_export();
    Ok(Done)
}

fn refuse(view: *mut ffi::Py_buffer, raised: Raised) -> PyResult<Done> {
    // SAFETY: the caller of `get_buffer` gave a place for a view.
    let owner = unsafe { &raw mut (*view).obj };
    // SAFETY: as above; a failed request must say that it holds nothing.
    unsafe { owner.write(ptr::null_mut()) };
    Err(raised)
}
