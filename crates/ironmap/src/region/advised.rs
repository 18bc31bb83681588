//! A record of the settings of a region's pages, lasting advice and locks, to give them to a new
//! mapping that replaces a part of it.
//!
//! The record has a lock of its own, because `Mmap::advise` takes `&self`.
//!
//! # Safety
//!
//! [`Advised::repeat`] asks for a mapping of its caller (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::Duration;

use sigbus_guard::forks;

use crate::error::{self, Error, Result};
use crate::os::{self, Setting};

/// A setting of some pages, in bytes from `base` on.
#[derive(Clone, Copy, Debug)]
struct Advice {
    setting: Setting,
    start: usize,
    end: usize,
    number: i32,
}

/// The number of entries that a call can add: one splits another.
const ADDED: usize = 2;

/// Sorted by kind and start. Ranges of a kind do not overlap.
type Settings = Vec<Advice>;

#[derive(Debug, Default)]
pub(super) struct Advised {
    settings: Mutex<Settings>,
    /// [`forks::count`] at the last lock: a forked child lacks the threads of its parent.
    forks: AtomicU32,
}

/// The record, with room for the entries of one call; `None` if its advice does not last.
#[derive(Debug)]
pub(super) struct Entry<'a>(Option<MutexGuard<'a, Settings>>);

impl Entry<'_> {
    pub(super) fn note_locked(self, bytes: Range<usize>) {
        self.note(bytes, os::LOCKED);
    }

    pub(super) fn note_unlocked(self, bytes: Range<usize>) {
        self.note(bytes, os::UNLOCKED);
    }

    /// Notes advice that the system has just got.
    pub(super) fn note(self, bytes: Range<usize>, number: i32) {
        let (Some(mut settings), Some(setting)) = (self.0, Setting::of(number)) else {
            return;
        };
        let new = Advice {
            setting,
            start: bytes.start,
            end: bytes.end,
            number,
        };
        if is_noted(&settings, &new) {
            return;
        }
        clear(&mut settings, setting, &bytes);
        if !Setting::is_usual(number) {
            insert(&mut settings, new);
        }
    }
}

impl Advised {
    /// Returns the [`entry`](Advised::entry) of `mlock` or `munlock`.
    pub(super) fn entry_of_lock(&self) -> Result<Entry<'_>> {
        self.entry(os::LOCKED)
    }

    /// Locks the record before the system gets this advice, so that it can be noted afterwards.
    /// Other threads that advise this map wait until then.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory); those of `pthread_atfork`.
    pub(super) fn entry(&self, number: i32) -> Result<Entry<'_>> {
        if Setting::of(number).is_none() {
            return Ok(Entry(None));
        }
        forks::watch().map_err(Error::of_guard)?;
        let mut settings = self.lock();
        if let Some(settings) = &mut settings {
            error::reserve(settings, ADDED)?;
        }
        Ok(Entry(settings))
    }

    /// Gives the part of a new mapping that is at `start` the settings of `bytes`.
    ///
    /// # Errors
    ///
    /// Those of [`os::set_pages`]: the mapping may have some of the settings.
    ///
    /// # Safety
    ///
    /// The part is as many whole pages of a mapping of the caller.
    pub(super) unsafe fn repeat(&self, start: *mut u8, bytes: Range<usize>) -> Result<()> {
        let Some(settings) = self.lock() else {
            return Ok(());
        };
        for advice in settings.iter() {
            let part = advice.start.max(bytes.start)..advice.end.min(bytes.end);
            if !part.is_empty() {
                let place = start.wrapping_add(part.start - bytes.start);
                // SAFETY: S4, the caller's promise.
                unsafe { os::set_pages(place, part.len(), advice.setting, advice.number) }?;
            }
        }
        Ok(())
    }

    /// Returns the end of the first pages of `bytes` that have the same settings.
    pub(super) fn next_change(&self, bytes: Range<usize>) -> usize {
        let Some(settings) = self.lock() else {
            return bytes.end;
        };
        let edges = settings
            .iter()
            .flat_map(|advice| [advice.start, advice.end]);
        let inside = edges.filter(|&edge| bytes.start < edge && edge < bytes.end);
        inside.min().unwrap_or(bytes.end)
    }

    /// Extends the settings of the last page to the new pages of a mapping that became longer, as
    /// the system does.
    pub(super) fn extend(&mut self, old: usize, new: usize) {
        let last = self.get_mut().iter_mut();
        let last = last.filter(|advice| advice.end == old);
        last.for_each(|advice| advice.end = new);
    }

    /// Drops the settings of pages past the end of a mapping that became shorter.
    pub(super) fn cut(&mut self, len: usize) {
        let entries = self.get_mut();
        entries.retain(|advice| advice.start < len);
        for advice in entries {
            advice.end = len.min(advice.end);
        }
    }

    fn get_mut(&mut self) -> &mut Settings {
        self.settings.get_mut().unwrap_or_else(|e| e.into_inner())
    }

    /// Locks the record. Returns `None` in a forked child whose parent had a thread that held it.
    fn lock(&self) -> Option<MutexGuard<'_, Settings>> {
        let now = forks::count();
        let mut left = LOOKS;
        loop {
            match self.settings.try_lock() {
                Ok(settings) => {
                    self.forks.store(now, Ordering::Relaxed);
                    return Some(settings);
                }
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) if self.forks.load(Ordering::Relaxed) == now => {}
                // A thread that has just taken the lock sets the count at once.
                Err(TryLockError::WouldBlock) if left > 0 => left -= 1,
                Err(TryLockError::WouldBlock) => return None,
            }
            thread::sleep(WAIT);
        }
    }
}

