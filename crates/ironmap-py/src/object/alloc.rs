//! Creating and dropping a map object.
//!
//! # Safety
//!
//! O3, of `object`.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, PoisonError};

use ironmap::Mmap;
use ironmap::raw::MmapExt;
use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::{PerInterpreter, Python, capi, object_header};
use crate::object::absence::Absence;
use crate::object::access_mode::{AccessMode, CurrentMode};
use crate::object::damage::damage_at_end;
use crate::object::fault_hooks::FaultReport;
use crate::object::layout::{Fields, MapObject};
use crate::object::state::{Contents, state_of};

impl MapObject {
    /// Creates an object of `class`: ours or a subclass.
    pub(crate) fn create(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        map: Mmap,
        mode: AccessMode,
    ) -> PyResult<NonNull<ffi::PyObject>> {
        Fields::new(Some(map), mode, None).into_object(py, class)
    }

    /// Creates a closed object, whose use raises the reason.
    pub(crate) fn create_absent(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        absence: Absence,
    ) -> PyResult<NonNull<ffi::PyObject>> {
        Fields::new(None, AccessMode::Read, Some(absence)).into_object(py, class)
    }
}

impl MapObject {
    /// Unmaps, detached, and drops the fields, for `tp_dealloc`.
    ///
    /// # Safety
    ///
    /// `object` is an instance of our class without references.
    pub(crate) unsafe fn dealloc(py: Python<'_>, object: *mut ffi::PyObject) {
        let this = object_header::data::<MapObject>(object);
        // SAFETY: the caller's promise; D1.
        let fields = unsafe { &raw const (*this).fields };
        // SAFETY: O3: filled by `Fields::into_object`, dropped only here.
        let fields = unsafe { ptr::read(fields) };
        let absence = fields.absence().take();
        if let Some(absence) = absence {
            absence.release(py);
        }
        let lock = &fields.state.lock;
        let (is_lost, is_closed) = (lock.is_lost(), lock.is_closed());
        let counters = fields.state.damage_counters;
        let contents = fields.state.lock.into_inner();
        let released = fields.released.into_inner();
        let released = released.unwrap_or_else(PoisonError::into_inner);
        let Contents { map, reserved } = released.unwrap_or(contents);
        if is_lost {
            // It is unknown what is mapped there.
            let _ = (ManuallyDrop::new(map), ManuallyDrop::new(reserved));
            return;
        }
        if is_closed && reserved.is_empty() {
            return;
        }
        let (damage, report) = damage_at_end(&counters, &map);
        let used = py.detach(|| {
            let lent = match is_closed {
                true => &reserved,
                false => map.reserved(),
            };
            let used = lent.first_use();
            drop((map, reserved));
            used
        });
        let report_of_use = used.map(FaultReport::of_use);
        for report in [report, report_of_use].into_iter().flatten() {
            report.announce(py);
        }
        for fault in [damage, used].into_iter().flatten() {
            Raised::fault_unraisable(py, fault);
        }
    }

    /// Returns the objects that this one refers to, for the garbage collector.
    pub(crate) fn referents(&self) -> [*mut ffi::PyObject; 2] {
        match self.fields.absence().as_ref() {
            Some(absence) => [absence.class.as_ptr(), absence.arguments.as_ptr()],
            None => [ptr::null_mut(); 2],
        }
    }

    /// Drops the references. The object is then a closed map.
    pub(crate) fn clear_referents(&self, py: Python<'_>) {
        let absence = self.fields.absence().take();
        if let Some(absence) = absence {
            absence.release(py);
        }
    }
}

impl Fields {
    #[inline]
    fn new(map: Option<Mmap>, mode: AccessMode, absence: Option<Absence>) -> Fields {
        Fields {
            #[cfg(unix)]
            is_anonymous: map.as_ref().is_some_and(Mmap::is_anonymous),
            state: state_of(map),
            mode: CurrentMode::new(mode),
            absence: Mutex::new(absence),
            released: Mutex::new(None),
        }
    }

    fn into_object(
        self,
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
    ) -> PyResult<NonNull<ffi::PyObject>> {
        let allocated =
            object_header::class_for_offset(py, PerInterpreter::MapClass).and_then(|ours| {
                // SAFETY: E2: class is a ready type (tp_new got it from the interpreter).
                let object = unsafe { capi::PyType_GenericAlloc(class.as_ptr(), 0) };
                let object = NonNull::new(object).ok_or_else(|| Raised::already_set(py))?;
                Ok((object, ours))
            });
        let (object, ours) = match allocated {
            Ok(allocated) => allocated,
            Err(raised) => {
                let absence = self.absence().take();
                if let Some(absence) = absence {
                    absence.release(py);
                }
                return Err(raised);
            }
        };
        // SAFETY: E2: `class` is ours or derived from it.
        let this = unsafe { object_header::new_data::<MapObject>(object.as_ptr(), ours) };
        // SAFETY: O3: the allocation has our basicsize, and `fields` lies inside it.
        let place = unsafe { &raw mut (*this).fields };
        // SAFETY: O3: freshly allocated, so there is nothing to drop.
        unsafe { place.write(self) };
        Ok(object)
    }
}
