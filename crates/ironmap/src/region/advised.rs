//! The settings that a region's pages were given, to give them again to a new mapping in
//! the place of a part of it: advice that lasts, and locks.
//!
//! The record has a lock of its own, because `Mmap::advise` takes `&self`.
//!
//! # Safety
//!
//! [`Advised::repeat`] asks for a mapping of its caller's (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::error::{Error, Result};
use crate::os::{self, Setting};

/// Pages that have a setting, in bytes from `base` on.
#[derive(Clone, Copy, Debug)]
struct Advice {
    setting: Setting,
    start: usize,
    end: usize,
    number: i32,
}

/// How many entries a call can add: it splits one, and is one itself.
const ADDED: usize = 2;

#[derive(Debug, Default)]
struct Settings {
    /// By kind and start. Ranges of a kind do not overlap.
    entries: Vec<Advice>,
    /// Calls that are under way: there is room for the entries of each.
    under_way: usize,
}

#[derive(Debug, Default)]
pub(super) struct Advised {
    settings: Mutex<Settings>,
    /// The process that had the lock last: a forked child lacks its threads.
    holder: AtomicU32,
}

/// Room in the record for what one call is about to set; `None` if that does not last.
#[derive(Debug)]
pub(super) struct Entry<'a>(Option<&'a Advised>);

impl Entry<'_> {
    pub(super) fn note_locked(self, bytes: Range<usize>) {
        self.note(bytes, os::LOCKED);
    }

    pub(super) fn note_unlocked(self, bytes: Range<usize>) {
        self.note(bytes, os::UNLOCKED);
    }

    /// After the system was given this advice.
    pub(super) fn note(self, bytes: Range<usize>, number: i32) {
        let Some(setting) = Setting::of(number) else {
            return;
        };
        let Some(mut settings) = self.0.and_then(Advised::lock) else {
            return;
        };
        settings.clear(setting, &bytes);
        if !Setting::is_usual(number) {
            let Range { start, end } = bytes;
            settings.insert(Advice {
                setting,
                start,
                end,
                number,
            });
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        if let Some(mut settings) = self.0.and_then(Advised::lock) {
            settings.under_way = settings.under_way.saturating_sub(1);
        }
    }
}

impl Advised {
    /// Before `mlock` or `munlock`, as [`entry`](Advised::entry).
    pub(super) fn entry_of_lock(&self) -> Result<Entry<'_>> {
        self.entry(os::LOCKED)
    }

    /// Before the system is given this advice, so that it can be noted afterwards.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory).
    pub(super) fn entry(&self, number: i32) -> Result<Entry<'_>> {
        if Setting::of(number).is_none() {
            return Ok(Entry(None));
        }
        if let Some(mut settings) = self.lock() {
            let room = ADDED * (settings.under_way + 1);
            let reserved = settings.entries.try_reserve(room);
            reserved.map_err(|_| Error::out_of_memory::<Advice>(room))?;
            settings.under_way += 1;
        }
        Ok(Entry(Some(self)))
    }

    /// Gives the part of a new mapping that is at `start` the settings of `bytes`.
    ///
    /// # Errors
    ///
    /// Those of [`os::set_pages`]: the mapping may have some of the settings.
    ///
    /// # Safety
    ///
    /// The part is as many whole pages of a mapping of the caller's.
    pub(super) unsafe fn repeat(&self, start: *mut u8, bytes: Range<usize>) -> Result<()> {
        let Some(settings) = self.lock() else {
            return Ok(());
        };
        for advice in &settings.entries {
            let part = advice.start.max(bytes.start)..advice.end.min(bytes.end);
            if !part.is_empty() {
                let place = start.wrapping_add(part.start - bytes.start);
                // SAFETY: S4, the caller's promise.
                unsafe { os::set_pages(place, part.len(), advice.setting, advice.number) }?;
            }
        }
        Ok(())
    }

    /// After the mapping was made longer: the system has given the new pages the settings of
    /// the last one.
    pub(super) fn extend(&mut self, old: usize, new: usize) {
        let entries = &mut self.get_mut().entries;
        let last = entries.iter_mut().filter(|advice| advice.end == old);
        last.for_each(|advice| advice.end = new);
    }

    /// After the mapping was cut.
    pub(super) fn cut(&mut self, len: usize) {
        let entries = &mut self.get_mut().entries;
        entries.retain(|advice| advice.start < len);
        for advice in entries {
            advice.end = len.min(advice.end);
        }
    }

    fn get_mut(&mut self) -> &mut Settings {
        self.settings.get_mut().unwrap_or_else(|e| e.into_inner())
    }

    /// None in a forked child of a process in which another thread had the lock.
    fn lock(&self) -> Option<MutexGuard<'_, Settings>> {
        let me = os::signal::process();
        loop {
            match self.settings.try_lock() {
                Ok(settings) => {
                    self.holder.store(me, Ordering::Relaxed);
                    return Some(settings);
                }
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {
                    if self.holder.load(Ordering::Relaxed) != me {
                        return None;
                    }
                    std::thread::yield_now();
                }
            }
        }
    }
}

