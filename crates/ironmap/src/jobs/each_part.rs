//! A job made of one call for each part of a range.

use std::ops::{ControlFlow, Range};

use super::parts::Parts;
use super::{Consistency, Deadline, Job, Progress};
use crate::error::Result;
use crate::mmap::Mmap;

/// The kind of function that is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Copies bytes, which a store changes.
    Copies,
    /// Waits for the system. A store changes nothing of it.
    Waits,
}

/// Calls a function for one part after the other: copies, `populate`, `lock`.
#[derive(Debug)]
pub struct EachPart<F> {
    parts: Parts,
    kind: Kind,
    work: F,
}

impl<F: FnMut(&Mmap, Range<usize>) -> Result<()>> EachPart<F> {
    /// The bytes of a range, for a function that waits for the system. An empty range is
    /// one empty part.
    pub fn of_range(range: Range<usize>, work: F) -> EachPart<F> {
        let parts = Parts::of_calls(range);
        EachPart {
            parts,
            kind: Kind::Waits,
            work,
        }
    }

    /// `count` places that are `step` bytes of the map apart, from `first` on, by their numbers,
    /// for a function that copies them.
    pub fn of_places(first: usize, count: usize, step: isize, work: F) -> EachPart<F> {
        let parts = Parts::of_places(first, count, step);
        EachPart {
            parts,
            kind: Kind::Copies,
            work,
        }
    }
}

impl<F: FnMut(&Mmap, Range<usize>) -> Result<()>> Job for EachPart<F> {
    type Output = ();

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<()>> {
        let work = |part| (self.work)(map, part).map(ControlFlow::<()>::Continue);
        let worked = self.parts.work(map, until, work)?;
        Ok(worked.map_break(|_| ()))
    }

    fn restart(&mut self) {
        self.parts.restart();
    }

    fn consistency(&self) -> Consistency {
        match self.kind {
            Kind::Copies => Consistency::Required,
            Kind::Waits => Consistency::Irrelevant,
        }
    }

    fn progress(&self) -> Progress {
        self.parts.progress()
    }

    fn waits(&self) -> bool {
        self.kind == Kind::Waits
    }
}
