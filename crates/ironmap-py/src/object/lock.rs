//! Access to the map: for short attached operations, and by lock guards for operations that
//! detach.
//!
//! No user code runs while a lock guard is held: it could close the map, and would then wait for
//! its own thread.
//!
//! # Safety
//!
//! O1, of `object`.
#![allow(unsafe_code)]

use std::time::Duration;

use ironmap::Mmap;
use ironmap::raw::MmapExt;
use ironmap_state::{Enter, Pass, Paused, Readers, ShortRead, ShortWrite, Wanted};

use crate::errors::PyResult;
use crate::interpreter::{Python, check_signals, shutdown};
use crate::object::layout::MapObject;
use crate::object::state::ShortReaders;

/// The longest wait for a lock or for a detached step before signal handlers run.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

type LockReadGuard<'a> = ironmap_state::ReadGuard<'a, Mmap, ShortReaders>;
type LockWriteGuard<'a> = ironmap_state::WriteGuard<'a, Mmap, ShortReaders>;
type LockResizeGuard<'a> = ironmap_state::ResizeGuard<'a, Mmap, ShortReaders>;

/// A lock guard.
pub(super) trait Entry<'a>: Pass<'a, Mmap, ShortReaders> + Send {}
impl<'a, G: Pass<'a, Mmap, ShortReaders> + Send> Entry<'a> for G {}

/// Runs an entry into the lock, which waits for the short readers of other threads. Without a GIL
/// one of these may be stopped (for the garbage collector, say) until every thread is detached.
#[inline]
fn entering<R: Send>(py: Python<'_>, wanted: Wanted, enter: impl FnOnce() -> R + Send) -> R {
    match wanted {
        Wanted::Write if !ShortReaders::TAKE_TURNS => py.detach(enter),
        _ => enter(),
    }
}

/// Blocks writers, `resize` and `close` until it is dropped.
pub(crate) struct ReadGuard<'a, 'py> {
    guard: LockReadGuard<'a>,
    py: Python<'py>,
}

impl ReadGuard<'_, '_> {
    /// Returns the result of `f` on the map.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&Mmap) -> R) -> R {
        self.guard.with(f)
    }

    /// Runs `f` on the map without the GIL.
    pub(crate) fn detached<R: Send>(&self, f: impl FnOnce(&Mmap) -> R + Send) -> R {
        self.with(|map| self.py.detach(|| f(map)))
    }

    /// Leaves the lock. The next lock guard can tell whether a writer was in between.
    pub(super) fn pause(self) -> Paused {
        self.guard.pause()
    }

    /// Returns whether a writer has used the map since the pause.
    pub(super) fn met_writer(&self, paused: Paused) -> bool {
        paused.met_writer(&self.guard)
    }
}

/// Blocks all other operations until it is dropped.
pub(crate) struct WriteGuard<'a, 'py> {
    guard: LockWriteGuard<'a>,
    py: Python<'py>,
}

impl WriteGuard<'_, '_> {
    /// Returns the result of `f` on the map.
    pub(crate) fn with<R>(&self, f: impl FnOnce(&Mmap) -> R) -> R {
        self.guard.with(f)
    }

    /// Runs `f` on the map.
    pub(super) fn with_mut<R>(&mut self, f: impl FnOnce(&mut Mmap) -> R) -> R {
        self.guard.with_mut(f)
    }

    /// Runs `f` on the map without the GIL.
    pub(crate) fn detached<R: Send>(&mut self, f: impl FnOnce(&mut Mmap) -> R + Send) -> R {
        let py = self.py;
        self.with_mut(|map| py.detach(|| f(map)))
    }

    /// Closes the map and unmaps it, detached. The object keeps the addresses that were exported.
    pub(crate) fn close(mut self) {
        self.guard.close();
        self.detached(Mmap::retire);
    }

    /// Closes the map, and leaves it mapped.
    pub(super) fn close_mapped(mut self) {
        self.guard.close();
    }
}

