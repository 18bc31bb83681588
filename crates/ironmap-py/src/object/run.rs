//! Runs long operations. Only this file runs jobs: it decides when a long read detaches and
//! when signal handlers run. Waiting for the lock, stores and system calls under a lock guard, and
//! work without a map detach by themselves.
//!
//! Getting the GIL back costs up to a switch interval (5 ms by default) while another thread
//! computes, so short work keeps it: the size of an operation decides, before any job
//! exists. The duration of long work is not known by its size: memory is read at 10 GB/s, a
//! page of a slow disk takes milliseconds. So a job begins attached and detaches if much is
//! left after half a millisecond.
//!
//! A detached step ends after a tenth of a second. Then nothing of the map is held, signal
//! handlers run, and they may close or resize the map. The next step enters the lock anew. If
//! another thread has written to the map in between, the job starts again, a few times, so that
//! its result is of one state of the map.

use std::io;
use std::ops::ControlFlow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use ironmap::Mmap;
use ironmap::jobs::{Consistency, Deadline, Job, Progress};

use crate::args::Callback;
use crate::errors::{MapError, PyResult};
use crate::interpreter::{Python, check_signals};
use crate::object::{MapObject, ReadGuard, SIGNAL_INTERVAL};

/// Bytes of an operation from which it is a job. Less is done attached.
pub(crate) const LONG: usize = 1 << 20;

/// Bytes to store, or to count in, from which an operation detaches. A store is no job: half
/// of a store is worse than a late signal handler.
pub(crate) const LONG_PASS: usize = 4 << 20;

/// The time after which other threads should run, if more is left than
/// [`ATTACHED_REST`]: a tenth of a switch interval.
const ATTACHED: Duration = Duration::from_micros(500);

/// The most work that is left and done attached all the same: less than it costs to get the
/// GIL back from a thread that computes.
const ATTACHED_REST: Duration = Duration::from_millis(2);

/// How often a job starts again because of writers. Then a copy keeps them out until it is
/// done, and signal handlers wait for it; a search goes on, and may see some of the stores
/// and not others.
const RESTARTS: usize = 3;

/// Runs a job to its end. Nothing of the map is held here.
pub(crate) fn run<J: Job<Output: Send> + Send>(
    py: Python<'_>,
    object: &MapObject,
    job: &mut J,
) -> PyResult<ironmap::Result<J::Output>> {
    run_with_progress(py, object, job, Callback::NONE)
}

/// As [`run`]. Reports the progress after each step.
pub(crate) fn run_with_progress<J: Job<Output: Send> + Send>(
    py: Python<'_>,
    object: &MapObject,
    job: &mut J,
    callback: Callback<'_, '_>,
) -> PyResult<ironmap::Result<J::Output>> {
    let exports = object.exports_total();
    let mut paused = None;
    let mut restarts = 0;
    loop {
        let guard = match paused.take() {
            None => object.read_guard(py)?,
            Some(paused) => {
                // Damage that another thread's buffer has met since the last step is for the
                // next call to report.
                let Some(guard) = object.read_guard_ignoring_damage(py)? else {
                    object.check_open(py)?;
                    continue;
                };
                if guard.met_writer(paused) && may_restart(job, restarts) {
                    job.restart();
                    restarts += 1;
                }
                guard
            }
        };
        let until = match (restarts, job.consistency()) {
            (RESTARTS.., Consistency::Required) => Deadline::NEVER,
            _ => Deadline::after(SIGNAL_INTERVAL),
        };
        match step(&guard, job, until) {
            Ok(ControlFlow::Continue(())) => paused = Some(guard.pause()),
            Ok(ControlFlow::Break(output)) => {
                drop(guard);
                object.ignore_damage_past_match(py, exports)?;
                callback.report(py, job.progress())?;
                return Ok(Ok(output));
            }
            Err(error) => return Ok(Err(error)),
        }
        check_signals(py)?;
        callback.report(py, job.progress())?;
    }
}

fn may_restart(job: &impl Job, restarts: usize) -> bool {
    match job.consistency() {
        Consistency::Irrelevant => false,
        Consistency::Preferred => restarts < RESTARTS,
        Consistency::Required => true,
    }
}

/// One step: attached for as long as that is worth it, then detached.
fn step<J: Job<Output: Send> + Send>(
    guard: &ReadGuard<'_, '_>,
    job: &mut J,
    until: Deadline,
) -> ironmap::Result<ControlFlow<J::Output>> {
    if !job.waits() && job.progress().done == 0 {
        let stepped = guard.with(|map| step_attached(map, job))?;
        if stepped.is_break() {
            return Ok(stepped);
        }
    }
    guard.detached(|map| job.step(map, until))
}

fn step_attached<J: Job>(map: &Mmap, job: &mut J) -> ironmap::Result<ControlFlow<J::Output>> {
    let begun = Instant::now();
    let stepped = job.step(map, Deadline::after(ATTACHED))?;
    if stepped.is_continue() && is_nearly_done(job.progress(), begun.elapsed()) {
        return job.step(map, Deadline::after(ATTACHED_REST));
    }
    Ok(stepped)
}

fn is_nearly_done(Progress { done, total }: Progress, took: Duration) -> bool {
    let left = took.as_nanos() * (total - done) as u128;
    left <= ATTACHED_REST.as_nanos() * done as u128
}

/// The time that a thread keeps the GIL before it yields. A thread that waits asks for the
/// GIL after a switch interval and only then is sure to get it; one that is woken before that
/// finds the GIL taken again and waits from the start.
const KEEP_GIL: Duration = Duration::from_millis(6);

/// Lets signal handlers run, and other threads if [`KEEP_GIL`] has passed: for work that makes
/// many objects and so cannot detach. Nothing of a map is held.
pub(crate) fn yield_gil(py: Python<'_>) -> PyResult<()> {
    check_signals(py)?;
    if gil_is_due() {
        py.detach(|| ());
    }
    Ok(())
}

/// Returns whether other threads should get the GIL.
fn gil_is_due() -> bool {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    static YIELDED: AtomicU64 = AtomicU64::new(0);
    let now = BEGUN.get_or_init(Instant::now).elapsed().as_micros() as u64;
    // A thread of another interpreter may have yielded later than `now`.
    let since = now.saturating_sub(YIELDED.load(Ordering::Relaxed));
    let due = since >= KEEP_GIL.as_micros() as u64;
    if due {
        YIELDED.store(now, Ordering::Relaxed);
    }
    due
}

/// Calls `call` again after each signal that interrupts its system call, unless the handler
/// raises. Nothing of a map is held while handlers run.
pub(crate) fn retry_interrupted<T, E: Into<MapError>>(
    py: Python<'_>,
    mut call: impl FnMut() -> PyResult<Result<T, E>>,
) -> PyResult<Result<T, MapError>> {
    loop {
        match call()?.map_err(Into::into) {
            Err(MapError::Core(error)) if is_interrupted(&error) => check_signals(py)?,
            done => return Ok(done),
        }
    }
}

/// Returns whether a signal has come before a system call had done anything.
fn is_interrupted(error: &ironmap::Error) -> bool {
    let code = error.raw_os_error();
    code.is_some_and(|code| io::Error::from_raw_os_error(code).kind() == io::ErrorKind::Interrupted)
}
