//! The object behind a Python `mmap`: its memory layout, its birth and death,
//! and the one way to its map.
//!
//! # Safety
//!
//! * O1: a `MapObject` is reached only from attached threads, under one GIL
//!   (the module declares that it needs it), so threads take turns, as
//!   [`MapLock::read`] and [`MapLock::write`] ask. The closures given to them do not call
//!   the interpreter (they make refusals, not exceptions), so the turn lasts until they
//!   return. The one exception makes a `bytes`, which runs no code of the user's:
//!   `platform::bytes`.
//! * O2: what is done detached is done under a pin, which has a guard of the lock.
//! * O3: `birth` fills every field before the object is shown to anyone, and
//!   `tp_dealloc` drops them once.
#![allow(unsafe_code)]

mod alloc;
mod damage;
pub(crate) mod gil_budget;
mod lock;
mod state;

use std::cell::{RefCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::{mem, ptr};

use ironmap::Mmap;
use ironmap::raw::MmapExt;
use ironmap_state::ShortRead;
use pyo3_ffi as ffi;

use crate::args::access_mode::Mode;
use crate::errors::{Fallible, Raised, Refusal};
use crate::interpreter::python::Python;
use crate::interpreter::reference::{Borrowed, Kept};
use crate::methods::fault_guard::News;
pub(crate) use alloc::Absence;
pub(crate) use lock::{ExclusivePin, SharedPin};
use state::{Contents, State, needs_attention, open, open_mut};

#[repr(C)]
pub(crate) struct MapObject {
    /// The interpreter counts references here, whoever looks at the object.
    head: UnsafeCell<ffi::PyObject>,
    /// The interpreter's list of weak references.
    pub(crate) weakrefs: UnsafeCell<*mut ffi::PyObject>,
    fields: Fields,
}

struct Fields {
    state: State,
    /// Of an object that never had a map.
    absence: RefCell<Option<Absence>>,
}

impl MapObject {
    /// # Safety
    ///
    /// `object` is a live instance of our class, and the thread is attached
    /// for `'a`.
    #[inline]
    pub(crate) unsafe fn from_ptr<'a>(object: *mut ffi::PyObject) -> &'a MapObject {
        // SAFETY: the caller's promise; the layout starts with the object head.
        unsafe { &*object.cast::<MapObject>() }
    }

    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        ptr::from_ref(self).cast_mut().cast()
    }

    pub(crate) fn as_any<'py>(&self, py: Python<'py>) -> Borrowed<'_, 'py> {
        // SAFETY: O1: this is a live object.
        unsafe { Borrowed::from_ptr(py, self.as_ptr()) }
    }

    /// The class, as long as the object is not given another.
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

    pub(crate) fn mode(&self) -> Mode {
        self.fields.state.mode()
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.fields.state.set_mode(mode);
    }

    /// Whether there can be changes to flush: they outlive the right to make them.
    pub(crate) fn flushes(&self) -> bool {
        self.fields.state.flushes()
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

    /// How many buffers were exported so far, if all of them are back: for
    /// [`MapObject::ignore_damage_past_match`].
    #[inline]
    pub(crate) fn lent(&self) -> Option<u64> {
        (self.exports() == 0).then(|| self.fields.state.exports.total())
    }

    #[inline]
    pub(crate) fn drop_export(&self) {
        self.fields.state.exports.remove();
    }

    /// The exception of a closed map, before arguments are converted.
    #[inline]
    pub(crate) fn check_open(&self, py: Python<'_>) -> Fallible<()> {
        if self.is_closed() {
            return Err(self.closed(py));
        }
        Ok(())
    }

    #[cold]
    fn closed(&self, py: Python<'_>) -> Raised {
        let copied = |absence: &Absence| absence.clone_ref(py);
        // To raise it runs the user's code, so it is not borrowed then.
        let absence = self.fields.absence.borrow().as_ref().map(copied);
        match absence {
            Some(absence) => {
                let raised = absence.raise(py);
                absence.give_back(py);
                raised
            }
            None => Raised::closed(py),
        }
    }

    /// Runs `f` on the map, attached, once its user was told of all damage. `f` does not
    /// call the interpreter.
    #[inline(always)]
    pub(crate) fn read<R>(&self, py: Python<'_>, f: impl FnOnce(&Mmap) -> R) -> Fallible<R> {
        let (now, waited);
        now = self.now();
        let map = match now.as_ref().and_then(|now| now.get().map.as_ref()) {
            Some(map) if !map.needs_attention() => map,
            _ => {
                self.prepare(py)?;
                waited = self.wait_for(py)?;
                open(waited.get())
            }
        };
        Ok(f(map))
    }

    /// As [`MapObject::read`], if that means neither to wait nor to report.
    #[inline(always)]
    pub(crate) fn read_at_once<R>(&self, f: impl FnOnce(&Mmap) -> R) -> Option<R> {
        let now = self.now()?;
        let map = now.get().map.as_ref()?;
        (!map.needs_attention()).then(|| f(map))
    }

    /// As [`MapObject::read`], without a report of damage: for what tells of the
    /// map and not of its bytes, and after a `read` that has looked.
    #[inline(always)]
    pub(crate) fn peek<R>(&self, py: Python<'_>, f: impl FnOnce(&Mmap) -> R) -> Fallible<R> {
        let (now, waited);
        now = self.now();
        let map = match now.as_ref().and_then(|now| now.get().map.as_ref()) {
            Some(map) => map,
            None => {
                waited = self.wait_for(py)?;
                open(waited.get())
            }
        };
        Ok(f(map))
    }

    /// Runs `f` on the map, attached and alone, once its user was told of all damage. `f`
    /// does not call the interpreter.
    #[inline(always)]
    pub(crate) fn write<R>(&self, py: Python<'_>, f: impl FnOnce(&mut Mmap) -> R) -> Fallible<R> {
        // SAFETY: O1.
        let mut map = match unsafe { self.fields.state.lock.write() } {
            Some(map) if !map.with(needs_attention) => map,
            _ => self.prepare_to_write(py)?,
        };
        Ok(map.with_mut(|contents| f(open_mut(contents))))
    }

    /// What `f` says of the map, unless there is none or a writer is in.
    fn at_once<R>(&self, f: impl FnOnce(&Mmap) -> R) -> Option<R> {
        Some(self.now()?.with(|contents| f(open(contents))))
    }

    #[inline(always)]
    fn now(&self) -> Option<ShortRead<'_, Contents>> {
        // SAFETY: O1.
        unsafe { self.fields.state.lock.read() }
    }

    /// Makes the exception for what an operation on the map ran into.
    #[cold]
    pub(crate) fn fail(&self, py: Python<'_>, why: impl Into<Refusal>) -> Raised {
        let refusal = why.into();
        if let Some(fault) = refusal.fault() {
            let news = self.acknowledge_damage(py);
            self.announce(py, fault, news);
        }
        refusal.raise(py)
    }

    /// As [`MapObject::fail`], for a result. Nothing of the map is held here.
    #[inline]
    pub(crate) fn or_fail<T>(
        &self,
        py: Python<'_>,
        result: Result<T, impl Into<Refusal>>,
    ) -> Fallible<T> {
        result.map_err(|why| self.fail(py, why))
    }

    /// `tp_dealloc`'s part: unmaps, detached, and drops the fields.
    ///
    /// # Safety
    ///
    /// `object` is an instance of our class that nobody refers to any more.
    pub(crate) unsafe fn destroy(py: Python<'_>, object: *mut ffi::PyObject) {
        let this = object.cast::<MapObject>();
        // SAFETY: the caller's promise.
        let fields = unsafe { &raw const (*this).fields };
        // SAFETY: O3: filled by `Fields::into_object`, dropped only here.
        let mut fields = unsafe { ptr::read(fields) };
        if let Some(absence) = fields.absence.take() {
            absence.give_back(py);
        }
        let is_lost = fields.state.lock.is_lost();
        let reports = mem::take(&mut fields.state.reports);
        let Contents { map, reserved } = fields.state.lock.into_inner();
        if is_lost {
            // Nobody knows what is mapped there.
            let _ = (ManuallyDrop::new(map), ManuallyDrop::new(reserved));
            return;
        }
        if map.is_none() && reserved.is_empty() {
            return;
        }
        let damage = map.as_ref().and_then(|map| reports.unreported(map));
        let news = map.as_ref().and_then(|map| reports.news(map));
        let used = py.detach(|| {
            let used = map
                .as_ref()
                .map_or(&reserved, MmapExt::reserved)
                .first_use();
            drop((map, reserved));
            used
        });
        let news_of_use = used.map(News::of_use);
        for news in [news, news_of_use].into_iter().flatten() {
            news.announce(py);
        }
        for fault in [damage, used].into_iter().flatten() {
            Raised::fault_unraisable(py, fault);
        }
    }
}

/// A map that an iterator goes over.
pub(crate) struct KeptMap(Kept);

impl KeptMap {
    pub(crate) fn new(py: Python<'_>, object: &MapObject) -> KeptMap {
        KeptMap(Kept::new(object.as_any(py).to_owned()))
    }

    #[inline]
    pub(crate) fn get<'a>(&'a self, _py: Python<'a>) -> &'a MapObject {
        // SAFETY: O1: `new` made it from a map, and it is kept; the token is proof of
        // being attached.
        unsafe { MapObject::from_ptr(self.0.as_ptr()) }
    }

    /// For the garbage collector.
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    pub(crate) fn give_back(self, py: Python<'_>) {
        self.0.give_back(py);
    }
}
