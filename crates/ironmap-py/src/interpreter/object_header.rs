//! The beginning of our objects' data: the interpreter's part, or, where its size is not known
//! (`abi3t`), a pointer to it.
//!
//! # Safety
//!
//! * D1: the data of an object begins with an [`ObjectHeader`]. It lies at the beginning of the object,
//!   or, under `abi3t`, behind the interpreter's part, at an offset that is the same for all objects:
//!   each of our classes is made with a negative size, directly below `object`.
//! * E2: attached, by the promise of each caller; the objects are live.
#![allow(unsafe_code)]

#[cfg(not(feature = "abi3t"))]
use std::cell::UnsafeCell;
use std::ffi::c_int;
use std::mem::size_of;
#[cfg(feature = "abi3t")]
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use crate::errors::PyResult;
use crate::interpreter::{Owned, PerInterpreter, Python};

#[repr(C)]
pub(crate) struct ObjectHeader {
    /// The interpreter changes it behind shared references.
    #[cfg(not(feature = "abi3t"))]
    object: UnsafeCell<ffi::PyObject>,
    #[cfg(feature = "abi3t")]
    object: *mut ffi::PyObject,
}

// Without this check, a build for another ABI would compile and fail at the first map.
const HEADER_SIZE: usize = if cfg!(feature = "abi3t") {
    0
} else if cfg!(feature = "free-threaded") {
    8 + 3 * size_of::<usize>()
} else {
    2 * size_of::<usize>()
};
const _: () = assert!(
    size_of::<ffi::PyObject>() == HEADER_SIZE,
    "the feature does not fit the interpreter: choose abi3 for one with a GIL, abi3t for 3.15 on, \
     free-threaded for one without a GIL"
);
#[cfg(any(
    all(feature = "abi3", feature = "abi3t"),
    all(feature = "abi3", feature = "free-threaded"),
    all(feature = "abi3t", feature = "free-threaded"),
    not(any(feature = "abi3", feature = "abi3t", feature = "free-threaded")),
))]
compile_error!("choose one of the features abi3 (the default), abi3t and free-threaded");

/// Where the data of our objects begin; 0 before the first one is made.
#[cfg(feature = "abi3t")]
static OFFSET: AtomicUsize = AtomicUsize::new(0);

/// Returns the data of an object of ours.
#[inline(always)]
pub(crate) fn data<T>(object: *mut ffi::PyObject) -> *mut T {
    #[cfg(feature = "abi3t")]
    let object = object.wrapping_byte_add(OFFSET.load(Ordering::Relaxed));
    object.cast()
}

/// Returns the class of ours that [`new_data`] needs to find the offset, if it is not known yet.
pub(crate) fn class_for_offset(
    py: Python<'_>,
    class: PerInterpreter,
) -> PyResult<Option<Owned<'_>>> {
    #[cfg(feature = "abi3t")]
    if OFFSET.load(Ordering::Relaxed) == 0 {
        return class.get(py).map(Some);
    }
    let _ = (py, class);
    Ok(None)
}

/// Returns the data of an object that was just made, and completes its header.
///
/// # Safety
///
/// E2. The object is an instance of `class`, which [`class_for_offset`] has returned, with data of
/// type `T`.
pub(crate) unsafe fn new_data<T>(object: *mut ffi::PyObject, class: Option<Owned<'_>>) -> *mut T {
    #[cfg(feature = "abi3t")]
    {
        if let Some(class) = class {
            // SAFETY: E2, the caller's promise.
            let data = unsafe { ffi::PyObject_GetTypeData(object, class.as_ptr().cast()) };
            OFFSET.store(data.addr() - object.addr(), Ordering::Relaxed);
        }
        // SAFETY: D1: the data begins with its header, which nothing else sees yet.
        unsafe { data::<ObjectHeader>(object).write(ObjectHeader { object }) };
    }
    #[cfg(not(feature = "abi3t"))]
    drop(class);
    data(object)
}

/// Returns the size of an object with data of type `T`, for the specification of its class.
pub(crate) fn basic_size<T>() -> c_int {
    let size = size_of::<T>() as c_int;
    if cfg!(feature = "abi3t") { -size } else { size }
}

/// How the specification of a class counts an offset: from the beginning of the data.
pub(crate) const OFFSET_FLAG: c_int = if cfg!(feature = "abi3t") {
    8 // Py_RELATIVE_OFFSET, which pyo3-ffi has for builds that need 3.12.
} else {
    0
};

impl ObjectHeader {
    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        #[cfg(feature = "abi3t")]
        return self.object;
        #[cfg(not(feature = "abi3t"))]
        self.object.get()
    }
}