impl MapObject {
    /// Waits until no operation conflicts, and reports damage first.
    pub(crate) fn read_guard<'a, 'py>(&'a self, py: Python<'py>) -> PyResult<ReadGuard<'a, 'py>> {
        let guard = self.enter_reported(py, |guard: &LockReadGuard<'_>| {
            guard.with(Mmap::needs_attention)
        })?;
        Ok(ReadGuard { guard, py })
    }

    /// Waits like [`MapObject::read_guard`].
    pub(crate) fn write_guard<'a, 'py>(&'a self, py: Python<'py>) -> PyResult<WriteGuard<'a, 'py>> {
        let guard = self.enter_reported(py, |guard: &LockWriteGuard<'_>| {
            guard.with(Mmap::needs_attention)
        })?;
        Ok(WriteGuard { guard, py })
    }

    /// Waits like [`MapObject::read_guard`], without a report. Returns `None` if the map is
    /// closed.
    pub(crate) fn read_guard_ignoring_damage<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> PyResult<Option<ReadGuard<'a, 'py>>> {
        let guard = self.enter(py)?;
        Ok(guard.map(|guard| ReadGuard { guard, py }))
    }

    /// Waits like [`MapObject::write_guard`], to change the mapping itself.
    pub(crate) fn resize_guard<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> PyResult<WriteGuard<'a, 'py>> {
        let guard = self.enter_reported(py, |guard: &LockResizeGuard<'_>| {
            guard.with(Mmap::needs_attention)
        })?;
        let guard = guard.into();
        Ok(WriteGuard { guard, py })
    }

    /// Waits like [`MapObject::resize_guard`], without a report. Returns `None` if the map is
    /// closed.
    pub(crate) fn resize_guard_ignoring_damage<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> PyResult<Option<WriteGuard<'a, 'py>>> {
        let guard = self
            .enter::<LockResizeGuard<'_>>(py)?
            .map(LockWriteGuard::from);
        Ok(guard.map(|guard| WriteGuard { guard, py }))
    }

    /// Returns [`MapObject::resize_guard_ignoring_damage`], or `None` if another operation
    /// uses the map.
    pub(super) fn try_resize_guard<'a, 'py>(
        &'a self,
        py: Python<'py>,
    ) -> Option<WriteGuard<'a, 'py>> {
        let lock = &self.fields.state.lock;
        let guard = entering(py, Wanted::Write, || {
            lock.enter_at_once::<LockResizeGuard<'_>>()
        })?;
        Some(WriteGuard {
            guard: guard.into(),
            py,
        })
    }

    /// Returns the lock guard of a closed map, to unmap it. Returns `None` if another thread does
    /// that.
    pub(super) fn closed_guard<'a, 'py>(&'a self, py: Python<'py>) -> Option<WriteGuard<'a, 'py>> {
        let lock = &self.fields.state.lock;
        let guard = entering(py, Wanted::Write, || lock.enter_closed())?;
        Some(WriteGuard {
            guard: guard.into(),
            py,
        })
    }

    fn enter_reported<'a, G: Entry<'a>>(
        &'a self,
        py: Python<'_>,
        needs_attention: fn(&G) -> bool,
    ) -> PyResult<G> {
        let mut reported = false;
        loop {
            let Some(guard) = self.enter(py)? else {
                return Err(self.closed(py));
            };
            if reported || !needs_attention(&guard) {
                return Ok(guard);
            }
            drop(guard);
            self.report(py)?;
            reported = true;
        }
    }

    /// Waits until no writer is in, reports damage, and returns the map.
    #[cold]
    fn wait_to_read(&self, py: Python<'_>) -> PyResult<ShortRead<'_, Mmap, ShortReaders>> {
        let guard = self.read_guard(py)?;
        Ok(self.behind(&guard))
    }

    /// Waits like [`MapObject::wait_to_read`], without a report.
    #[cold]
    fn wait_to_read_ignoring_damage(
        &self,
        py: Python<'_>,
    ) -> PyResult<ShortRead<'_, Mmap, ShortReaders>> {
        match self.read_guard_ignoring_damage(py)? {
            Some(guard) => Ok(self.behind(&guard)),
            None => Err(self.closed(py)),
        }
    }

    /// Waits until no lock guard is left, reports damage, and returns the map.
    #[cold]
    pub(super) fn wait_to_write(
        &self,
        py: Python<'_>,
    ) -> PyResult<ShortWrite<'_, Mmap, ShortReaders>> {
        loop {
            let WriteGuard { guard, .. } = self.write_guard(py)?;
            if !ShortReaders::TAKE_TURNS {
                // Kept, for other writers may be waiting.
                return Ok(guard.into());
            }
            drop(guard);
            // SAFETY: O1.
            if let Some(map) = unsafe { self.fields.state.lock.write() } {
                return Ok(map);
            }
        }
    }

    /// Waits for a lock guard. Returns `None` if the map is closed. Runs signal handlers.
    pub(super) fn enter<'a, G: Entry<'a>>(&'a self, py: Python<'_>) -> PyResult<Option<G>> {
        loop {
            let lock = &self.fields.state.lock;
            let sleep = match entering(py, G::WANTED, || lock.enter()) {
                Enter::Entered(guard) => return Ok(Some(guard)),
                Enter::Closed => return Ok(None),
                Enter::Sleep(sleep) => sleep,
            };
            let wait = sleep.wait();
            py.detach(|| wait(SIGNAL_INTERVAL));
            // Try before leaving the queue. This thread is in no queue while signal
            // handlers run: they may use the map.
            match entering(py, G::WANTED, || sleep.try_enter()) {
                Enter::Entered(guard) => return Ok(Some(guard)),
                Enter::Closed => return Ok(None),
                Enter::Sleep(sleep) => drop(sleep),
            }
            check_signals(py)?;
            shutdown::check_not_finalizing(py)?;
        }
    }
}

