//! Threads with a real map and no interpreter, also under Miri and the thread sanitizer.
//!
//! # Safety
//!
//! The readers are counted, so no thread needs a turn.
#![cfg(not(loom))]
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use ironmap::Mmap;
use ironmap_state::{
    Counted, Enter, MapLock, MapState, Pass, ReadGuard, ResizeGuard, Sleep, TakingTurns, WriteGuard,
};

const THREADS: usize = 8;
const ROUNDS: usize = if cfg!(miri) { 20 } else { 2_000 };
const LEN: usize = 1 << 16;

type Lock = MapLock<Option<Mmap>, Counted>;
type State = MapState<Option<Mmap>, Counted>;

fn enter<'a, G: Pass<'a, Option<Mmap>, Counted>>(lock: &'a Lock) -> Option<G> {
    let mut entering = lock.enter();
    loop {
        entering = match entering {
            Enter::Entered(guard) => return Some(guard),
            Enter::Closed => return None,
            Enter::Sleep(sleep) => {
                sleep.wait()(Duration::from_millis(100));
                sleep.try_enter()
            }
        };
    }
}

fn new_map(len: usize) -> Mmap {
    let mut map = Mmap::anonymous(len).unwrap();
    map.fill(7, ..).unwrap();
    map
}

fn new_lock() -> Lock {
    Lock::new(Some(new_map(LEN)))
}

/// Gives the map another length, and perhaps another address.
fn resize(map: &mut Mmap, len: usize) {
    // Miri unmaps only whole mappings.
    match cfg!(miri) {
        true => *map = new_map(len),
        false => map.resize(len).unwrap(),
    }
}

/// Runs `f` on the map, after a writer if there is one.
fn read<T>(lock: &Lock, f: impl Fn(&Mmap) -> T) -> Option<T> {
    // SAFETY: the readers are counted.
    let now = unsafe { lock.read() };
    match now {
        Some(now) => now.with(|map| map.as_ref().map(f)),
        None => enter::<ReadGuard<'_, _, _>>(lock)?.with(|map| map.as_ref().map(f)),
    }
}

/// Runs one of eight operations.
fn operate(state: &State, number: usize) {
    let State {
        lock,
        position,
        exports,
        ..
    } = state;
    match number % 8 {
        0 => {
            let mut guard = enter::<ResizeGuard<'_, _, _>>(lock).unwrap();
            if exports.out() == 0 {
                let len = LEN / 2 + number % LEN;
                guard.with_mut(|map| resize(map.as_mut().unwrap(), len));
            }
        }
        1 => {
            let mut guard = enter::<WriteGuard<'_, _, _>>(lock).unwrap();
            guard.with_mut(|map| map.as_mut().unwrap().set_byte(number % LEN / 2, 7).unwrap());
        }
        2 => {
            let guard = enter::<ReadGuard<'_, _, _>>(lock).unwrap();
            let count = guard.with(|map| map.as_ref().unwrap().count(&[7], ..LEN / 2).unwrap());
            assert_eq!(count, LEN / 2);
        }
        3 => {
            let lent = read(lock, |map| {
                exports.add();
                map.len()
            });
            assert_eq!(
                read(lock, Mmap::len),
                lent,
                "resized while a buffer was out"
            );
            exports.remove();
        }
        _ => {
            let start = position.get();
            if position.advance(start, start + 1) {
                let byte = read(lock, |map| map.byte(start % (LEN / 2)).unwrap());
                assert_eq!(byte, Some(7));
            }
        }
    }
}

#[test]
fn all_operations_eight_threads_keep_map_intact() {
    let mut state = State::new(new_lock());
    let work = |thread: usize| {
        let state = &state;
        move || (0..ROUNDS).for_each(|round| operate(state, thread + round))
    };
    thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(work(thread));
        }
    });
    let map = state.lock.get_mut().take().unwrap();
    assert_eq!(map.count(&[7], ..LEN / 2).unwrap(), LEN / 2);
    assert!(state.position.get() > 0);
}

