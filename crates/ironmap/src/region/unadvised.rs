//! No record of settings: for systems where no mapping is made again.

use std::ops::Range;

#[derive(Debug, Default)]
pub(super) struct Advised(());

impl Advised {
    pub(super) fn note(&self, _bytes: Range<usize>, _advice: i32) {}

    pub(super) fn note_locked(&self, _bytes: Range<usize>) {}

    pub(super) fn note_unlocked(&self, _bytes: Range<usize>) {}
}
