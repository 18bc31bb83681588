//! Damage, as a map's user hears of it: by the error of the operation that ran
//! into it, or by the next one if foreign code did, through a buffer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ironmap::raw::MmapExt;
use ironmap::{Error, Fault, FaultReason, Mmap};
use ironmap_state::Exports;

use crate::errors::{Fallible, Raised, Refusal};
use crate::interpreter::objects::attribute;
use crate::interpreter::{Owned, Python};
use crate::object::MapObject;
use crate::object::fault_hooks::{News, announce, object_of_path};
use crate::platform;

impl MapObject {
    /// Raises the fault error for damage that nobody was told of yet: foreign
    /// code that had a buffer of the map ran into it. Checks the guard first, if this is
    /// the process's first use of the map.
    #[cold]
    pub(super) fn report(&self, py: Python<'_>) -> Fallible<()> {
        let state = &self.fields.state;
        let unreported = self.at_once(|map| {
            map.check_guard();
            state.reports.unreported_now(map)
        });
        if !state.lock.is_unused() && !state.was_lent() {
            // It is the fault of a thread that has a pin, which raises it.
            return Ok(());
        }
        let news = self.acknowledge_damage(py);
        let Some(fault) = unreported.flatten() else {
            return Ok(());
        };
        self.announce(py, fault, news);
        Err(Raised::fault(py, fault))
    }

    pub(crate) fn unreported_at_end(&self, map: &Mmap) -> Option<Fault> {
        self.fields.state.reports.unreported(map)
    }

    pub(crate) fn news_at_end(&self, map: &Mmap) -> Option<News> {
        self.fields.state.reports.news(map)
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
    fn path<'py>(&self, py: Python<'py>) -> Fallible<Owned<'py>> {
        let path = self.at_once(platform::descriptor::path).flatten();
        if path.is_some() {
            return object_of_path(py, path);
        }
        attribute(self.as_any(py), c"path").or_else(|raised| {
            raised.forget(py);
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
        let Some(faults) = self.at_once(Mmap::faults) else {
            return 0;
        };
        let news = state.reports.count_news(faults);
        let Some(mut pin) = self.pin_at_once(py) else {
            if !state.was_lent() {
                state.reports.set_reported(faults);
            }
            return news;
        };
        state.reports.acknowledge(faults, &state.exports);
        if let Err(error) = pin.with_mut(Mmap::restore) {
            if self.exports() > 0 {
                state.reports.say_again(true);
            }
            if is_lost(&error) {
                pin.close();
            }
        }
        news
    }

    /// After a search that succeeded: what it looked at behind the match may be
    /// damaged, which is nobody's business, unless a buffer was out since then. The
    /// hooks hear of it, so nothing of the map is held here.
    #[cold]
    pub(crate) fn ignore_damage_past_match(
        &self,
        py: Python<'_>,
        lent_before: Option<u64>,
    ) -> Fallible<()> {
        let was_lent = lent_before.is_none() || self.lent() != lent_before;
        let fault = self.peek(py, |map| map.needs_attention().then(|| map.damage()))?;
        if let (Some(fault), false) = (fault.flatten(), was_lent) {
            let news = self.acknowledge_damage(py);
            self.announce(py, fault, news);
        }
        Ok(())
    }

    /// Before a buffer is exported: who has one is told nothing, so a map that
    /// stays damaged gives none.
    #[inline]
    pub(crate) fn require_intact(&self, py: Python<'_>) -> Fallible<()> {
        let is_damaged = self.peek(py, |map| {
            map.needs_attention() && {
                map.check_guard();
                map.is_damaged()
            }
        })?;
        if !is_damaged {
            return Ok(());
        }
        self.prepare_to_write(py)?;
        match self.peek(py, Mmap::damage)? {
            Some(fault) => Err(Raised::fault(py, fault)),
            None => Ok(()),
        }
    }

    /// Shows the file again where the map is damaged.
    pub(crate) fn restore(&self, py: Python<'_>) -> Fallible<ironmap::Result<()>> {
        let Some(mut pin) = self.pin_to_close(py)? else {
            self.check_open(py)?;
            return Ok(Ok(()));
        };
        let (fault, faults) = pin.with(|map| (map.damage(), map.faults()));
        let reports = &self.fields.state.reports;
        reports.set_reported(faults);
        reports.say_again(false);
        let restored = pin.with_mut(Mmap::restore);
        match &restored {
            Err(error) if is_lost(error) => pin.close(),
            _ => drop(pin),
        }
        if let Some(fault) = fault {
            self.announce(py, fault, reports.count_news(faults));
        }
        Ok(restored)
    }
}

impl MapObject {
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
}

/// Whether the map's addresses belong to other memory since it was to be restored.
fn is_lost(error: &Error) -> bool {
    let fault = error.fault();
    fault.is_some_and(|fault| fault.reason == FaultReason::AddressTaken)
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

    pub(super) fn were_lent_since(&self, exports: &Exports) -> bool {
        exports.total() != self.lent_when_acknowledged.load(Ordering::Relaxed)
    }
}
