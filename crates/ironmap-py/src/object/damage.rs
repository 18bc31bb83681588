//! Reports of damage: as the error of the operation that hit it, or of the next one if other
//! code hit it through a buffer.

use ironmap::raw::MmapExt;
use ironmap::{Error, Fault, FaultReason, Mmap};
use ironmap_state::DamageCounters;

use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::objects::{attribute, path_object};
use crate::interpreter::{Owned, Python};
use crate::object::fault_hooks::{FaultReport, announce};
use crate::object::layout::MapObject;
use crate::platform;

impl MapObject {
    /// Raises the fault error for damage that was not reported yet: other code hit it through a
    /// buffer. Checks the fault guard first, if this is the process's first use of the map.
    #[cold]
    pub(super) fn report(&self, py: Python<'_>) -> PyResult<()> {
        let state = &self.fields.state;
        let unreported = self.try_read_ignoring_damage(|map| {
            map.check_guard();
            let is_new = state.damage_counters.has_unreported(map.faults());
            map.damage().filter(|_| is_new)
        });
        if !state.lock.is_unused() && !self.exported_since_report() {
            // A thread that holds a lock guard hit it, and raises it.
            return Ok(());
        }
        let unreported = unreported.flatten();
        self.acknowledge_damage(py, unreported);
        match unreported {
            Some(fault) => Err(self.raise_fault(py, fault)),
            None => Ok(()),
        }
    }

    /// Returns what `close` has to report: the fault to raise, and the report for the hooks.
    pub(crate) fn damage_at_end(&self, map: &Mmap) -> (Option<Fault>, Option<FaultReport>) {
        damage_at_end(&self.fields.state.damage_counters, map)
    }

    /// Announces `count` faults to the hooks; `fault` is the last of them. Hooks are Python
    /// code, so nothing of the map is held here.
    #[cold]
    pub(super) fn announce(&self, py: Python<'_>, fault: Fault, count: u64) {
        if count == 0 {
            return;
        }
        announce(py, || self.path(py), fault, count);
    }