/// The time between two tries to get the lock, whose holder waits for the system.
const WAIT: Duration = Duration::from_micros(50);

/// The number of tries after which a lock of another process counts as left behind.
const LOOKS: u32 = 100;

/// Returns the index of the first entry of a kind that ends after `at`.
fn first_after(settings: &Settings, setting: Setting, at: usize) -> usize {
    settings.partition_point(|advice| (advice.setting, advice.end) <= (setting, at))
}

fn is_noted(settings: &Settings, new: &Advice) -> bool {
    let known = settings.get(first_after(settings, new.setting, new.start));
    known.is_some_and(|known| {
        (known.setting, known.number) == (new.setting, new.number)
            && known.start <= new.start
            && new.end <= known.end
    })
}

/// Removes `bytes` from all ranges of a kind.
fn clear(settings: &mut Settings, setting: Setting, bytes: &Range<usize>) {
    let first = first_after(settings, setting, bytes.start);
    let before_end = |advice: &Advice| (advice.setting, advice.start) < (setting, bytes.end);
    let past = settings.partition_point(before_end);
    if first >= past {
        return;
    }
    let (head, tail) = (settings[first], settings[past - 1]);
    settings.drain(first..past);
    if bytes.end < tail.end {
        let start = bytes.end;
        settings.insert(first, Advice { start, ..tail });
    }
    if head.start < bytes.start {
        let end = bytes.start;
        settings.insert(first, Advice { end, ..head });
    }
}

/// Adds a range that overlaps no other of its kind, and joins it to equal neighbours.
fn insert(settings: &mut Settings, mut new: Advice) {
    if new.start >= new.end {
        return;
    }
    let is_like = |advice: &Advice| (advice.setting, advice.number) == (new.setting, new.number);
    let mut at = first_after(settings, new.setting, new.start);
    let next = settings.get(at).copied().filter(is_like);
    let last = at.checked_sub(1).map(|at| settings[at]).filter(is_like);
    if let Some(next) = next.filter(|next| next.start == new.end) {
        new.end = next.end;
        settings.remove(at);
    }
    if let Some(last) = last.filter(|last| last.end == new.start) {
        new.start = last.start;
        at -= 1;
        settings.remove(at);
    }
    settings.insert(at, new);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    fn ranges(advised: &mut Advised) -> Vec<(Setting, Range<usize>, i32)> {
        let entries = advised.get_mut().iter();
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
    fn next_change_is_the_first_edge_of_any_kind() {
        let advised = Advised::default();
        assert_eq!(advised.next_change(0..10 * PAGE), 10 * PAGE);
        note(&advised, 2 * PAGE..8 * PAGE, os::MADV_RANDOM);
        note(&advised, 5 * PAGE..9 * PAGE, os::MADV_DONTDUMP);
        let mut edges = vec![0];
        while edges.last() != Some(&(10 * PAGE)) {
            edges.push(advised.next_change(edges[edges.len() - 1]..10 * PAGE));
        }
        assert_eq!(edges, [0, 2, 5, 8, 9, 10].map(|page| page * PAGE));
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
