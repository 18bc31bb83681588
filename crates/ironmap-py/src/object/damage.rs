//! Damage, as a map's user hears of it: by the error of the operation that ran
//! into it, or by the next one if foreign code did, through a buffer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ironmap::raw::MmapExt;
use ironmap::{Error, Fault, FaultReason, Mmap};
use ironmap_state::Exports;

use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::objects::attribute;
use crate::interpreter::{Owned, Python};
use crate::object::MapObject;
use crate::object::fault_hooks::{FaultReport, announce, path_object};
use crate::platform;

impl MapObject {
    /// Raises the fault error for damage that nobody was told of yet: foreign
    /// code that had a buffer of the map ran into it. Checks the guard first, if this is
    /// the process's first use of the map.
    #[cold]
    pub(super) fn report(&self, py: Python<'_>) -> PyResult<()> {
        let state = &self.fields.state;
        let unreported = self.try_read_ignoring_damage(|map| {
            map.check_guard();
            state.damage_counters.unreported_now(map)
        });
        if !state.lock.is_unused() && !state.was_exported() {
            // It is the fault of a thread that has a guard, which raises it.
            return Ok(());
        }
        let unannounced = self.acknowledge_damage(py);
        let Some(fault) = unreported.flatten() else {
            return Ok(());
        };
        self.announce(py, fault, unannounced);
        Err(Raised::fault(py, fault))
    }

    pub(crate) fn unreported_at_end(&self, map: &Mmap) -> Option<Fault> {
        self.fields.state.damage_counters.unreported(map)
    }

    pub(crate) fn fault_report_at_end(&self, map: &Mmap) -> Option<FaultReport> {
        self.fields.state.damage_counters.fault_report(map)
    }

    /// Tells the hooks of `count` faults, of which this is the last. They are Python
    /// code, so nothing of the map is held here.
    #[cold]
    pub(super) fn announce(&self, py: Python<'_>, fault: Fault, count: u64) {
        if count == 0 {
            return;
        }
        announce(py, || self.path(py), fault, count);
    }

    /// The file's path: what the system calls it now, or what a `FileMap` was opened by, or
    /// None: a map of the constructor that keeps no descriptor, and one without a file.
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

    /// Takes all damage there is for reported, and shows the file again where
    /// it is. Where the file cannot be shown the damage stays: there may be no
    /// descriptor, or another thread uses the map just now. Then whoever has a
    /// buffer goes on reading zeros, and the next call reports again. Returns how many
    /// faults the hooks have not heard of, for [`MapObject::announce`].
    #[must_use]
    pub(super) fn acknowledge_damage(&self, py: Python<'_>) -> u64 {
        let state = &self.fields.state;
        let Some(faults) = self.try_read_ignoring_damage(Mmap::faults) else {
            return 0;
        };
        let unannounced = state.damage_counters.count_unannounced(faults);
        let Some(mut guard) = self.try_resize_guard(py) else {
            if !state.was_exported() {
                state.damage_counters.set_reported(faults);
            }
            return unannounced;
        };
        state.damage_counters.acknowledge(faults, &state.exports);
        if let Err(error) = guard.with_mut(Mmap::restore) {
            if self.exports() > 0 {
                state.damage_counters.say_again(true);
            }
            if is_lost(&error) {
                guard.close();
            }
        }
        unannounced
    }

