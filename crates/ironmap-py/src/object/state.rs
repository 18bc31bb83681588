//! The state of a map object, without Python: each part may be used by several threads.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use ironmap::raw::{MmapExt, Reserved};
use ironmap::{Fault, Mmap};
use ironmap_state::{Exports, MapLock, Position};

use crate::args::access_mode::Mode;
use crate::methods::fault_guard::News;
use crate::platform;

/// What the lock guards.
pub(super) struct Contents {
    pub(super) map: Option<Mmap>,
    /// Where a map that is closed was, for those who have kept its address and a
    /// reference to the object.
    pub(super) reserved: Reserved,
}

const OPEN: &str = "a lock that is not closed has a map";

/// The map of a lock that is not closed.
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

pub(super) struct State {
    pub(super) lock: MapLock<Contents>,
    pub(super) position: Position,
    pub(super) exports: Exports,
    pub(super) reports: Reports,
    mode: AtomicU8,
    /// Whether the mode is, or ever was, one whose changes reach the file.
    flushes: AtomicBool,
}

// A compiler holds that every part may be shared between threads.
const _: fn(&State) -> &(dyn Sync + Send) = |state| state;

impl State {
    pub(super) fn new(map: Option<Mmap>, mode: Mode) -> State {
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
            reports: Reports::default(),
            mode: AtomicU8::new(mode as u8),
            flushes: AtomicBool::new(mode.flushes()),
        }
    }

    pub(super) fn mode(&self) -> Mode {
        Mode::from_u8(self.mode.load(Ordering::Relaxed))
    }

    pub(super) fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::Relaxed);
        self.flushes.fetch_or(mode.flushes(), Ordering::Relaxed);
    }

    pub(super) fn flushes(&self) -> bool {
        self.flushes.load(Ordering::Relaxed)
    }

    /// Whether anybody has had a buffer since all damage was last acknowledged.
    pub(super) fn was_lent(&self) -> bool {
        self.exports.out() > 0 || self.reports.were_lent_since(&self.exports)
    }
}

/// What was said of a map's damage, to its user and to the hooks.
#[derive(Default)]
pub(super) struct Reports {
    /// How many of the map's faults its user was told of.
    reported: AtomicU64,
    /// How many the hooks were told of.
    announced: AtomicU64,
    /// How many buffers were exported by then.
    lent_when_acknowledged: AtomicU64,
    /// Whether a buffer was out when damage that stays was reported: who has it
    /// reads zeros still.
    again: AtomicBool,
}

impl Reports {
    /// The damage that its user has yet to hear of.
    pub(super) fn unreported_now(&self, map: &Mmap) -> Option<Fault> {
        let unreported = map.faults() != self.reported.load(Ordering::Relaxed);
        map.damage().filter(|_| unreported)
    }

    /// As [`unreported_now`](Reports::unreported_now), at the end if not before.
    pub(super) fn unreported(&self, map: &Mmap) -> Option<Fault> {
        let again = self.again.load(Ordering::Relaxed);
        self.unreported_now(map)
            .or_else(|| map.damage().filter(|_| again))
    }

    /// How many of a map's faults are announced now, and were not before.
    pub(super) fn count_news(&self, faults: u64) -> u64 {
        faults.saturating_sub(self.announced.swap(faults, Ordering::Relaxed))
    }

    /// What the hooks have yet to hear of a map that goes.
    pub(super) fn news(&self, map: &Mmap) -> Option<News> {
        let fault = map.damage()?;
        let count = self.count_news(map.faults());
        let path = platform::descriptor::path(map);
        (count > 0).then_some(News { path, fault, count })
    }

    pub(super) fn set_reported(&self, faults: u64) {
        self.reported.store(faults, Ordering::Relaxed);
    }

    /// All damage there is was said to its user.
    pub(super) fn acknowledge(&self, faults: u64, exports: &Exports) {
        self.set_reported(faults);
        self.lent_when_acknowledged
            .store(exports.total(), Ordering::Relaxed);
    }

    pub(super) fn say_again(&self, again: bool) {
        self.again.store(again, Ordering::Relaxed);
    }

    fn were_lent_since(&self, exports: &Exports) -> bool {
        exports.total() != self.lent_when_acknowledged.load(Ordering::Relaxed)
    }
}
