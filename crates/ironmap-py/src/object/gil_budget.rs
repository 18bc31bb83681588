//! How long an operation keeps the GIL.
//!
//! Getting it back costs up to a switch interval (5 ms by default) when another
//! thread computes, so short work keeps it. How long work takes is not known by
//! its size: memory that is there goes by at 10 GB/s and more, a page that must
//! come from a disk takes a millisecond. So work is done in steps, attached, until
//! it has taken a while and will take a while more, and the rest of it detached.

use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::errors::PyResult;
use crate::interpreter::{Python, check_signals};

/// Bytes of a step. Work of less than one is done attached, whatever it takes.
pub(crate) const STEP: usize = 1 << 20;

/// After so long other threads should run, if there is more to do than takes
/// [`DETACH_IF_LEFT`]: a tenth of a switch interval.
const DETACH_AFTER: Duration = Duration::from_micros(500);

/// What is left of work at most that is done attached all the same: less than it
/// costs to get the GIL back from a thread that computes.
const DETACH_IF_LEFT: Duration = Duration::from_millis(2);

/// How long signals wait at most, while a thread waits for another's guard or for a disk:
/// the time in which Ctrl-C is heard.
pub(crate) const SIGNAL_INTERVAL: Duration = Duration::from_millis(100);

/// Lets signal handlers run, and other threads if one waits for its turn: for work
/// that makes many objects and so cannot detach. Nothing of a map is held.
pub(crate) fn yield_gil(py: Python<'_>) -> PyResult<()> {
    check_signals(py)?;
    if is_due() {
        py.detach(|| ());
    }
    Ok(())
}

/// Whether a signal has come before the system call had done anything.
pub(crate) fn is_interrupted(error: &ironmap::Error) -> bool {
    let code = error.raw_os_error();
    code.is_some_and(|code| io::Error::from_raw_os_error(code).kind() == io::ErrorKind::Interrupted)
}

/// How long a thread keeps the GIL that could let go of it. A thread that waits asks for
/// it after a switch interval, and only then is sure to get it; one that is woken
/// before that finds the GIL taken again and waits from the start.
const KEEP_GIL: Duration = Duration::from_millis(6);

/// Whether nobody has passed for so long.
fn is_due() -> bool {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    static PASSED: AtomicU64 = AtomicU64::new(0);
    let now = BEGUN.get_or_init(Instant::now).elapsed().as_micros() as u64;
    // Attached, so no two threads are here.
    let due = now - PASSED.load(Ordering::Relaxed) >= KEEP_GIL.as_micros() as u64;
    if due {
        PASSED.store(now, Ordering::Relaxed);
    }
    due
}

/// The time since an operation began its work.
pub(crate) struct GilBudget(Instant);

impl GilBudget {
    pub(crate) fn start() -> GilBudget {
        GilBudget(Instant::now())
    }

    /// Whether it has taken long to do so many bytes, and the rest of them will, too.
    pub(crate) fn is_exhausted(&self, done: usize, rest: usize) -> bool {
        let taken = self.0.elapsed();
        let left = taken.as_nanos() * rest as u128;
        taken >= DETACH_AFTER && left > DETACH_IF_LEFT.as_nanos() * done as u128
    }
}

/// Bytes to copy out for which new memory alone takes longer than a [`GilBudget`].
pub(crate) const LONG_COPY: usize = 32 << 20;

/// Bytes to store, or to step over, from which a store detaches: about what hot
/// memory takes in one [`GilBudget`].
pub(crate) const LONG_STORE: usize = 4 << 20;
