//! How an object comes to be: with a map, or with the reason why there is none.
//!
//! # Safety
//!
//! O3, of `object`.
#![allow(unsafe_code)]

use std::cell::{Cell, RefCell, UnsafeCell};
use std::ptr::NonNull;

use ironmap::Mmap;
use ironmap::raw::Reserved;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyType};

use super::{Fields, MapObject};
use crate::error::{Fallible, Raised};
use crate::gate::Gate;
use crate::mode::Mode;

/// Why there is no map: the class of an exception, and what it is called with. Each
/// use raises a new one, so none gathers the traces of all.
pub(crate) struct Absence {
    pub(crate) class: Py<PyType>,
    pub(crate) arguments: Py<PyTuple>,
}

impl Absence {
    pub(super) fn raise(self, py: Python<'_>) -> Raised {
        let class = self.class.into_bound(py);
        Raised::new(py, PyErr::from_type(class, self.arguments))
    }

    pub(super) fn clone_ref(&self, py: Python<'_>) -> Absence {
        Absence {
            class: self.class.clone_ref(py),
            arguments: self.arguments.clone_ref(py),
        }
    }

    /// Gives the references back at once. (PyO3 would put them off, because it does not
    /// know that the thread is attached in the interpreter's own calls.)
    pub(super) fn release(self, py: Python<'_>) {
        self.class.drop_ref(py);
        self.arguments.drop_ref(py);
    }
}

impl MapObject {
    /// Makes an object of `class`, which is ours or a subclass of it.
    pub(crate) fn create(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        map: Mmap,
        mode: Mode,
    ) -> Fallible<NonNull<ffi::PyObject>> {
        Fields::new(Some(map), mode, None).into_object(py, class)
    }

    /// Makes a closed object, whose use raises the reason.
    pub(crate) fn create_absent(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        absence: Absence,
    ) -> Fallible<NonNull<ffi::PyObject>> {
        let fields = Fields::new(None, Mode::Read, Some(absence));
        fields.gate.close();
        fields.into_object(py, class)
    }
}

impl Fields {
    fn new(map: Option<Mmap>, mode: Mode, absence: Option<Absence>) -> Fields {
        Fields {
            map: UnsafeCell::new(map),
            reserved: Cell::<Reserved>::default(),
            gate: Gate::default(),
            position: Cell::new(0),
            exports: Cell::new(0),
            lent: Cell::new(0),
            faults_reported: Cell::new(0),
            faults_announced: Cell::new(0),
            lent_when_acknowledged: Cell::new(0),
            report_again: Cell::new(false),
            mode: Cell::new(mode),
            flushes: Cell::new(mode.flushes()),
            absence: RefCell::new(absence),
        }
    }

    fn into_object(
        self,
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
    ) -> Fallible<NonNull<ffi::PyObject>> {
        // SAFETY: E2: attached; class is a ready type (tp_new got it from the interpreter).
        let object = unsafe { ffi::PyType_GenericAlloc(class.as_ptr(), 0) };
        let Some(object) = NonNull::new(object) else {
            return Err(Raised::by_interpreter(py));
        };
        let this = object.cast::<MapObject>().as_ptr();
        // SAFETY: O3: the allocation has our basicsize, and `fields` lies inside it.
        let place = unsafe { &raw mut (*this).fields };
        // SAFETY: O3: freshly allocated, so there is nothing to drop.
        unsafe { place.write(self) };
        Ok(object)
    }
}
