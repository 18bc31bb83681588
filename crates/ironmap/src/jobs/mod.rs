//! Long operations that can be continued.
//!
//! A caller that must check signals runs a [`Job`] step by step. Between two steps nothing of
//! the map is borrowed: it may be resized. The methods of [`Mmap`] run to their end instead.
//!
//! This module is for the bindings of this project, and no part of the crate's API.

mod count;
#[cfg(feature = "needles")]
mod each_match;
mod each_part;
mod find;
#[cfg(feature = "needles")]
mod find_any;
mod parts;
mod resident;

use std::cmp::min;
use std::ops::{ControlFlow, Range};

use crate::error::{Error, Result};
use crate::mmap::Mmap;

pub use crate::deadline::Deadline;
pub use count::Count;
#[cfg(feature = "needles")]
pub use each_match::EachMatch;
pub use each_part::EachPart;
pub use find::Find;
#[cfg(feature = "needles")]
pub use find_any::FindAny;
pub use resident::Resident;

/// A long operation.
pub trait Job {
    /// The result.
    type Output;

    /// Works until the job is done, or until the deadline has passed.
    ///
    /// The map may have another length than in the last step.
    ///
    /// # Errors
    ///
    /// Those of the operation. The job may be continued after an error.
    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<Self::Output>>;

    /// Starts again, because the map was written to since the last step.
    fn restart(&mut self);

    /// Returns what stores between two steps mean for the result.
    fn consistency(&self) -> Consistency {
        Consistency::Preferred
    }

    /// Returns how far it has got.
    fn progress(&self) -> Progress;

    /// Returns whether a step may take long, however early its deadline is: it waits for
    /// threads or for the system, or its parts are long.
    fn waits(&self) -> bool {
        false
    }
}

/// The meaning of stores between two steps for the result of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consistency {
    /// A store changes nothing of it.
    Irrelevant,
    /// The result should be of one state of the map, if that takes few restarts.
    Preferred,
    /// The result must be of one state of the map.
    Required,
}

/// The bytes of a job that are done, and all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// At most `total`.
    pub done: usize,
    /// The length of the range.
    pub total: usize,
}

/// Returns the error of a part with the first damaged byte of the whole range instead of
/// the part's.
#[cold]
pub fn first_damage(map: &Mmap, whole: &Range<usize>, error: Error) -> Error {
    let end = min(whole.end, map.len());
    let start = min(whole.start, end);
    // Looks at what is known of damage, at no byte.
    let known = map.with_ptr(start, end - start, |_| ());
    known
        .err()
        .filter(|known| known.fault().is_some())
        .unwrap_or(error)
}
