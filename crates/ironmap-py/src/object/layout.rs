//! The object behind a Python `mmap`: its memory layout and its fields.
//!
//! # Safety
//!
//! * O1: a `MapObject` is reached only from attached threads of one interpreter. In a build for
//!   interpreters with a GIL (`abi3`) they take turns, as [`MapLock::read`] and
//!   [`MapLock::write`] ask. The closures given to them do not call the interpreter (they
//!   return a `MapError`, not an exception), so the turn lasts until they return. The one
//!   exception makes a `bytes`, which runs no user code: `platform::bytes`. In the other
//!   builds the lock counts short readers, and asks for no turns.
//! * O2: detached code uses the map under a lock guard.
//! * O3: `alloc` fills every field before other code can see the object, and
//!   `tp_dealloc` drops them once.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::object_header::{self, ObjectHeader};
use crate::interpreter::{Borrowed, PerInterpreter, Python, StoredRef};
use crate::object::absence::Absence;
use crate::object::access_mode::{AccessMode, CurrentMode};
use crate::object::state::State;

#[repr(C)]
pub(crate) struct MapObject {
    header: ObjectHeader,
    /// The interpreter's list of weak references.
    pub(crate) weakrefs: UnsafeCell<*mut ffi::PyObject>,
    pub(super) fields: Fields,
}

pub(super) struct Fields {
    pub(super) state: State,
    pub(super) mode: CurrentMode,
    #[cfg(unix)]
    pub(super) is_anonymous: bool,
    /// Set if the object never had a map.
    pub(super) absence: Mutex<Option<Absence>>,
}

impl Fields {
    /// No Python code runs while this is locked.
    pub(super) fn absence(&self) -> MutexGuard<'_, Option<Absence>> {
        self.absence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MapObject {
    /// # Safety
    ///
    /// `object` is a live instance of our class, and the thread is attached
    /// for `'a`.
    #[inline]
    pub(crate) unsafe fn from_ptr<'a>(object: *mut ffi::PyObject) -> &'a MapObject {
        // SAFETY: the caller's promise; D1.
        unsafe { &*object_header::data::<MapObject>(object) }
    }

    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.header.as_ptr()
    }

    /// Returns whether the class is `mmap` itself, no subclass.
    pub(crate) fn is_exact(&self, py: Python<'_>) -> PyResult<bool> {
        let maps = PerInterpreter::MapClass.get(py)?;
        // SAFETY: M1: a live object has a class.
        let class = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        Ok(ptr::eq(class.cast(), maps.as_ptr()))
    }

    pub(crate) fn as_any<'py>(&self, py: Python<'py>) -> Borrowed<'_, 'py> {
        // SAFETY: O1: this is a live object.
        unsafe { Borrowed::from_ptr(py, self.as_ptr()) }
    }

    /// Returns the class, valid until the object is given another.
    #[cfg(windows)]
    pub(crate) fn class<'py>(&self, py: Python<'py>) -> Borrowed<'_, 'py> {
        // SAFETY: O1: a live object has a class.
        let class = unsafe { ffi::Py_TYPE(self.as_ptr()) };
        // SAFETY: O1: it lives as long as the object.
        unsafe { Borrowed::from_ptr(py, class.cast()) }
    }

    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.fields.state.position.get()
    }

    #[inline]
    pub(crate) fn set_position(&self, position: usize) {
        self.fields.state.position.set(position);
    }

    pub(crate) fn mode(&self) -> AccessMode {
        self.fields.mode.get()
    }

    pub(crate) fn set_mode(&self, mode: AccessMode) {
        self.fields.mode.set(mode);
    }

    /// Returns whether there can be changes to flush. They stay when `protect` makes the map
    /// read-only.
    pub(crate) fn flushes(&self) -> bool {
        self.fields.mode.flushes()
    }

    /// Returns whether the map is, or was, anonymous.
    #[cfg(unix)]
    pub(crate) fn is_anonymous(&self) -> bool {
        self.fields.is_anonymous
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.fields.state.lock.is_closed()
    }

    pub(crate) fn exports(&self) -> usize {
        self.fields.state.exports.out()
    }

    #[inline]
    pub(crate) fn add_export(&self) {
        self.fields.state.exports.add();
    }

    /// Returns the number of buffers exported so far, or `None` while one is out. Two equal
    /// totals mean that no buffer was out in between.
    #[inline]
    pub(crate) fn exports_total(&self) -> Option<u64> {
        (self.exports() == 0).then(|| self.fields.state.exports.total())
    }

    /// Raises if the map is closed.
    #[inline]
    pub(crate) fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        if self.is_closed() {
            return Err(self.closed(py));
        }
        Ok(())
    }

    /// Raises the reason if the object never had a map.
    pub(crate) fn check_present(&self, py: Python<'_>) -> PyResult<()> {
        let is_absent = self.fields.absence().is_some();
        match is_absent {
            true => Err(self.closed(py)),
            false => Ok(()),
        }
    }

    #[cold]
    pub(super) fn closed(&self, py: Python<'_>) -> Raised {
        let copied = |absence: &Absence| absence.clone_ref(py);
        // Cloned first: raising runs user code, so nothing may be borrowed.
        let absence = self.fields.absence().as_ref().map(copied);
        match absence {
            Some(absence) => {
                let raised = absence.raise(py);
                absence.release(py);
                raised
            }
            None => Raised::closed(py),
        }
    }
}

/// A reference to the map of an iterator.
pub(crate) struct MapRef(StoredRef);

impl MapRef {
    pub(crate) fn new(py: Python<'_>, object: &MapObject) -> MapRef {
        MapRef(StoredRef::new(object.as_any(py).to_owned()))
    }

    #[inline]
    pub(crate) fn get<'a>(&'a self, _py: Python<'a>) -> &'a MapObject {
        // SAFETY: O1: `new` made it from a map, and it is kept; the token proves that the
        // thread is attached.
        unsafe { MapObject::from_ptr(self.0.as_ptr()) }
    }

    /// Returns the pointer, for the garbage collector.
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    pub(crate) fn release(self, py: Python<'_>) {
        self.0.release(py);
    }
}
