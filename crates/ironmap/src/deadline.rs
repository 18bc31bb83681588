//! The end of a step of a long operation.

use std::time::{Duration, Instant};

/// The time at which a step ends.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(pub(crate) Option<Instant>);

impl Deadline {
    /// A step that ends with its job.
    pub const NEVER: Deadline = Deadline(None);

    /// A step that ends after so long.
    pub fn after(time: Duration) -> Deadline {
        Deadline(Some(Instant::now() + time))
    }

    /// Returns whether the step may end before its job.
    pub(crate) fn may_pass(self) -> bool {
        self.0.is_some()
    }

    /// Returns whether the time has come.
    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}
