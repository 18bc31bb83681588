//! `release`: the map is closed, its buffers keep the memory, and the last of them unmaps it.

use std::sync::{MutexGuard, PoisonError};

use ironmap::Mmap;

use crate::errors::Raised;
use crate::interpreter::Python;
use crate::object::damage::damage_at_end;
use crate::object::layout::MapObject;
use crate::object::lock::WriteGuard;
use crate::object::state::Contents;

impl MapObject {
    /// Closes the map. Unmaps it if no buffer is in use, else with the last one.
    pub(crate) fn release(&self, guard: WriteGuard<'_, '_>, py: Python<'_>) {
        let counters = &self.fields.state.damage_counters;
        counters.report(guard.with(Mmap::faults));
        *self.released() = Some(guard.take());
        if self.fields.state.exports.end_with_last() {
            self.unmap_released(py);
        }
    }

    /// Uncounts a buffer.
    #[inline]
    pub(crate) fn drop_export(&self, py: Python<'_>) {
        if self.fields.state.exports.remove() {
            self.unmap_released(py);
        }
    }

    /// Unmaps, detached, after the last buffer. Faults since `release` go to
    /// `sys.unraisablehook`.
    #[cold]
    fn unmap_released(&self, py: Python<'_>) {
        let Some(mut contents) = self.released().take() else {
            return;
        };
        let (fault, report) = damage_at_end(&self.fields.state.damage_counters, &contents.map);
        contents.retire(py);
        *self.released() = Some(contents);
        if let Some(report) = report {
            report.announce(py);
        }
        if let Some(fault) = fault {
            Raised::fault_unraisable(py, fault);
        }
    }

    /// Locked for no longer than it takes to store or to take the map.
    fn released(&self) -> MutexGuard<'_, Option<Contents>> {
        let released = self.fields.released.lock();
        released.unwrap_or_else(PoisonError::into_inner)
    }
}
