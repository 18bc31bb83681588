//! Damage, as a map's user hears of it: by the error of the operation that ran
//! into it, or by the next one if foreign code did, through a buffer.

use ironmap::raw::MmapExt;
use ironmap::{Error, Fault, FaultReason, Mmap};

use super::MapObject;
use crate::errors::{Fallible, Raised};
use crate::interpreter::objects::attribute;
use crate::interpreter::python::Python;
use crate::interpreter::reference::Owned;
use crate::methods::fault_guard::{News, announce, object_of_path};
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

/// Whether the map's addresses belong to other memory since it was to be restored.
fn is_lost(error: &Error) -> bool {
    let fault = error.fault();
    fault.is_some_and(|fault| fault.reason == FaultReason::AddressTaken)
}
