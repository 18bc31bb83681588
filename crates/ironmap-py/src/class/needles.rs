//! The base class of `ironmap.Needles`, a heap type made from a spec: prepared needles.
//!
//! # Safety
//!
//! * T1: the table of slots ends with an empty entry, and each entry's function has the
//!   signature that its number asks for.
//! * O3: [`make`] fills every field before other code can see the object, and `tp_dealloc`
//!   drops them once. Nothing changes them in between.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_void};
use std::ptr::{self, NonNull};

use ironmap::Needles;
use pyo3_ffi as ffi;

use crate::args::Argument;
use crate::class::trampoline;
use crate::errors::PyResult;
use crate::interpreter::object_header::{self, ObjectHeader};
use crate::interpreter::{Owned, PerInterpreter, Python, capi, owned};

#[repr(C)]
struct NeedlesObject {
    _head: ObjectHeader,
    needles: Needles,
}

/// Makes an instance of a class derived from the base.
pub(crate) fn make(
    py: Python<'_>,
    class: NonNull<ffi::PyTypeObject>,
    needles: Needles,
) -> PyResult<Owned<'_>> {
    let base = object_header::class_for_offset(py, PerInterpreter::NeedlesClass)?;
    // SAFETY: E2: a live class.
    let object = unsafe { capi::PyType_GenericAlloc(class.as_ptr(), 0) };
    let object = owned(py, object)?;
    // SAFETY: E2: a new instance of the class.
    let this = unsafe { object_header::new_data::<NeedlesObject>(object.as_ptr(), base) };
    // SAFETY: O3: the allocation has this size, and `needles` lies inside it.
    let place = unsafe { &raw mut (*this).needles };
    // SAFETY: O3: freshly allocated, so there is nothing to drop.
    unsafe { place.write(needles) };
    Ok(object)
}

/// Returns the needles, if the object is an instance of the class.
pub(crate) fn needles_in<'a>(object: Argument<'a, '_>) -> PyResult<Option<&'a Needles>> {
    let class = PerInterpreter::NeedlesClass.get(object.py())?;
    // SAFETY: E2: a live object has a class.
    let kind = unsafe { ffi::Py_TYPE(object.as_ptr()) };
    // SAFETY: E2: two live classes.
    if unsafe { ffi::PyType_IsSubtype(kind, class.as_ptr().cast()) } == 0 {
        return Ok(None);
    }
    let this = object_header::data::<NeedlesObject>(object.as_ptr());
    // SAFETY: O3: an instance of the class, alive for `'a`.
    Ok(Some(unsafe { &(*this).needles }))
}

unsafe extern "C" fn dealloc(slf: *mut ffi::PyObject) {
    let drop_fields = |_: Python<'_>| {
        let this = object_header::data::<NeedlesObject>(slf);
        // SAFETY: M1: the object has no references.
        let needles = unsafe { &raw mut (*this).needles };
        // SAFETY: O3: filled by `make`, dropped only here.
        unsafe { ptr::drop_in_place(needles) };
    };
    // SAFETY: M1.
    unsafe { trampoline::dealloc_object(slf, drop_fields) };
}

const DOC: &CStr = c"Prepared needles. `ironmap.Needles` makes them.";

/// Makes the class.
pub(crate) fn make_class(py: Python<'_>) -> PyResult<Owned<'_>> {
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_doc, DOC.as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_dealloc, dealloc as *mut c_void),
        ffi::PyType_Slot::default(),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_BASETYPE
        | ffi::Py_TPFLAGS_IMMUTABLETYPE
        | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
    let mut spec = ffi::PyType_Spec {
        name: c"ironmap._ironmap.PreparedNeedles".as_ptr(),
        basicsize: object_header::basic_size::<NeedlesObject>(),
        itemsize: 0,
        flags: flags as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: T1; attached.
    owned(py, unsafe { capi::PyType_FromSpec(&raw mut spec) })
}
