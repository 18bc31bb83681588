//! No record of settings: for systems where no mapping is replaced.

use std::ops::Range;

use crate::error::Result;

#[derive(Debug, Default)]
pub(super) struct Advised(());

#[derive(Debug)]
pub(super) struct Entry(());

impl Entry {
    pub(super) fn note_locked(self, _bytes: Range<usize>) {}

    pub(super) fn note_unlocked(self, _bytes: Range<usize>) {}

    pub(super) fn note(self, _bytes: Range<usize>, _number: i32) {}
}

impl Advised {
    pub(super) fn entry_of_lock(&self) -> Result<Entry> {
        Ok(Entry(()))
    }

    pub(super) fn entry(&self, _number: i32) -> Result<Entry> {
        Ok(Entry(()))
    }
}
