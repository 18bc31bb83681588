//! Runs the lock in every order of its atomic operations: `make check WHAT=loom`.
//!
//! # Safety
//!
//! The readers are counted, or the model must detect that they are not.
#![cfg(loom)]
#![allow(unsafe_code)]

use std::time::Duration;

use ironmap_state::{
    Counted, DamageCounters, Enter, Exports, MapLock, MapState, Pass, Position, ReadGuard, Readers,
    ResizeGuard, TakingTurns, WriteGuard,
};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

/// The contents of the lock: the address of the map, or `None` if it is closed.
type Map = Option<usize>;
type Lock<R> = MapLock<Map, R>;

fn model(f: impl Fn() + Send + Sync + 'static) {
    model_preempted(3, f);
}

/// Runs a model in which threads are preempted so many times at most.
fn model_preempted(times: usize, f: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(times);
    builder.check(f);
}

/// Waits for a guard. Returns `None` if the map is closed.
fn enter<'a, R: Readers, G: Pass<'a, Map, R>>(lock: &'a Lock<R>) -> Option<G> {
    let mut entering = lock.enter();
    loop {
        entering = match entering {
            Enter::Entered(guard) => return Some(guard),
            Enter::Closed => return None,
            Enter::Sleep(sleep) => {
                sleep.wait()(Duration::MAX);
                sleep.try_enter()
            }
        };
    }
}

/// Reads for a short time. Returns `None` if a writer holds the lock or the map is closed.
fn read<R: Readers>(lock: &Lock<R>) -> Option<Map> {
    // SAFETY: these readers are counted.
    Some(unsafe { lock.read() }?.with(|map| *map))
}

/// Exports a buffer and returns its address, or `None` if the map cannot be read now.
fn lend(lock: &Lock<Counted>, exports: &Exports) -> Option<Map> {
    // SAFETY: these readers are counted.
    let map = unsafe { lock.read() }?;
    exports.add();
    Some(map.with(|map| *map))
}

fn close<R: Readers>(lock: &Lock<R>) {
    if let Some(mut guard) = enter::<R, WriteGuard<'_, Map, R>>(lock) {
        guard.with_mut(|map| *map = None);
        guard.close();
    }
}

fn close_beside_readers<R: Readers + 'static>() {
    let lock = Arc::new(Lock::<R>::new(Some(1)));
    let reader = {
        let lock = Arc::clone(&lock);
        thread::spawn(move || assert_ne!(read(&lock), Some(None)))
    };
    close(&lock);
    assert_eq!(read(&lock), None);
    reader.join().unwrap();
}

#[test]
fn close_with_short_readers_waits_for_them() {
    model(close_beside_readers::<Counted>);
}

/// Counts no readers, like a lock that relies on a GIL where there is none.
#[derive(Default)]
struct Uncounted;

impl Readers for Uncounted {
    const TAKE_TURNS: bool = false;

    fn enter(&self) -> usize {
        0
    }

    fn leave(&self, _place: usize) {}

    fn are_out(&self) -> bool {
        true
    }
}

#[test]
#[should_panic(expected = "Causality violation")]
fn close_with_uncounted_readers_is_detected() {
    model(close_beside_readers::<Uncounted>);
}

#[test]
fn close_with_long_reader_waits_for_it() {
    model(|| {
        let lock = Arc::new(Lock::<TakingTurns>::new(Some(1)));
        let reader = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                if let Some(guard) = enter::<_, ReadGuard<'_, _, _>>(&lock) {
                    assert_eq!(guard.with(|map| *map), Some(1));
                }
            })
        };
        close(&lock);
        reader.join().unwrap();
        assert!(lock.is_closed());
    });
}

#[test]
fn pause_beside_writer_notices_it() {
    model(|| {
        let lock = Arc::new(Lock::<TakingTurns>::new(Some(1)));
        let writer = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let mut guard = enter::<_, WriteGuard<'_, _, _>>(&lock).unwrap();
                guard.with_mut(|map| *map = Some(2));
            })
        };
        let guard = enter::<_, ReadGuard<'_, _, _>>(&lock).unwrap();
        let before = guard.with(|map| *map);
        let paused = guard.pause();
        let guard = enter::<_, ReadGuard<'_, _, _>>(&lock).unwrap();
        let changed = guard.with(|map| *map) != before;
        assert_eq!(paused.met_writer(&guard), changed);
        drop(guard);
        writer.join().unwrap();
    });
}

