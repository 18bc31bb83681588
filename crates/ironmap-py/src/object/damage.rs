//! Damage, as a map's user hears of it: by the error of the operation that ran
//! into it, or by the next one if foreign code did, through a buffer.

use ironmap::{Fault, Mmap};

use super::{Fields, MapObject};
use crate::error::{Fallible, OrRaise, Raised, Refusal};
use crate::gate::Intent;
use crate::python::Python;

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
}

impl MapObject {
    /// Raises the fault error for damage that nobody was told of yet: foreign
    /// code that had a buffer of the map ran into it.
    #[cold]
    pub(super) fn report(&self, py: Python<'_>) -> Fallible<()> {
        if !self.fields.gate.may_write() && !self.fields.was_lent() {
            // It is the fault of a thread that has a pin, which raises it.
            return Ok(());
        }
        let unreported = self.fields.unreported(self.borrow().or_raise(py)?, false);
        self.acknowledge_damage();
        match unreported {
            Some(fault) => Err(Raised::fault(py, fault)),
            None => Ok(()),
        }
    }

    pub(crate) fn unreported_at_end(&self, map: &Mmap) -> Option<Fault> {
        self.fields.unreported_at_end(map)
    }

    /// Takes all damage there is for reported, and shows the file again where
    /// it is. Where the file cannot be shown the damage stays: there may be no
    /// descriptor, or another thread uses the map just now. Then whoever has a
    /// buffer goes on reading zeros, and the next call reports again.
    pub(super) fn acknowledge_damage(&self) {
        let fields = &self.fields;
        let Ok(faults) = self.borrow().map(Mmap::faults) else {
            return;
        };
        if !fields.gate.may_write() {
            if !fields.was_lent() {
                fields.faults_reported.set(faults);
            }
            return;
        }
        let lent = fields.exports.get() > 0;
        fields.faults_reported.set(faults);
        fields.lent_when_acknowledged.set(fields.lent.get());
        if let Ok(map) = self.borrow_mut() {
            let stays = map.restore().is_err();
            fields
                .report_again
                .set(fields.report_again.get() || (lent && stays));
        }
    }

    /// After a search that succeeded: what it looked at behind the match may be
    /// damaged, which is nobody's business, unless a buffer was out since then.
    #[cold]
    pub(crate) fn ignore_damage_past_match(
        &self,
        py: Python<'_>,
        lent_before: Option<u64>,
    ) -> Fallible<()> {
        let was_lent = lent_before.is_none() || self.lent() != lent_before;
        if self.peek(py, Mmap::is_damaged)? && !was_lent {
            self.acknowledge_damage();
        }
        Ok(())
    }

    /// Before a buffer is exported: who has one is told nothing, so a map that
    /// stays damaged gives none.
    #[inline]
    pub(crate) fn require_intact(&self, py: Python<'_>) -> Fallible<()> {
        if !self.peek(py, Mmap::is_damaged)? {
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
        self.fields.faults_reported.set(map.faults());
        self.fields.report_again.set(false);
        Ok(map.restore().map_err(Refusal::Core))
    }
}