impl Settings {
    /// The place of the first entry of a kind that ends after `at`.
    fn first_after(&self, setting: Setting, at: usize) -> usize {
        let before = |advice: &Advice| (advice.setting, advice.end) <= (setting, at);
        self.entries.partition_point(before)
    }

    /// Takes `bytes` out of all ranges of a kind.
    fn clear(&mut self, setting: Setting, bytes: &Range<usize>) {
        let first = self.first_after(setting, bytes.start);
        let before_end = |advice: &Advice| (advice.setting, advice.start) < (setting, bytes.end);
        let past = self.entries.partition_point(before_end);
        if first >= past {
            return;
        }
        let (head, tail) = (self.entries[first], self.entries[past - 1]);
        self.entries.drain(first..past);
        if bytes.end < tail.end {
            let start = bytes.end;
            self.entries.insert(first, Advice { start, ..tail });
        }
        if head.start < bytes.start {
            let end = bytes.start;
            self.entries.insert(first, Advice { end, ..head });
        }
    }

    /// Adds a range that meets no other of its kind, and joins it to equal neighbours.
    fn insert(&mut self, mut new: Advice) {
        if new.start >= new.end {
            return;
        }
        let mut at = self.first_after(new.setting, new.start);
        let is_like =
            |advice: &Advice| (advice.setting, advice.number) == (new.setting, new.number);
        let next = self.entries.get(at).copied().filter(is_like);
        if let Some(next) = next.filter(|next| next.start == new.end) {
            new.end = next.end;
            self.entries.remove(at);
        }
        let last = at
            .checked_sub(1)
            .map(|before| self.entries[before])
            .filter(is_like);
        if let Some(last) = last.filter(|last| last.end == new.start) {
            new.start = last.start;
            at -= 1;
            self.entries.remove(at);
        }
        self.entries.insert(at, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    fn ranges(advised: &mut Advised) -> Vec<(Setting, Range<usize>, i32)> {
        let entries = advised.get_mut().entries.iter();
        entries
            .map(|advice| (advice.setting, advice.start..advice.end, advice.number))
            .collect()
    }

    fn note(advised: &Advised, bytes: Range<usize>, number: i32) {
        advised.entry(number).unwrap().note(bytes, number);
    }

    #[test]
    fn note_same_advice_joins_ranges() {
        let mut advised = Advised::default();
        for page in [1, 3, 2, 0] {
            note(&advised, page * PAGE..(page + 1) * PAGE, os::MADV_RANDOM);
        }
        let expected = (Setting::ReadAhead, 0..4 * PAGE, os::MADV_RANDOM);
        assert_eq!(ranges(&mut advised), [expected]);
    }

    #[test]
    fn note_other_advice_splits_ranges() {
        let mut advised = Advised::default();
        note(&advised, 0..10 * PAGE, os::MADV_RANDOM);
        note(&advised, 2 * PAGE..3 * PAGE, os::MADV_NORMAL);
        note(&advised, 5 * PAGE..7 * PAGE, os::MADV_SEQUENTIAL);
        let kinds = [
            (0..2 * PAGE, os::MADV_RANDOM),
            (3 * PAGE..5 * PAGE, os::MADV_RANDOM),
            (5 * PAGE..7 * PAGE, os::MADV_SEQUENTIAL),
            (7 * PAGE..10 * PAGE, os::MADV_RANDOM),
        ];
        let expected = kinds.map(|(bytes, advice)| (Setting::ReadAhead, bytes, advice));
        assert_eq!(ranges(&mut advised), expected);
        note(&advised, 0..10 * PAGE, os::MADV_NORMAL);
        assert_eq!(ranges(&mut advised), []);
    }

    #[test]
    fn note_advice_without_duration_is_not_kept() {
        let mut advised = Advised::default();
        note(&advised, 0..PAGE, os::MADV_WILLNEED);
        assert_eq!(ranges(&mut advised), []);
    }

    #[test]
    fn extend_and_cut_follow_the_mapping() {
        let mut advised = Advised::default();
        note(&advised, PAGE..4 * PAGE, os::MADV_RANDOM);
        note(&advised, 5 * PAGE..6 * PAGE, os::MADV_RANDOM);
        advised.extend(6 * PAGE, 9 * PAGE);
        advised.cut(3 * PAGE);
        let expected = (Setting::ReadAhead, PAGE..3 * PAGE, os::MADV_RANDOM);
        assert_eq!(ranges(&mut advised), [expected]);
        advised.extend(4 * PAGE, 8 * PAGE);
        assert_eq!(ranges(&mut advised)[0].1, PAGE..3 * PAGE);
        advised.extend(3 * PAGE, 8 * PAGE);
        assert_eq!(ranges(&mut advised)[0].1, PAGE..8 * PAGE);
    }
}