    /// After a search that succeeded: what it looked at behind the match may be
    /// damaged, which is nobody's business, unless a buffer was out since then. The
    /// hooks hear of it, so nothing of the map is held here.
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
            let unannounced = self.acknowledge_damage(py);
            self.announce(py, fault, unannounced);
        }
        Ok(())
    }

    /// Before a buffer is exported: who has one is told nothing, so a map that
    /// stays damaged gives none.
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
        self.prepare_to_write(py)?;
        match self.read_ignoring_damage(py, Mmap::damage)? {
            Some(fault) => Err(Raised::fault(py, fault)),
            None => Ok(()),
        }
    }

    /// Shows the file again where the map is damaged.
    pub(crate) fn restore(&self, py: Python<'_>) -> PyResult<ironmap::Result<()>> {
        let Some(mut guard) = self.resize_guard_ignoring_damage(py)? else {
            self.check_open(py)?;
            return Ok(Ok(()));
        };
        let (fault, faults) = guard.with(|map| (map.damage(), map.faults()));
        let damage_counters = &self.fields.state.damage_counters;
        damage_counters.set_reported(faults);
        damage_counters.say_again(false);
        let restored = guard.with_mut(Mmap::restore);
        match &restored {
            Err(error) if is_lost(error) => guard.close(),
            _ => drop(guard),
        }
        if let Some(fault) = fault {
            self.announce(py, fault, damage_counters.count_unannounced(faults));
        }
        Ok(restored)
    }
}

impl MapObject {
    /// Makes the exception for what an operation on the map ran into.
    #[cold]
    pub(crate) fn raise(&self, py: Python<'_>, why: impl Into<MapError>) -> Raised {
        let error = why.into();
        if let Some(fault) = error.fault() {
            let unannounced = self.acknowledge_damage(py);
            self.announce(py, fault, unannounced);
        }
        error.raise(py)
    }

    /// As [`MapObject::raise`], for a result. Nothing of the map is held here.
    #[inline]
    pub(crate) fn or_raise<T>(
        &self,
        py: Python<'_>,
        result: Result<T, impl Into<MapError>>,
    ) -> PyResult<T> {
        result.map_err(|why| self.raise(py, why))
    }
}

/// Whether the map's addresses belong to other memory since it was to be restored.
fn is_lost(error: &Error) -> bool {
    let fault = error.fault();
    fault.is_some_and(|fault| fault.reason == FaultReason::AddressTaken)
}

/// What was said of a map's damage, to its user and to the hooks.
#[derive(Default)]
pub(super) struct DamageCounters {
    /// How many of the map's faults its user was told of.
    reported: AtomicU64,
    /// How many the hooks were told of.
    announced: AtomicU64,
    /// How many buffers were exported by then.
    exports_at_report: AtomicU64,
    /// Whether a buffer was out when damage that stays was reported: who has it
    /// reads zeros still.
    again: AtomicBool,
}

impl DamageCounters {
    /// The damage that its user has yet to hear of.
    pub(super) fn unreported_now(&self, map: &Mmap) -> Option<Fault> {
        let unreported = map.faults() != self.reported.load(Ordering::Relaxed);
        map.damage().filter(|_| unreported)
    }

    /// As [`unreported_now`](DamageCounters::unreported_now), at the end if not before.
    pub(super) fn unreported(&self, map: &Mmap) -> Option<Fault> {
        let again = self.again.load(Ordering::Relaxed);
        self.unreported_now(map)
            .or_else(|| map.damage().filter(|_| again))
    }

    /// How many of a map's faults are announced now, and were not before.
    pub(super) fn count_unannounced(&self, faults: u64) -> u64 {
        faults.saturating_sub(self.announced.swap(faults, Ordering::Relaxed))
    }

    /// What the hooks have yet to hear of a map that goes.
    pub(super) fn fault_report(&self, map: &Mmap) -> Option<FaultReport> {
        let fault = map.damage()?;
        let count = self.count_unannounced(map.faults());
        let path = platform::descriptor::path(map);
        (count > 0).then_some(FaultReport { path, fault, count })
    }

    pub(super) fn set_reported(&self, faults: u64) {
        self.reported.store(faults, Ordering::Relaxed);
    }

    /// All damage there is was said to its user.
    pub(super) fn acknowledge(&self, faults: u64, exports: &Exports) {
        self.set_reported(faults);
        self.exports_at_report
            .store(exports.total(), Ordering::Relaxed);
    }

    pub(super) fn say_again(&self, again: bool) {
        self.again.store(again, Ordering::Relaxed);
    }

    pub(super) fn exported_since_report(&self, exports: &Exports) -> bool {
        exports.total() != self.exports_at_report.load(Ordering::Relaxed)
    }
}
