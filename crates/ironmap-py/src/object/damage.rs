//! Damage, as a map's user hears of it: by the error of the operation that ran
//! into it, or by the next one if foreign code did, through a buffer.

use ironmap::raw::MmapExt;
use ironmap::{Error, Fault, FaultReason, Mmap};

use super::{Fields, MapObject};
use crate::error::{Fallible, OrRaise, Raised, Refusal};
use crate::fault_guard::{News, announce, object_of_path};
use crate::gate::Intent;
use crate::objects::attribute;
use crate::python::Python;
use crate::reference::Owned;
use crate::system;

impl Fields {
    /// Whether anybody has had a buffer since all damage was last acknowledged.
    fn was_lent(&self) -> bool {
        self.exports.get() > 0 || self.lent.get() != self.lent_when_acknowledged.get()
    }

    fn unreported(&self, map: &Mmap, report_again: bool) -> Option<Fault> {
        let unreported = map.faults() != self.faults_reported.get() || report_again;
        map.damage().filter(|_| unreported)
    }

    /// The damage that its user has yet to hear of, at the end if not before.
    pub(super) fn unreported_at_end(&self, map: &Mmap) -> Option<Fault> {
        self.unreported(map, self.report_again.get())
    }

    /// How many of a map's faults are announced now, and were not before.
    fn count_news(&self, faults: u64) -> u64 {
        faults.saturating_sub(self.faults_announced.replace(faults))
    }

    /// What the hooks have yet to hear of a map that goes.
    pub(super) fn news_at_end(&self, map: &Mmap) -> Option<News> {
        let fault = map.damage()?;
        let count = self.count_news(map.faults());
        let path = system::descriptor::path(map);
        (count > 0).then_some(News { path, fault, count })
    }
}

impl MapObject {
    /// Raises the fault error for damage that nobody was told of yet: foreign
    /// code that had a buffer of the map ran into it. Checks the guard first, if this is
    /// the process's first use of the map.
    #[cold]
    pub(super) fn report(&self, py: Python<'_>) -> Fallible<()> {
        if let Ok(map) = self.borrow() {
            map.check_guard();
        }
        if !self.fields.gate.is_unused() && !self.fields.was_lent() {
            // It is the fault of a thread that has a pin, which raises it.
            return Ok(());
        }
        let unreported = self.fields.unreported(self.borrow().or_raise(py)?, false);
        let news = self.acknowledge_damage();
        let Some(fault) = unreported else {
            return Ok(());
        };
        self.announce(py, fault, news);
        Err(Raised::fault(py, fault))
    }

    pub(crate) fn unreported_at_end(&self, map: &Mmap) -> Option<Fault> {
        self.fields.unreported_at_end(map)
    }

    pub(crate) fn news_at_end(&self, map: &Mmap) -> Option<News> {
        self.fields.news_at_end(map)
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
        let map = self.fields.gate.may_read().then(|| self.borrow().ok());
        let path = map.flatten().and_then(system::descriptor::path);
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
    pub(super) fn acknowledge_damage(&self) -> u64 {
        let fields = &self.fields;
        let Ok(faults) = self.borrow().map(Mmap::faults) else {
            return 0;
        };
        let news = fields.count_news(faults);
        if !fields.gate.is_unused() {
            if !fields.was_lent() {
                fields.faults_reported.set(faults);
            }
            return news;
        }
        let lent = fields.exports.get() > 0;
        fields.faults_reported.set(faults);
        fields.lent_when_acknowledged.set(fields.lent.get());
        if let Ok(map) = self.borrow_mut() {
            let restored = map.restore();
            let stays = restored.is_err();
            self.close_if_lost(&restored);
            fields
                .report_again
                .set(fields.report_again.get() || (lent && stays));
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
            let news = self.acknowledge_damage();
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
        self.wait(py, Intent::Write)?;
        self.report(py)?;
        match self.borrow().or_raise(py)?.damage() {
            Some(fault) => Err(Raised::fault(py, fault)),
            None => Ok(()),
        }
    }

    /// Shows the file again where the map is damaged.
    pub(crate) fn restore(&self, py: Python<'_>) -> Fallible<Result<(), Refusal>> {
        self.wait(py, Intent::Write)?;
        let map = self.borrow_mut().or_raise(py)?;
        let (fault, faults) = (map.damage(), map.faults());
        self.fields.faults_reported.set(faults);
        self.fields.report_again.set(false);
        let restored = map.restore();
        self.close_if_lost(&restored);
        if let Some(fault) = fault {
            self.announce(py, fault, self.fields.count_news(faults));
        }
        Ok(restored.map_err(Refusal::Core))
    }

    /// Closes a map whose addresses belong to other memory since it was to be restored.
    fn close_if_lost(&self, restored: &ironmap::Result<()>) {
        let fault = restored.as_ref().err().and_then(Error::fault);
        let lost = fault.is_some_and(|fault| fault.reason == FaultReason::AddressTaken);
        if lost {
            if let Some(map) = self.take() {
                self.keep(map.retire());
            }
        }
    }
}