/// Each thread meets faults, some of them through a buffer, and reports and announces what it
/// knows of.
#[test]
fn damage_eight_threads_announce_each_fault_once() {
    let state = State::new(new_lock());
    let (faults, announced) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        let counters = &state.damage_counters;
        for round in 0..ROUNDS {
            let is_exported =
                round % 2 == 0 && read(&state.lock, |_| state.exports.add()).is_some();
            faults.fetch_add(1, Ordering::Relaxed);
            if is_exported {
                state.exports.remove();
            }
            let known = faults.load(Ordering::Relaxed);
            announced.fetch_add(counters.announce(known), Ordering::Relaxed);
            match state.lock.enter_at_once::<ResizeGuard<'_, _, _>>() {
                Some(_) => counters.acknowledge(known, &state.exports),
                None => counters.report(known),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let faults = (THREADS * ROUNDS) as u64;
    assert_eq!(announced.into_inner(), faults);
    assert!(!state.damage_counters.has_unreported(faults));
    let guard = enter::<WriteGuard<'_, _, _>>(&state.lock).unwrap();
    state.damage_counters.acknowledge(faults, &state.exports);
    drop(guard);
    assert!(!state.damage_counters.exported_since_report(&state.exports));
}

#[test]
fn close_with_readers_returns() {
    let lock = new_lock();
    let reader = || {
        let mut reads = 0;
        while read(&lock, |map| map.byte(5).unwrap()).is_some() {
            reads += 1;
        }
        reads
    };
    thread::scope(|scope| {
        let readers: Vec<_> = (1..THREADS).map(|_| scope.spawn(reader)).collect();
        while enter::<ReadGuard<'_, _, _>>(&lock).is_none() {}
        let mut guard = enter::<WriteGuard<'_, _, _>>(&lock).unwrap();
        let map = guard.with_mut(Option::take);
        guard.close();
        drop((guard, map));
        readers.into_iter().for_each(|reader| {
            let _: usize = reader.join().unwrap();
        });
    });
    assert!(lock.is_closed());
}

#[test]
fn read_among_writers_is_not_starved() {
    let (lock, done) = (new_lock(), AtomicBool::new(false));
    let writer = || {
        while !done.load(Ordering::Relaxed) {
            let mut guard = enter::<WriteGuard<'_, _, _>>(&lock).unwrap();
            guard.with_mut(|map| map.as_mut().unwrap().set_byte(0, 7).unwrap());
        }
    };
    thread::scope(|scope| {
        scope.spawn(writer);
        scope.spawn(writer);
        for _ in 0..ROUNDS / 10 {
            enter::<ReadGuard<'_, _, _>>(&lock)
                .unwrap()
                .with(|map| assert!(map.is_some()));
        }
        done.store(true, Ordering::Relaxed);
    });
}

type Reader<'a> = ReadGuard<'a, Option<Mmap>, Counted>;
type Writer<'a> = WriteGuard<'a, Option<Mmap>, Counted>;

fn queued<'a, G: Pass<'a, Option<Mmap>, Counted>>(
    entering: Enter<'a, Option<Mmap>, Counted, G>,
) -> Sleep<'a, Option<Mmap>, Counted, G> {
    match entering {
        Enter::Sleep(sleep) => sleep,
        _ => panic!("the lock is free"),
    }
}

#[test]
fn read_after_writer_left_waits_for_next_writer() {
    let lock = new_lock();
    let writer = enter::<Writer<'_>>(&lock).unwrap();
    let next_writer = queued(lock.enter::<Writer<'_>>());
    let reader = queued(lock.enter::<Reader<'_>>());
    drop(writer);
    let late_reader = queued(lock.enter::<Reader<'_>>());
    let Enter::Entered(reading) = reader.try_enter() else {
        panic!("the reader has waited for the writer");
    };
    let late_reader = queued(late_reader.try_enter());
    drop(reading);
    let Enter::Entered(writing) = next_writer.try_enter() else {
        panic!("it is the writer's turn");
    };
    drop(writing);
    assert!(matches!(late_reader.try_enter(), Enter::Entered(_)));
}

/// Each writer gives up its place after a while, like a thread that checks for signals.
#[test]
fn write_two_waiting_threads_do_not_wake_each_other() {
    let (lock, wakes, done) = (new_lock(), AtomicUsize::new(0), AtomicBool::new(false));
    let reader = enter::<ReadGuard<'_, _, _>>(&lock).unwrap();
    let writer = || {
        while !done.load(Ordering::Relaxed) {
            if let Enter::Sleep(sleep) = lock.enter::<WriteGuard<'_, _, _>>() {
                sleep.wait()(Duration::from_millis(10));
                wakes.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        scope.spawn(writer);
        scope.spawn(writer);
        thread::sleep(Duration::from_millis(300));
        done.store(true, Ordering::Relaxed);
    });
    drop(reader);
    // Each waits 30 times; without sleeping it would be tens of thousands.
    let wakes = wakes.load(Ordering::Relaxed);
    assert!(wakes < 1000, "{wakes}");
}

#[test]
fn pause_before_short_write_notices_it() {
    let lock = MapLock::<i32, TakingTurns>::new(1);
    let Enter::Entered(guard) = lock.enter::<ReadGuard<'_, _, _>>() else {
        panic!("the lock is free");
    };
    let paused = guard.pause();
    // SAFETY: this is the only thread.
    assert!(unsafe { lock.write() }.is_none());
    assert!(lock.is_unused());
    drop(lock.enter::<WriteGuard<'_, _, _>>());
    // SAFETY: this is the only thread.
    assert!(unsafe { lock.write() }.is_some());
    let Enter::Entered(guard) = lock.enter::<ReadGuard<'_, _, _>>() else {
        panic!("the lock is free");
    };
    assert!(paused.met_writer(&guard));
    assert!(!guard.pause().met_writer(&match lock.enter() {
        Enter::Entered(guard) => guard,
        _ => panic!("the lock is free"),
    }));
}

/// A child of a process whose other threads held the lock.
#[cfg(all(unix, not(miri)))]
#[test]
fn fork_child_forgets_guards_of_missing_threads() {
    ironmap_state::forks::watch().unwrap();
    let lock = new_lock();
    let (reading, resized) = (new_lock(), new_lock());
    let _reader = enter::<ReadGuard<'_, _, _>>(&reading);
    let _writer = enter::<WriteGuard<'_, _, _>>(&lock);
    let _resizer = enter::<ResizeGuard<'_, _, _>>(&resized);
    // SAFETY: the child makes no call that could wait for a lock of another thread.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let wrote = enter::<WriteGuard<'_, _, _>>(&lock).is_some();
        let read = enter::<WriteGuard<'_, _, _>>(&reading).is_some();
        let lost = resized.is_lost() && enter::<ReadGuard<'_, _, _>>(&resized).is_none();
        // SAFETY: it ends the child.
        unsafe { libc::_exit(if wrote && read && lost { 0 } else { 1 }) };
    }
    let mut status = 0;
    // SAFETY: a place for the status.
    unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!(status, 0);
}
