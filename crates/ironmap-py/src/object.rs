//! The object behind a Python `mmap`: its memory layout, its birth and death,
//! and the one way to its map.
//!
//! # Safety
//!
//! * O1: a `MapObject` is reached only from attached threads, under one GIL
//!   (the module declares that it needs it). The map cell is borrowed as the
//!   gate allows: shared while the gate has no writer, mutably while it has no
//!   pin at all. The closures given to [`MapObject::read`] and
//!   [`MapObject::write`] do not call the interpreter (they make refusals, not
//!   exceptions), so no user code runs and no second borrow starts inside. The
//!   one exception makes a `bytes`, which runs none: `system::bytes`.
//! * O2: a pin keeps the gate shut for whoever does not get along with it, so
//!   a borrow taken under a pin stays right while the thread is detached.
//! * O3: `birth` fills every field before the object is shown to anyone, and
//!   `tp_dealloc` drops them once.
#![allow(unsafe_code)]

mod birth;
mod damage;

use std::cell::{Cell, RefCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr;

use ironmap::Mmap;
use ironmap::raw::{MmapExt, Reserved};
use pyo3_ffi as ffi;

use crate::ending;
use crate::error::{Fallible, OrRaise, Raised, Refusal};
use crate::fault_guard::News;
use crate::gate::{Gate, Intent, Sleep};
use crate::mode::Mode;
use crate::python::Python;
use crate::raised::check_signals;
use crate::reference::{Borrowed, Kept};
use crate::turn::SIGNAL_INTERVAL;
pub(crate) use birth::Absence;

#[repr(C)]
pub(crate) struct MapObject {
    /// The interpreter counts references here, whoever looks at the object.
    head: UnsafeCell<ffi::PyObject>,
    /// The interpreter's list of weak references.
    pub(crate) weakrefs: UnsafeCell<*mut ffi::PyObject>,
    fields: Fields,
}

struct Fields {
    map: UnsafeCell<Option<Mmap>>,
    /// Where a map that is closed was, for those who have kept its address and a
    /// reference to the object.
    reserved: Cell<Reserved>,
    gate: Gate,
    position: Cell<usize>,
    exports: Cell<usize>,
    /// How many buffers were ever exported.
    lent: Cell<u64>,
    /// How many of the map's faults its user was told of.
    faults_reported: Cell<u64>,
    /// How many the hooks were told of.
    faults_announced: Cell<u64>,
    /// How many buffers were exported by then.
    lent_when_acknowledged: Cell<u64>,
    /// Whether a buffer was out when damage that stays was reported: who has it
    /// reads zeros still.
    report_again: Cell<bool>,
    mode: Cell<Mode>,
    /// Whether the mode is, or ever was, one whose changes reach the file.
    flushes: Cell<bool>,
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
        self.fields.position.get()
    }

    #[inline]
    pub(crate) fn set_position(&self, position: usize) {
        self.fields.position.set(position);
    }

    pub(crate) fn mode(&self) -> Mode {
        self.fields.mode.get()
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.fields.mode.set(mode);
        self.fields.flushes.set(self.flushes() || mode.flushes());
    }

    /// Whether there can be changes to flush: they outlive the right to make them.
    pub(crate) fn flushes(&self) -> bool {
        self.fields.flushes.get()
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.fields.gate.is_closed()
    }

    pub(crate) fn exports(&self) -> usize {
        self.fields.exports.get()
    }

    #[inline]
    pub(crate) fn add_export(&self) {
        self.fields.exports.set(self.fields.exports.get() + 1);
        self.fields.lent.set(self.fields.lent.get() + 1);
    }

    /// How many buffers were exported so far, if all of them are back: for
    /// [`MapObject::ignore_damage_past_match`].
    #[inline]
    pub(crate) fn lent(&self) -> Option<u64> {
        (self.exports() == 0).then(|| self.fields.lent.get())
    }

    #[inline]
    pub(crate) fn drop_export(&self) {
        self.fields.exports.set(self.fields.exports.get() - 1);
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

    /// Runs `f` on the map, attached. `f` does not call the interpreter.
    #[inline(always)]
    pub(crate) fn read<R>(&self, py: Python<'_>, f: impl FnOnce(&Mmap) -> R) -> Fallible<R> {
        if !self.fields.gate.may_read() {
            self.wait(py, Intent::Read)?;
        }
        self.reported(py).map(f)
    }

    /// As [`MapObject::read`], if that means neither to wait nor to report.
    #[inline(always)]
    pub(crate) fn read_at_once<R>(&self, f: impl FnOnce(&Mmap) -> R) -> Option<R> {
        if !self.fields.gate.may_read() {
            return None;
        }
        let map = self.borrow().ok()?;
        (!map.needs_attention()).then(|| f(map))
    }

    /// As [`MapObject::read`], without a report of damage: for what tells of the
    /// map and not of its bytes, and after a `read` that has looked.
    #[inline(always)]
    pub(crate) fn peek<R>(&self, py: Python<'_>, f: impl FnOnce(&Mmap) -> R) -> Fallible<R> {
        if !self.fields.gate.may_read() {
            self.wait(py, Intent::Read)?;
        }
        self.borrow().map(f).or_raise(py)
    }

    /// Runs `f` on the map, attached and alone. `f` does not call the interpreter.
    #[inline(always)]
    pub(crate) fn write<R>(&self, py: Python<'_>, f: impl FnOnce(&mut Mmap) -> R) -> Fallible<R> {
        if !self.fields.gate.may_write() {
            self.wait(py, Intent::Write)?;
        }
        self.reported(py)?;
        self.borrow_mut().map(f).or_raise(py)
    }

    /// Makes the exception for what an operation on the map ran into.
    #[cold]
    pub(crate) fn fail(&self, py: Python<'_>, why: impl Into<Refusal>) -> Raised {
        let refusal = why.into();
        if let Some(fault) = refusal.fault() {
            let news = self.acknowledge_damage();
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

    /// Waits for a pin's turn, with no damage left to report.
    fn ready(&self, py: Python<'_>, intent: Intent) -> Fallible<()> {
        self.wait(py, intent)?;
        self.reported(py).map(drop)
    }

    /// Keeps writers, `resize` and `close` away until the pin is dropped.
    pub(crate) fn pin_shared<'a, 'py>(&'a self, py: Python<'py>) -> Fallible<SharedPin<'a, 'py>> {
        self.ready(py, Intent::ReadDetached)?;
        self.fields.gate.enter_reader();
        Ok(SharedPin { object: self, py })
    }

    /// Keeps everybody away until the pin is dropped.
    pub(crate) fn pin_exclusive<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> Fallible<ExclusivePin<'a, 'py>> {
        self.ready(py, Intent::Write)?;
        self.fields.gate.enter_writer();
        Ok(ExclusivePin {
            object: self,
            py,
            leave: Gate::leave_writer,
        })
    }

    /// As [`MapObject::pin_exclusive`], for what changes the region itself.
    pub(crate) fn pin_to_resize<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> Fallible<ExclusivePin<'a, 'py>> {
        self.ready(py, Intent::Write)?;
        self.fields.gate.enter_resizer();
        Ok(ExclusivePin {
            object: self,
            py,
            leave: Gate::leave_resizer,
        })
    }

    /// Waits for every pin to go, whatever becomes of the map meanwhile.
    pub(crate) fn wait_until_unused(&self, py: Python<'_>) -> Fallible<()> {
        self.wait_for_gate(py, Intent::Write).map(drop)
    }

    /// Waits for a detached writer to be done, whatever becomes of the map.
    pub(crate) fn wait_until_readable(&self, py: Python<'_>) -> Fallible<()> {
        self.wait_for_gate(py, Intent::Read).map(drop)
    }

    /// Takes the map out: from here on the object is closed. The caller has
    /// waited until nobody uses it.
    pub(crate) fn take(&self) -> Option<Mmap> {
        if self.fields.gate.is_closed() {
            return None;
        }
        self.fields.gate.close();
        // SAFETY: O1: no pin, and nobody else attached.
        let map = unsafe { &mut *self.fields.map.get() };
        map.take()
    }

    /// Keeps addresses of the closed map until the object goes.
    pub(crate) fn keep(&self, reserved: Reserved) {
        self.fields.reserved.set(reserved);
    }

    /// The map, once its user was told of all damage.
    #[inline]
    fn reported(&self, py: Python<'_>) -> Fallible<&Mmap> {
        match self.borrow() {
            Ok(map) if !map.needs_attention() => Ok(map),
            _ => {
                self.report(py)?;
                self.borrow().or_raise(py)
            }
        }
    }

    #[inline]
    fn borrow(&self) -> Result<&Mmap, Refusal> {
        // SAFETY: O1: no writer, as the caller checked.
        let map = unsafe { &*self.fields.map.get() };
        map.as_ref().ok_or(Refusal::Closed)
    }

    #[expect(clippy::mut_from_ref, reason = "O1: the gate is the borrow checker")]
    #[inline]
    fn borrow_mut(&self) -> Result<&mut Mmap, Refusal> {
        // SAFETY: O1: no pin, as the caller checked.
        let map = unsafe { &mut *self.fields.map.get() };
        map.as_mut().ok_or(Refusal::Closed)
    }

    #[cold]
    fn wait(&self, py: Python<'_>, intent: Intent) -> Fallible<()> {
        if self.wait_for_gate(py, intent)? {
            return Ok(());
        }
        Err(self.closed(py))
    }

    /// Sleeps, detached, until the gate admits `intent`; false if the map is
    /// closed by then. Signal handlers may run meanwhile.
    fn wait_for_gate(&self, py: Python<'_>, intent: Intent) -> Fallible<bool> {
        let gate = &self.fields.gate;
        while !gate.is_closed() {
            if gate.admits(intent) {
                return Ok(true);
            }
            if gate.forget_before_fork() {
                continue;
            }
            let sleep: Sleep<'_> = gate.sleep(intent);
            let wait = sleep.way();
            py.detach(|| wait(SIGNAL_INTERVAL));
            // Asked before this thread gives up its place among the waiting.
            let admitted = gate.admits_waiting(intent);
            drop(sleep);
            check_signals(py)?;
            if admitted && !gate.is_closed() && gate.is_free_for(intent) {
                return Ok(true);
            }
            ending::require_other_threads(py)?;
        }
        Ok(false)
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
        let map = ManuallyDrop::new(fields.map.get_mut().take());
        fields.gate.forget_before_fork();
        if fields.gate.is_lost() {
            return;
        }
        let map = ManuallyDrop::into_inner(map);
        let reserved = fields.reserved.take();
        if map.is_none() && reserved.is_empty() {
            return;
        }
        let damage = map.as_ref().and_then(|map| fields.unreported_at_end(map));
        let news = map.as_ref().and_then(|map| fields.news_at_end(map));
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

/// A map in use by a reader that may detach. No user code runs while it is
/// held: it could close the map, and would wait for its own thread.
pub(crate) struct SharedPin<'a, 'py> {
    object: &'a MapObject,
    py: Python<'py>,
}

impl SharedPin<'_, '_> {
    pub(crate) fn map(&self) -> Result<&Mmap, Refusal> {
        self.object.borrow()
    }

    /// Runs `f` on the map without the GIL.
    pub(crate) fn detached<R: Send>(
        &self,
        f: impl FnOnce(&Mmap) -> R + Send,
    ) -> Result<R, Refusal> {
        let map = self.map()?;
        Ok(self.py.detach(|| f(map)))
    }
}

impl Drop for SharedPin<'_, '_> {
    fn drop(&mut self) {
        self.object.fields.gate.leave_reader();
    }
}

/// A map in use by a writer that may detach, under the same condition.
pub(crate) struct ExclusivePin<'a, 'py> {
    object: &'a MapObject,
    py: Python<'py>,
    leave: fn(&Gate),
}

impl ExclusivePin<'_, '_> {
    pub(crate) fn map(&self) -> Result<&Mmap, Refusal> {
        self.object.borrow()
    }

    /// Runs `f` on the map without the GIL.
    pub(crate) fn detached<R: Send>(
        &mut self,
        f: impl FnOnce(&mut Mmap) -> R + Send,
    ) -> Result<R, Refusal> {
        let map = self.object.borrow_mut()?;
        Ok(self.py.detach(|| f(map)))
    }
}

impl Drop for ExclusivePin<'_, '_> {
    fn drop(&mut self) {
        (self.leave)(&self.object.fields.gate);
    }
}