#[test]
fn pause_two_readers_notice_the_same_writer() {
    model(|| {
        let lock = Arc::new(Lock::<TakingTurns>::new(Some(1)));
        let pause_and_resume = |lock: &Lock<TakingTurns>| {
            let guard = enter::<_, ReadGuard<'_, _, _>>(lock).unwrap();
            let before = guard.with(|map| *map);
            let paused = guard.pause();
            let guard = enter::<_, ReadGuard<'_, _, _>>(lock).unwrap();
            let changed = guard.with(|map| *map) != before;
            assert_eq!(paused.met_writer(&guard), changed);
        };
        let other = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || pause_and_resume(&lock))
        };
        let mut guard = enter::<_, WriteGuard<'_, _, _>>(&lock).unwrap();
        guard.with_mut(|map| *map = Some(2));
        drop(guard);
        pause_and_resume(&lock);
        other.join().unwrap();
    });
}

#[test]
fn write_two_threads_exclude_each_other() {
    model(|| {
        let lock = Arc::new(Lock::<Counted>::new(Some(0)));
        let add = |lock: &Lock<Counted>| {
            let mut guard = enter::<_, WriteGuard<'_, _, _>>(lock).unwrap();
            guard.with_mut(|map| *map = map.map(|value| value + 1));
        };
        let other = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || add(&lock))
        };
        add(&lock);
        other.join().unwrap();
        assert_eq!(read(&lock), Some(Some(2)));
    });
}

#[test]
fn close_with_export_keeps_map() {
    model(|| {
        let lock = Arc::new((Lock::<Counted>::new(Some(1)), Exports::new()));
        let exporter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let (lock, exports) = &*lock;
                let lent = lend(lock, exports);
                if lent.is_some() {
                    // Code with a buffer reads without the lock.
                    assert_eq!(read(lock).unwrap_or(lent.flatten()), Some(1));
                    exports.remove();
                }
            })
        };
        let (lock, exports) = &*lock;
        if let Some(mut guard) = enter::<_, WriteGuard<'_, _, _>>(lock) {
            if exports.out() == 0 {
                guard.with_mut(|map| *map = None);
                guard.close();
            }
        }
        exporter.join().unwrap();
    });
}

#[test]
fn release_with_exports_ends_once_after_the_last() {
    model(|| {
        let shared = Arc::new((
            Lock::<Counted>::new(Some(1)),
            Exports::new(),
            AtomicU64::new(0),
        ));
        let exporters = [(); 2].map(|()| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || {
                let (lock, exports, ended) = &*shared;
                if lend(lock, exports).is_some() {
                    assert_eq!(ended.load(Ordering::SeqCst), 0, "unmapped under a buffer");
                    if exports.remove() {
                        end(lock, ended);
                    }
                }
            })
        });
        let (lock, exports, ended) = &*shared;
        let mut guard = enter::<_, ResizeGuard<'_, _, _>>(lock).unwrap();
        guard.close();
        drop(guard);
        if exports.end_with_last() {
            end(lock, ended);
        }
        for exporter in exporters {
            exporter.join().unwrap();
        }
        assert_eq!((ended.load(Ordering::SeqCst), exports.out()), (1, 0));
    });
}

/// Ends a closed map, once.
fn end(lock: &Lock<Counted>, ended: &AtomicU64) {
    let mut guard = lock.enter_closed().expect("no one else ends it");
    assert_eq!(guard.with_mut(Option::take), Some(1));
    ended.fetch_add(1, Ordering::SeqCst);
}

#[test]
fn resize_with_export_keeps_address() {
    model(|| {
        let lock = Arc::new((Lock::<Counted>::new(Some(1)), Exports::new()));
        let exporter = {
            let lock = Arc::clone(&lock);
            thread::spawn(move || {
                let (lock, exports) = &*lock;
                let lent = lend(lock, exports);
                if let Some(address) = lent {
                    if let Some(now) = read(lock) {
                        assert_eq!(now, address, "moved while its address was lent");
                    }
                    exports.remove();
                }
            })
        };
        let (lock, exports) = &*lock;
        let mut guard = enter::<_, ResizeGuard<'_, _, _>>(lock).unwrap();
        if exports.out() == 0 {
            guard.with_mut(|map| *map = Some(2));
        }
        drop(guard);
        exporter.join().unwrap();
    });
}

