//! Classes of iterators over a map, heap types made from a spec.
//!
//! # Safety
//!
//! * T1: the table of slots ends with an empty entry, and each entry's function has the
//!   signature that its number asks for.
//! * O1, of `object`: threads take turns, or the state has a lock.
//! * O3: [`make`] fills every field before other code can see the object, and `tp_dealloc`
//!   drops them once.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr;

use pyo3_ffi as ffi;

use crate::args::Callback;
use crate::class::trampoline;
use crate::errors::PyResult;
use crate::interpreter::object_header::{self, ObjectHeader};
use crate::interpreter::{Owned, PerInterpreter, Python, StoredRef, capi, owned};
use crate::object::{MapObject, MapRef};
use crate::results::output::{Next, Output};

type Object = *mut ffi::PyObject;

/// The state of an iterator over a map.
pub(crate) trait PyIterator: 'static {
    type Item<'py>: Output<Raw = Object>;
    const CLASS: PerInterpreter;
    const NAME: &'static CStr;
    const DOC: &'static CStr;

    /// Returns the next item, or `None` at the end.
    fn next<'py>(
        &self,
        py: Python<'py>,
        map: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<Self::Item<'py>>>;
}

#[repr(C)]
struct IteratorObject<S> {
    _header: ObjectHeader,
    fields: Fields<S>,
}

struct Fields<S> {
    map: MapRef,
    progress: Option<StoredRef>,
    steps: S,
}

/// Makes an iterator over a map.
pub(crate) fn make<'py, S: PyIterator>(
    py: Python<'py>,
    map: &MapObject,
    progress: Callback<'_, 'py>,
    steps: S,
) -> PyResult<Owned<'py>> {
    let class = S::CLASS.get(py)?;
    // SAFETY: E2: a live class.
    let object = unsafe { capi::PyType_GenericAlloc(class.as_ptr().cast(), 0) };
    let object = owned(py, object)?;
    let fields = Fields {
        map: MapRef::new(py, map),
        progress: progress
            .0
            .map(|callable| StoredRef::new(callable.to_owned())),
        steps,
    };
    // SAFETY: E2: a new instance of the class.
    let this =
        unsafe { object_header::new_data::<IteratorObject<S>>(object.as_ptr(), Some(class)) };
    // SAFETY: O3: the allocation has this size, and `fields` lies inside it.
    let place = unsafe { &raw mut (*this).fields };
    // SAFETY: O3: freshly allocated, so there is nothing to drop.
    unsafe { place.write(fields) };
    Ok(object)
}

/// # Safety
///
/// M1.
unsafe extern "C" fn next<S: PyIterator>(slf: Object) -> Object {
    let step = |py| {
        // SAFETY: M1.
        let this = unsafe { &*object_header::data::<IteratorObject<S>>(slf) };
        let Fields {
            map,
            progress,
            steps,
        } = &this.fields;
        let progress = Callback(progress.as_ref().map(|callable| callable.get(py)));
        steps.next(py, map.get(py), progress).map(Next)
    };
    // SAFETY: M1.
    unsafe { trampoline::call_function(step) }
}

unsafe extern "C" fn traverse<S: PyIterator>(
    slf: Object,
    visit: ffi::visitproc,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: M1.
    let class = unsafe { ffi::Py_TYPE(slf) };
    // SAFETY: M1.
    let this = unsafe { &*object_header::data::<IteratorObject<S>>(slf) };
    let Fields { map, progress, .. } = &this.fields;
    let progress = progress.as_ref().map(StoredRef::as_ptr);
    for referent in [Some(class.cast()), Some(map.as_ptr()), progress] {
        let Some(referent) = referent else {
            continue;
        };
        // SAFETY: M1: the collector's own function and argument.
        let stop = unsafe { visit(referent, argument) };
        if stop != 0 {
            return stop;
        }
    }
    0
}

unsafe extern "C" fn dealloc<S: PyIterator>(slf: Object) {
    // SAFETY: M1: instances of a class with Py_TPFLAGS_HAVE_GC are tracked.
    unsafe { ffi::PyObject_GC_UnTrack(slf.cast()) };
    let drop_fields = |py: Python<'_>| {
        let this = object_header::data::<IteratorObject<S>>(slf);
        // SAFETY: M1: the object has no references.
        let fields = unsafe { &raw const (*this).fields };
        // SAFETY: O3: filled by `make`, dropped only here.
        let fields = unsafe { ptr::read(fields) };
        drop(fields.steps);
        fields.map.release(py);
        if let Some(progress) = fields.progress {
            progress.release(py);
        }
    };
    // SAFETY: M1.
    unsafe { trampoline::dealloc_object(slf, drop_fields) };
}

/// Makes the class.
pub(crate) fn make_class<S: PyIterator>(py: Python<'_>) -> PyResult<Owned<'_>> {
    let slot = |slot, pfunc| ffi::PyType_Slot { slot, pfunc };
    let mut slots = [
        slot(ffi::Py_tp_doc, S::DOC.as_ptr().cast_mut().cast()),
        slot(ffi::Py_tp_iter, ffi::PyObject_SelfIter as *mut c_void),
        slot(ffi::Py_tp_iternext, next::<S> as *mut c_void),
        slot(ffi::Py_tp_traverse, traverse::<S> as *mut c_void),
        slot(ffi::Py_tp_dealloc, dealloc::<S> as *mut c_void),
        ffi::PyType_Slot::default(),
    ];
    let flags = ffi::Py_TPFLAGS_DEFAULT
        | ffi::Py_TPFLAGS_HAVE_GC
        | ffi::Py_TPFLAGS_IMMUTABLETYPE
        | ffi::Py_TPFLAGS_DISALLOW_INSTANTIATION;
    let mut spec = ffi::PyType_Spec {
        name: S::NAME.as_ptr(),
        basicsize: object_header::basic_size::<IteratorObject<S>>(),
        itemsize: 0,
        flags: flags as _,
        slots: slots.as_mut_ptr(),
    };
    // SAFETY: T1; attached.
    owned(py, unsafe { capi::PyType_FromSpec(&raw mut spec) })
}
