//! `release`: the map is closed, its buffers keep the memory, and the last of them unmaps it.

use ironmap::Mmap;

use crate::errors::Raised;
use crate::interpreter::Python;
use crate::object::layout::MapObject;
use crate::object::lock::WriteGuard;

impl MapObject {
    /// Closes the map. Unmaps it if no buffer is in use, else with the last one.
    pub(crate) fn release(&self, guard: WriteGuard<'_, '_>, py: Python<'_>) {
        let counters = &self.fields.state.damage_counters;
        counters.report(guard.with(Mmap::faults));
        guard.close_mapped();
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
        let Some(guard) = self.closed_guard(py) else {
            return;
        };
        let (fault, report) = guard.with(|map| self.damage_at_end(map));
        guard.close();
        if let Some(report) = report {
            report.announce(py);
        }
        if let Some(fault) = fault {
            Raised::fault_unraisable(py, fault);
        }
    }
}