impl MapObject {
    /// Reports damage, then runs `f` on the map, attached. `f` does not call the interpreter.
    #[inline(always)]
    pub(crate) fn read<R>(&self, py: Python<'_>, f: impl FnOnce(&Mmap) -> R) -> PyResult<R> {
        let now = self.now();
        let map = match now {
            Some(map) if !map.with(Mmap::needs_attention) => map,
            _ => {
                // This thread would wait for its own short read.
                drop(now);
                self.wait_to_read(py)?
            }
        };
        Ok(map.with(f))
    }

    /// Runs `f` like [`MapObject::read`]. Returns `None` if that needs a wait or a report.
    #[inline(always)]
    pub(crate) fn try_read<R>(&self, f: impl FnOnce(&Mmap) -> R) -> Option<R> {
        let now = self.now()?;
        now.with(|map| (!map.needs_attention()).then(|| f(map)))
    }

    /// Runs `f` like [`MapObject::read`], without a report: for facts about the map that are
    /// not its bytes, and after a `read`.
    #[inline(always)]
    pub(crate) fn read_ignoring_damage<R>(
        &self,
        py: Python<'_>,
        f: impl FnOnce(&Mmap) -> R,
    ) -> PyResult<R> {
        let map = match self.now() {
            Some(map) => map,
            None => self.wait_to_read_ignoring_damage(py)?,
        };
        Ok(map.with(f))
    }

    /// Reports damage, then runs `f` on the map, attached and alone. `f` does not call the
    /// interpreter.
    #[inline(always)]
    pub(crate) fn write<R>(&self, py: Python<'_>, f: impl FnOnce(&mut Mmap) -> R) -> PyResult<R> {
        // SAFETY: O1.
        let now = unsafe { self.fields.state.lock.write() };
        let mut map = match now {
            Some(map) if !map.with(Mmap::needs_attention) => map,
            _ => {
                drop(now);
                self.wait_to_write(py)?
            }
        };
        Ok(map.with_mut(f))
    }

    /// Returns the result of `f` on the map, or `None` if there is no map or a writer is in.
    pub(super) fn try_read_ignoring_damage<R>(&self, f: impl FnOnce(&Mmap) -> R) -> Option<R> {
        Some(self.now()?.with(f))
    }

    /// Returns the map. Under a lock guard no writer is in.
    fn behind(&self, _guard: &ReadGuard<'_, '_>) -> ShortRead<'_, Mmap, ShortReaders> {
        self.now().expect("no writer is in")
    }

    /// Returns the map, or `None` if it is closed or a writer is in.
    #[inline(always)]
    fn now(&self) -> Option<ShortRead<'_, Mmap, ShortReaders>> {
        // SAFETY: O1.
        unsafe { self.fields.state.lock.read() }
    }
}
