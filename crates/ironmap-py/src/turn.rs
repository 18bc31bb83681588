//! How long an operation keeps the GIL.
//!
//! Getting it back costs up to a switch interval (5 ms by default) when another
//! thread computes, so short work keeps it. How long work takes is not known by
//! its size: memory that is there goes by at 10 GB/s and more, a page that must
//! come from a disk takes a millisecond. So work is done in steps, attached, until
//! it has taken a while and will take a while more, and the rest of it detached.

use std::time::{Duration, Instant};

use pyo3::prelude::*;

use crate::error::{Fallible, OrRaise};

/// Bytes of a step. Work of less than one is done attached, whatever it takes.
pub(crate) const STEP: usize = 1 << 20;

/// After so long other threads should run, if there is more to do than takes
/// [`LONGER`]: a tenth of a switch interval.
const LONG: Duration = Duration::from_micros(500);

/// What is left of work at most that is done attached all the same: less than it
/// costs to get the GIL back from a thread that computes.
const LONGER: Duration = Duration::from_millis(2);

/// Lets signal handlers run, and other threads if one waits for its turn: for work
/// that makes many objects and so cannot detach. Nothing of a map is held.
pub(crate) fn pass(py: Python<'_>) -> Fallible<()> {
    py.check_signals().or_raise(py)?;
    py.detach(|| ());
    Ok(())
}

/// The time since an operation began its work.
pub(crate) struct Turn(Instant);

impl Turn {
    pub(crate) fn begin() -> Turn {
        Turn(Instant::now())
    }

    /// Whether it has taken long to do so many bytes, and the rest of them will, too.
    pub(crate) fn is_over(&self, done: usize, rest: usize) -> bool {
        let taken = self.0.elapsed();
        let left = taken.as_nanos() * rest as u128;
        taken >= LONG && left > LONGER.as_nanos() * done as u128
    }
}
