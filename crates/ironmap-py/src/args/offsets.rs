//! The argument `out=`: a buffer of uint64, to fill with offsets.
//!
//! # Safety
//!
//! * B2, of `buffer`: the buffer is valid until it is released, after the last use.
#![allow(unsafe_code)]

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::args::Argument;
use crate::args::buffer::Held;
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::capi;

/// Room for offsets, in the memory of another object.
pub(crate) struct Offsets {
    /// The numbers need not be aligned.
    start: *mut u64,
    pub(crate) len: usize,
}

/// Runs `f` on the buffer of an object.
pub(crate) fn with_offsets<R>(
    object: Argument<'_, '_>,
    f: impl FnOnce(&Offsets) -> PyResult<R>,
) -> PyResult<R> {
    let py = object.py();
    let mut view = ffi::Py_buffer::new();
    let flags = ffi::PyBUF_WRITABLE | ffi::PyBUF_FORMAT | ffi::PyBUF_ND;
    // SAFETY: E2: a live object and a place for the buffer.
    if unsafe { capi::PyObject_GetBuffer(object.as_ptr(), &raw mut view, flags) } < 0 {
        Raised::already_set(py).clear(py);
        return Err(wrong_type(object));
    }
    let held = Held(&mut view);
    if !has_numbers(held.0) {
        return Err(wrong_type(object));
    }
    f(&Offsets {
        start: held.0.buf.cast(),
        len: held.0.len as usize / 8,
    })
}

/// Returns whether the items are unsigned numbers of 64 bits in the order of this processor.
fn has_numbers(view: &ffi::Py_buffer) -> bool {
    if view.itemsize != 8 || view.format.is_null() {
        return false;
    }
    // SAFETY: B2: a text, as alive as the buffer.
    let format = unsafe { CStr::from_ptr(view.format) }.to_bytes();
    let order = if cfg!(target_endian = "little") {
        b'<'
    } else {
        b'>'
    };
    let kind = match format {
        [b'@' | b'=', kind @ ..] => kind,
        [first, kind @ ..] if *first == order => kind,
        kind => kind,
    };
    matches!(kind, b"Q" | b"L" | b"N")
}

#[cold]
fn wrong_type(object: Argument<'_, '_>) -> Raised {
    let text = "out must be a writable buffer of uint64, such as array.array('Q', …) or an array of \
                numpy.uint64, not ";
    Raised::type_error_with(Message::new(object.py(), text).and_class_of(object))
}

impl Offsets {
    /// Stores offsets from the item `place` on, each moved by `shift`. There is room for them.
    pub(crate) fn store(&self, place: usize, offsets: &[usize], shift: usize) {
        assert!(offsets.len() <= self.len && place <= self.len - offsets.len());
        let start = self.start.wrapping_add(place);
        for (item, &offset) in offsets.iter().enumerate() {
            // SAFETY: B2: `with_offsets` holds the buffer, which has the item.
            unsafe {
                start
                    .wrapping_add(item)
                    .write_unaligned((offset + shift) as u64)
            };
        }
    }
}