    /// Returns the file's path as the system knows it now, or the path by which a `FileMap` was
    /// opened, or None.
    fn path<'py>(&self, py: Python<'py>) -> PyResult<Owned<'py>> {
        let path = self
            .try_read_ignoring_damage(platform::descriptor::path)
            .flatten();
        if path.is_some() {
            return path_object(py, path);
        }
        attribute(self.as_any(py), c"path").or_else(|raised| {
            raised.clear(py);
            Ok(Owned::none(py))
        })
    }

    /// Returns whether other code may have met damage through a buffer.
    fn exported_since_report(&self) -> bool {
        let state = &self.fields.state;
        state.damage_counters.exported_since_report(&state.exports)
    }

    /// Marks all damage as reported, restores the file there, and announces `fault`, the last of
    /// the new faults. The damage stays if the file cannot be restored: without a descriptor, or
    /// while another thread uses the map. Then a buffer still shows zeros, and the next call
    /// reports again.
    pub(super) fn acknowledge_damage(&self, py: Python<'_>, fault: Option<Fault>) {
        let state = &self.fields.state;
        let counters = &state.damage_counters;
        let Some(faults) = self.try_read_ignoring_damage(Mmap::faults) else {
            return;
        };
        let unannounced = counters.announce(faults);
        if !self.exported_since_report() {
            // First: the guard may let another thread run, which would raise them too.
            counters.report(faults);
        }
        if let Some(mut guard) = self.try_resize_guard(py) {
            counters.acknowledge(faults, &state.exports);
            if let Err(error) = guard.with_mut(Mmap::restore) {
                if self.exports() > 0 {
                    counters.set_again(true);
                }
                if is_lost(&error) {
                    guard.close();
                }
            }
        }
        if let Some(fault) = fault {
            self.announce(py, fault, unannounced);
        }
    }

    /// Ignores damage behind a match, which a search has hit by reading ahead, unless a buffer
    /// was exported since. The hooks are called, so nothing of the map is held here.
    #[cold]
    pub(crate) fn ignore_damage_past_match(
        &self,
        py: Python<'_>,
        exports_before: Option<u64>,
    ) -> PyResult<()> {
        let was_exported = exports_before.is_none() || self.exports_total() != exports_before;
        let fault =
            self.read_ignoring_damage(py, |map| map.needs_attention().then(|| map.damage()))?;
        if let (Some(fault), false) = (fault.flatten(), was_exported) {
            self.acknowledge_damage(py, Some(fault));
        }
        Ok(())
    }

    /// Raises if the map stays damaged. Such a map exports no buffer: reading it reports no
    /// damage.
    #[inline]
    pub(crate) fn require_intact(&self, py: Python<'_>) -> PyResult<()> {
        let is_damaged = self.read_ignoring_damage(py, |map| {
            map.needs_attention() && {
                map.check_guard();
                map.is_damaged()
            }
        })?;
        if !is_damaged {
            return Ok(());
        }
        self.wait_to_write(py)?;
        match self.read_ignoring_damage(py, Mmap::damage)? {
            Some(fault) => Err(self.raise_fault(py, fault)),
            None => Ok(()),
        }
    }

    /// Restores the file where the map is damaged.
    pub(crate) fn restore(&self, py: Python<'_>) -> PyResult<ironmap::Result<()>> {
        let Some(mut guard) = self.resize_guard_ignoring_damage(py)? else {
            self.check_open(py)?;
            return Ok(Ok(()));
        };
        let (fault, faults) = guard.with(|map| (map.damage(), map.faults()));
        let damage_counters = &self.fields.state.damage_counters;
        damage_counters.report(faults);
        damage_counters.set_again(false);
        let restored = guard.with_mut(Mmap::restore);
        match &restored {
            Err(error) if is_lost(error) => guard.close(),
            _ => drop(guard),
        }
        if let Some(fault) = fault {
            self.announce(py, fault, damage_counters.announce(faults));
        }
        Ok(restored)
    }
}

impl MapObject {
    /// Raises the exception for an error of an operation, and acknowledges damage.
    #[cold]
    pub(crate) fn raise(&self, py: Python<'_>, why: impl Into<MapError>) -> Raised {
        let error = why.into();
        let Some(fault) = error.fault() else {
            return error.raise(py);
        };
        self.acknowledge_damage(py, Some(fault));
        self.raise_fault(py, fault)
    }

    /// Raises the `FaultError` of a fault, with the file's path.
    #[cold]
    pub(crate) fn raise_fault(&self, py: Python<'_>, fault: Fault) -> Raised {
        match self.path(py) {
            Ok(path) => Raised::fault(path.borrow(), fault),
            Err(raised) => raised,
        }
    }

    /// Raises the error of a result, if it is one. Nothing of the map is held here.
    #[inline]
    pub(crate) fn or_raise<T>(
        &self,
        py: Python<'_>,
        result: Result<T, impl Into<MapError>>,
    ) -> PyResult<T> {
        result.map_err(|why| self.raise(py, why))
    }
}

/// Returns what the end of a map has to report: the fault to raise, and the report for the hooks.
pub(super) fn damage_at_end(
    counters: &DamageCounters,
    map: &Mmap,
) -> (Option<Fault>, Option<FaultReport>) {
    let Some(fault) = map.damage() else {
        return (None, None);
    };
    let faults = map.faults();
    let count = counters.announce(faults);
    let report = (count > 0).then(|| FaultReport {
        path: platform::descriptor::path(map),
        fault,
        count,
    });
    let is_unreported = counters.has_unreported_at_end(faults);
    (is_unreported.then_some(fault), report)
}

/// Returns whether `restore` found other memory at the map's addresses.
fn is_lost(error: &Error) -> bool {
    let fault = error.fault();
    fault.is_some_and(|fault| fault.reason == FaultReason::AddressTaken)
}
