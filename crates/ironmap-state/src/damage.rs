//! Counts of a map's faults: those that its users know, by errors or by hooks.

use crate::counters::Exports;
use crate::sync::{AtomicBool, AtomicU64, Ordering};

/// Counts the faults of a map that were reported as errors, and those announced to hooks.
///
/// Each function takes the number of faults that the map has survived. That number never falls,
/// but one thread may know an older one than another, so no count is ever set back.
#[derive(Debug)]
pub struct DamageCounters {
    reported: AtomicU64,
    announced: AtomicU64,
    /// The total of exported buffers when damage was last acknowledged.
    exports_at_report: AtomicU64,
    /// True if a buffer was out when lasting damage was reported: the buffer still shows zeros.
    again: AtomicBool,
}

impl DamageCounters {
    /// Creates the counts of a map without faults.
    #[must_use]
    pub fn new() -> DamageCounters {
        DamageCounters {
            reported: AtomicU64::new(0),
            announced: AtomicU64::new(0),
            exports_at_report: AtomicU64::new(0),
            again: AtomicBool::new(false),
        }
    }

    /// Returns whether some of the faults were not reported.
    pub fn has_unreported(&self, faults: u64) -> bool {
        faults > self.reported.load(Ordering::Relaxed)
    }

    /// Returns whether the end of the map has to report damage: some faults were not reported, or
    /// a buffer has shown zeros since.
    pub fn has_unreported_at_end(&self, faults: u64) -> bool {
        self.has_unreported(faults) || self.again.load(Ordering::Relaxed)
    }

    /// Marks the faults as reported.
    pub fn report(&self, faults: u64) {
        self.reported.fetch_max(faults, Ordering::Relaxed);
    }

    /// Marks the faults as announced, and returns how many of them were not before. Threads that
    /// announce at the same time count each fault once.
    #[must_use = "the faults count as announced"]
    pub fn announce(&self, faults: u64) -> u64 {
        let announced = self.announced.fetch_max(faults, Ordering::Relaxed);
        faults.saturating_sub(announced)
    }

    /// Marks the faults as reported, and all exports so far as known. The caller holds a
    /// [`WriteGuard`](crate::WriteGuard), so no buffer is added meanwhile.
    pub fn acknowledge(&self, faults: u64, exports: &Exports) {
        self.report(faults);
        self.exports_at_report
            .store(exports.total(), Ordering::Relaxed);
    }

    /// Sets whether the end of the map reports its damage again.
    pub fn set_again(&self, again: bool) {
        self.again.store(again, Ordering::Relaxed);
    }

    /// Returns whether a buffer is in use, or was exported since damage was last acknowledged: then
    /// other code may have met damage that no thread reports.
    pub fn exported_since_report(&self, exports: &Exports) -> bool {
        exports.out() > 0 || exports.total() != self.exports_at_report.load(Ordering::Relaxed)
    }
}

impl Default for DamageCounters {
    fn default() -> DamageCounters {
        DamageCounters::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn report_older_count_keeps_newer() {
        let counters = DamageCounters::new();
        assert!(!counters.has_unreported(0));
        assert!(counters.has_unreported(1));
        counters.report(3);
        counters.report(2);
        assert!(!counters.has_unreported(3));
        assert!(counters.has_unreported(4));
    }

    #[test]
    fn announce_returns_new_faults_alone() {
        let counters = DamageCounters::new();
        assert_eq!(counters.announce(0), 0);
        assert_eq!(counters.announce(3), 3);
        assert_eq!(counters.announce(2), 0);
        assert_eq!(counters.announce(3), 0);
        assert_eq!(counters.announce(5), 2);
    }

    #[test]
    fn end_with_reported_damage_reports_again_if_asked() {
        let counters = DamageCounters::new();
        counters.report(1);
        assert!(!counters.has_unreported_at_end(1));
        counters.set_again(true);
        assert!(counters.has_unreported_at_end(1));
        assert!(!counters.has_unreported(1));
        counters.set_again(false);
        assert!(!counters.has_unreported_at_end(1));
        assert!(counters.has_unreported_at_end(2));
    }

    #[test]
    fn acknowledge_with_released_export_knows_it() {
        let (counters, exports) = (DamageCounters::new(), Exports::new());
        assert!(!counters.exported_since_report(&exports));
        exports.add();
        exports.remove();
        assert!(counters.exported_since_report(&exports));
        counters.acknowledge(1, &exports);
        assert!(!counters.exported_since_report(&exports));
        assert!(!counters.has_unreported(1));
        exports.add();
        counters.acknowledge(1, &exports);
        assert!(counters.exported_since_report(&exports), "it is in use");
    }
}
