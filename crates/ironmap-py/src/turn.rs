//! How long an operation keeps the GIL.
//!
//! Getting it back costs up to a switch interval (5 ms by default) when another
//! thread computes, so short work keeps it. How long work takes is not known by
//! its size: memory that is there goes by at 10 GB/s and more, a page that must
//! come from a disk takes a millisecond. So work is done in steps, attached,
//! until it has taken a while, and the rest of it detached.

use std::time::{Duration, Instant};

/// Bytes of a step. Work of less than one is done attached, whatever it takes.
pub(crate) const STEP: usize = 1 << 20;

/// After so long other threads should run: a tenth of a switch interval. Hot
/// memory is searched over 16 MiB by then, and 4 MiB and more are copied.
const LONG: Duration = Duration::from_micros(500);

/// The time since an operation began its work.
pub(crate) struct Turn(Instant);

impl Turn {
    pub(crate) fn begin() -> Turn {
        Turn(Instant::now())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.elapsed() >= LONG
    }
}