#[test]
fn position_advance_two_readers_get_different_bytes() {
    model(|| {
        let position = Arc::new(Position::new());
        let claim = |position: &Position| loop {
            let start = position.get();
            if position.advance(start, start + 3) {
                return start;
            }
        };
        let other = {
            let position = Arc::clone(&position);
            thread::spawn(move || claim(&position))
        };
        let mine = claim(&position);
        let others = other.join().unwrap();
        assert_eq!(mine.max(others), 3);
        assert_eq!(mine.min(others), 0);
        assert_eq!(position.get(), 6);
    });
}

#[test]
fn short_write_with_reader_is_exclusive_or_refused() {
    model(|| {
        let lock = Arc::new(Lock::<Counted>::new(Some(1)));
        let writer = {
            let lock = Arc::clone(&lock);
            // SAFETY: the readers are counted.
            thread::spawn(move || {
                let writing = unsafe { lock.write() };
                writing
                    .map(|mut map| map.with_mut(|map| *map = Some(2)))
                    .is_some()
            })
        };
        let seen = read(&lock);
        let written = writer.join().unwrap();
        assert!(seen.is_none() || seen == Some(Some(1)) || (written && seen == Some(Some(2))));
        assert_eq!(read(&lock), Some(Some(if written { 2 } else { 1 })));
    });
}

#[test]
fn damage_two_threads_announce_each_fault_once() {
    model(|| {
        let map = Arc::new((AtomicU64::new(0), DamageCounters::new()));
        let fault = |(faults, counters): &(AtomicU64, DamageCounters)| {
            faults.fetch_add(1, Ordering::Relaxed);
            let faults = faults.load(Ordering::Relaxed);
            counters.report(faults);
            counters.announce(faults)
        };
        let other = {
            let map = Arc::clone(&map);
            thread::spawn(move || fault(&map))
        };
        let announced = fault(&map) + other.join().unwrap();
        let (_, counters) = &*map;
        assert_eq!(announced + counters.announce(2), 2);
        assert!(!counters.has_unreported(2));
    });
}

/// A map whose only fault is met through a buffer.
struct Damaged {
    state: MapState<Map, Counted>,
    faults: AtomicU64,
}

impl Damaged {
    /// Exports a buffer and meets the fault through it.
    fn use_buffer(&self) {
        if lend(&self.state.lock, &self.state.exports).is_some() {
            self.faults.store(1, Ordering::Relaxed);
            self.state.exports.remove();
        }
    }

    /// Acknowledges the damage as an operation does that has met it. Returns whether it reports
    /// the fault.
    fn acknowledge(&self) -> bool {
        let counters = &self.state.damage_counters;
        let faults = self.faults.load(Ordering::Relaxed);
        let is_new = counters.has_unreported(faults);
        let guard = self.state.lock.enter_at_once::<ResizeGuard<'_, _, _>>();
        match guard {
            Some(_) => counters.acknowledge(faults, &self.state.exports),
            None if counters.exported_since_report(&self.state.exports) => {}
            None => counters.report(faults),
        }
        is_new
    }

    /// Closes the map unless a buffer is out. Returns whether it is closed now, and whether
    /// that reports the fault.
    fn close(&self) -> (bool, bool) {
        let mut guard = enter::<_, WriteGuard<'_, _, _>>(&self.state.lock).unwrap();
        if self.state.exports.out() > 0 {
            return (false, false);
        }
        guard.close();
        let faults = self.faults.load(Ordering::Relaxed);
        let is_new = self.state.damage_counters.has_unreported_at_end(faults);
        (true, is_new)
    }
}

#[test]
fn damage_of_export_beside_close_is_reported() {
    // With three threads three times would take half a minute.
    model_preempted(2, || {
        let map = Arc::new(Damaged {
            state: MapState::new(MapLock::new(Some(1))),
            faults: AtomicU64::new(0),
        });
        let exporter = {
            let map = Arc::clone(&map);
            thread::spawn(move || map.use_buffer())
        };
        let reporter = {
            let map = Arc::clone(&map);
            thread::spawn(move || map.acknowledge())
        };
        let (closed, by_close) = map.close();
        exporter.join().unwrap();
        let by_reporter = reporter.join().unwrap();
        let faults = map.faults.load(Ordering::Relaxed);
        let is_known = by_reporter || by_close;
        let counters = &map.state.damage_counters;
        if closed {
            assert_eq!(is_known, faults > 0, "the last chance to report it");
        } else {
            assert!(is_known || faults == 0 || counters.has_unreported(faults));
        }
    });
}
