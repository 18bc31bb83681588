//! The settings that a region's pages were given, to give them again to a new mapping in
//! the place of a part of it: advice that lasts, and locks.
//!
//! The record has a lock of its own, because `Mmap::advise` takes `&self`.
//!
//! # Safety
//!
//! [`Advised::repeat`] asks for a mapping of its caller's (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, TryLockError};

use crate::error::Result;
use crate::os::{self, Setting};

/// By kind and start, in bytes from `base` on: the end, and the advice. Ranges of a kind
/// do not overlap.
type Settings = BTreeMap<(Setting, usize), (usize, i32)>;

#[derive(Debug, Default)]
pub(super) struct Advised {
    settings: Mutex<Settings>,
    /// The process that had the lock last: a forked child lacks its threads.
    holder: AtomicU32,
}

impl Advised {
    /// After the system was given this advice.
    pub(super) fn note(&self, bytes: Range<usize>, advice: i32) {
        let Some(setting) = Setting::of(advice) else {
            return;
        };
        let Some(mut settings) = self.lock() else {
            return;
        };
        clear(&mut settings, setting, &bytes);
        if !Setting::is_usual(advice) {
            insert(&mut settings, setting, bytes, advice);
        }
    }

    pub(super) fn note_locked(&self, bytes: Range<usize>) {
        self.note(bytes, os::LOCKED);
    }

    pub(super) fn note_unlocked(&self, bytes: Range<usize>) {
        self.note(bytes, os::UNLOCKED);
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
        for (&(setting, from), &(to, advice)) in settings.iter() {
            let part = from.max(bytes.start)..to.min(bytes.end);
            if !part.is_empty() {
                let place = start.wrapping_add(part.start - bytes.start);
                // SAFETY: S4, the caller's promise.
                unsafe { os::set_pages(place, part.len(), setting, advice) }?;
            }
        }
        Ok(())
    }

    /// After the mapping was made longer: the system has given the new pages the settings of
    /// the last one.
    pub(super) fn extend(&mut self, old: usize, new: usize) {
        let settings = self.settings.get_mut().unwrap_or_else(|e| e.into_inner());
        for (end, _) in settings.values_mut() {
            if *end == old {
                *end = new;
            }
        }
    }

    /// After the mapping was cut.
    pub(super) fn cut(&mut self, len: usize) {
        let settings = self.settings.get_mut().unwrap_or_else(|e| e.into_inner());
        settings.retain(|&(_, start), _| start < len);
        for (end, _) in settings.values_mut() {
            *end = len.min(*end);
        }
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

/// Takes `bytes` out of all ranges of a kind.
fn clear(settings: &mut Settings, setting: Setting, bytes: &Range<usize>) {
    let before_end = settings.range((setting, 0)..(setting, bytes.end)).rev();
    let met: Vec<_> = before_end
        .take_while(|(_, (end, _))| *end > bytes.start)
        .map(|(&(_, start), &(end, advice))| (start, end, advice))
        .collect();
    for (start, end, advice) in met {
        settings.remove(&(setting, start));
        if start < bytes.start {
            settings.insert((setting, start), (bytes.start, advice));
        }
        if bytes.end < end {
            settings.insert((setting, bytes.end), (end, advice));
        }
    }
}

/// Adds a range that meets no other of its kind, and joins it to equal neighbours.
fn insert(settings: &mut Settings, setting: Setting, bytes: Range<usize>, advice: i32) {
    let Range { mut start, mut end } = bytes;
    if start >= end {
        return;
    }
    let before = settings.range((setting, 0)..(setting, start)).next_back();
    match before {
        Some((&(_, first), &(last, same))) if last == start && same == advice => start = first,
        _ => {}
    }
    match settings.get(&(setting, end)) {
        Some(&(last, same)) if same == advice => {
            settings.remove(&(setting, end));
            end = last;
        }
        _ => {}
    }
    settings.insert((setting, start), (end, advice));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 4096;

    fn ranges(advised: &mut Advised) -> Vec<(Setting, Range<usize>, i32)> {
        let settings = advised.settings.get_mut().unwrap();
        let entries = settings.iter();
        entries
            .map(|(&(setting, start), &(end, advice))| (setting, start..end, advice))
            .collect()
    }

    #[test]
    fn note_same_advice_joins_ranges() {
        let mut advised = Advised::default();
        for page in [1, 3, 2, 0] {
            advised.note(page * PAGE..(page + 1) * PAGE, os::MADV_RANDOM);
        }
        let expected = (Setting::ReadAhead, 0..4 * PAGE, os::MADV_RANDOM);
        assert_eq!(ranges(&mut advised), [expected]);
    }

    #[test]
    fn note_other_advice_splits_ranges() {
        let mut advised = Advised::default();
        advised.note(0..10 * PAGE, os::MADV_RANDOM);
        advised.note(2 * PAGE..3 * PAGE, os::MADV_NORMAL);
        advised.note(5 * PAGE..7 * PAGE, os::MADV_SEQUENTIAL);
        let kinds = [
            (0..2 * PAGE, os::MADV_RANDOM),
            (3 * PAGE..5 * PAGE, os::MADV_RANDOM),
            (5 * PAGE..7 * PAGE, os::MADV_SEQUENTIAL),
            (7 * PAGE..10 * PAGE, os::MADV_RANDOM),
        ];
        let expected = kinds.map(|(bytes, advice)| (Setting::ReadAhead, bytes, advice));
        assert_eq!(ranges(&mut advised), expected);
        advised.note(0..10 * PAGE, os::MADV_NORMAL);
        assert_eq!(ranges(&mut advised), []);
    }

    #[test]
    fn note_advice_without_duration_is_not_kept() {
        let mut advised = Advised::default();
        advised.note(0..PAGE, os::MADV_WILLNEED);
        assert_eq!(ranges(&mut advised), []);
    }

    #[test]
    fn extend_and_cut_follow_the_mapping() {
        let mut advised = Advised::default();
        advised.note(PAGE..4 * PAGE, os::MADV_RANDOM);
        advised.note(5 * PAGE..6 * PAGE, os::MADV_RANDOM);
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
