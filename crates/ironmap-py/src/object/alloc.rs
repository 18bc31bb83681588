//! Creating and dropping a map object.
//!
//! # Safety
//!
//! O3, of `object`.
#![allow(unsafe_code)]

use std::mem;
use std::ptr::{self, NonNull};
use std::sync::Mutex;

use ironmap::Mmap;
use ironmap::raw::MmapExt;
use ironmap_state::MapLock;
use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::{PerInterpreter, Python, capi, object_header};
use crate::object::absence::Absence;
use crate::object::access_mode::{AccessMode, CurrentMode};
use crate::object::damage::damage_at_end;
use crate::object::fault_hooks::FaultReport;
use crate::object::layout::{Fields, MapObject};
use crate::object::state::{State, no_map};

impl MapObject {
    /// Creates an object of `class`: ours or a subclass.
    pub(crate) fn create(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        map: Mmap,
        mode: AccessMode,
    ) -> PyResult<NonNull<ffi::PyObject>> {
        let (object, place) = MapObject::allocate(py, class)?;
        // SAFETY: O3: freshly allocated, so there is nothing to drop.
        unsafe { place.write(Fields::new(map, mode)) };
        Ok(object)
    }

    /// Creates a closed object, whose use raises the reason.
    pub(crate) fn create_absent(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
        absence: Absence,
    ) -> PyResult<NonNull<ffi::PyObject>> {
        let (object, place) = match MapObject::allocate(py, class) {
            Ok(allocated) => allocated,
            Err(raised) => {
                absence.release(py);
                return Err(raised);
            }
        };
        // SAFETY: O3: freshly allocated, so there is nothing to drop.
        unsafe { place.write(Fields::absent(absence)) };
        Ok(object)
    }

    /// Allocates an object of `class`, whose fields the caller fills at once.
    #[inline]
    fn allocate(
        py: Python<'_>,
        class: NonNull<ffi::PyTypeObject>,
    ) -> PyResult<(NonNull<ffi::PyObject>, *mut Fields)> {
        let ours = object_header::class_for_offset(py, PerInterpreter::MapClass)?;
        // SAFETY: E2: class is a ready type (tp_new got it from the interpreter).
        let object = unsafe { capi::PyType_GenericAlloc(class.as_ptr(), 0) };
        let object = NonNull::new(object).ok_or_else(|| Raised::already_set(py))?;
        // SAFETY: E2: `class` is ours or derived from it.
        let this = unsafe { object_header::new_data::<MapObject>(object.as_ptr(), ours) };
        // SAFETY: O3: the allocation has our basicsize, and `fields` lies inside it.
        Ok((object, unsafe { &raw mut (*this).fields }))
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
        // SAFETY: the caller's promise: no one else has the object; D1.
        let fields = unsafe { &mut (*this).fields };
        fields.end(py);
        // SAFETY: O3: filled where it was allocated, dropped only here.
        unsafe { ptr::drop_in_place(fields) };
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
    /// Unmaps, detached, and reports the damage that no one has met, before the object is freed.
    fn end(&mut self, py: Python<'_>) {
        let absence = self.absence().take();
        if let Some(absence) = absence {
            absence.release(py);
        }
        let (is_lost, is_closed) = (self.state.lock.is_lost(), self.state.lock.is_closed());
        let map = self.state.lock.get_mut();
        if is_lost {
            // It is unknown what is mapped there.
            mem::forget(mem::replace(map, no_map()));
            return;
        }
        if is_closed && map.reserved().is_empty() {
            return;
        }
        let (damage, report) = damage_at_end(&self.state.damage_counters, map);
        let used = py.detach(|| {
            let used = map.reserved().first_use();
            *map = no_map();
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

    #[inline(always)]
    fn new(map: Mmap, mode: AccessMode) -> Fields {
        Fields {
            #[cfg(unix)]
            is_anonymous: map.is_anonymous(),
            state: State::new(MapLock::new(map)),
            mode: CurrentMode::new(mode),
            absence: Mutex::new(None),
        }
    }

    fn absent(absence: Absence) -> Fields {
        Fields {
            #[cfg(unix)]
            is_anonymous: false,
            state: State::new(MapLock::closed(no_map())),
            mode: CurrentMode::new(AccessMode::Read),
            absence: Mutex::new(Some(absence)),
        }
    }
}
