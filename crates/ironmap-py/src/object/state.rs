//! The state of a map object, without Python. Several threads may use each part.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use ironmap::raw::{MmapExt, Reserved};
use ironmap::{Fault, Mmap};
use ironmap_state::{Exports, MapLock, Position};

use crate::object::access_mode::AccessMode;
use crate::object::fault_hooks::FaultReport;
use crate::platform;

/// The contents of the lock.
pub(super) struct Contents {
    pub(super) map: Option<Mmap>,
    /// The addresses of a closed map, for code that kept one and a reference to the object.
    pub(super) reserved: Reserved,
}

const OPEN: &str = "a lock that is not closed has a map";

/// Returns the map of a lock that is not closed.
#[inline(always)]
pub(super) fn open(contents: &Contents) -> &Mmap {
    contents.map.as_ref().expect(OPEN)
}

#[inline(always)]
pub(super) fn open_mut(contents: &mut Contents) -> &mut Mmap {
    contents.map.as_mut().expect(OPEN)
}

#[inline(always)]
pub(super) fn needs_attention(contents: &Contents) -> bool {
    open(contents).needs_attention()
}

/// How the lock knows its short readers: with a GIL, threads take turns (O1).
#[cfg(feature = "abi3")]
pub(super) type ShortReaders = ironmap_state::TakingTurns;
#[cfg(not(feature = "abi3"))]
pub(super) type ShortReaders = Box<ironmap_state::Counted>;

pub(super) struct State {
    pub(super) lock: MapLock<Contents, ShortReaders>,
    pub(super) position: Position,
    pub(super) exports: Exports,
    pub(super) damage_counters: DamageCounters,
    mode: AtomicU8,
    /// True if changes of this mode, or of an earlier one, reach the file.
    flushes: AtomicBool,
}

// Fails to compile if a part may not be shared between threads.
const _: fn(&State) -> &(dyn Sync + Send) = |state| state;

impl State {
    pub(super) fn new(map: Option<Mmap>, mode: AccessMode) -> State {
        let is_open = map.is_some();
        let reserved = Reserved::default();
        let contents = Contents { map, reserved };
        State {
            lock: match is_open {
                true => MapLock::new(contents),
                false => MapLock::closed(contents),
            },
            position: Position::new(),
            exports: Exports::new(),
            damage_counters: DamageCounters::default(),
            mode: AtomicU8::new(mode as u8),
            flushes: AtomicBool::new(mode.flushes()),
        }
    }

    pub(super) fn mode(&self) -> AccessMode {
        AccessMode::from_u8(self.mode.load(Ordering::Relaxed))
    }

    pub(super) fn set_mode(&self, mode: AccessMode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
        self.flushes.fetch_or(mode.flushes(), Ordering::Relaxed);
    }

    pub(super) fn flushes(&self) -> bool {
        self.flushes.load(Ordering::Relaxed)
    }

    /// Returns whether a buffer was exported since all damage was last acknowledged.
    pub(super) fn was_exported(&self) -> bool {
        self.exports.out() > 0 || self.damage_counters.exported_since_report(&self.exports)
    }
}

/// Counts the faults that were reported and announced.
#[derive(Default)]
pub(super) struct DamageCounters {
    /// Number of faults raised as errors.
    reported: AtomicU64,
    /// Number of faults announced to the hooks.
    announced: AtomicU64,
    /// Total of exported buffers when damage was last acknowledged.
    exports_at_report: AtomicU64,
    /// True if a buffer was out when lasting damage was reported: the buffer still shows zeros.
    again: AtomicBool,
}

impl DamageCounters {
    /// Returns damage that was not reported yet.
    pub(super) fn unreported_now(&self, map: &Mmap) -> Option<Fault> {
        let unreported = map.faults() != self.reported.load(Ordering::Relaxed);
        map.damage().filter(|_| unreported)
    }

    /// Returns damage to report when the map is closed: unreported, or seen by a buffer again.
    pub(super) fn unreported(&self, map: &Mmap) -> Option<Fault> {
        let again = self.again.load(Ordering::Relaxed);
        self.unreported_now(map)
            .or_else(|| map.damage().filter(|_| again))
    }

    /// Returns how many faults were not announced before, and marks all as announced.
    pub(super) fn count_unannounced(&self, faults: u64) -> u64 {
        faults.saturating_sub(self.announced.swap(faults, Ordering::Relaxed))
    }

    /// Returns the report of unannounced faults, for a map that is closed.
    pub(super) fn fault_report(&self, map: &Mmap) -> Option<FaultReport> {
        let fault = map.damage()?;
        let count = self.count_unannounced(map.faults());
        let path = platform::descriptor::path(map);
        (count > 0).then_some(FaultReport { path, fault, count })
    }

    pub(super) fn set_reported(&self, faults: u64) {
        self.reported.store(faults, Ordering::Relaxed);
    }

    /// Marks all damage as reported.
    pub(super) fn acknowledge(&self, faults: u64, exports: &Exports) {
        self.set_reported(faults);
        self.exports_at_report
            .store(exports.total(), Ordering::Relaxed);
    }

    pub(super) fn set_again(&self, again: bool) {
        self.again.store(again, Ordering::Relaxed);
    }

    pub(super) fn exported_since_report(&self, exports: &Exports) -> bool {
        exports.total() != self.exports_at_report.load(Ordering::Relaxed)
    }
}
