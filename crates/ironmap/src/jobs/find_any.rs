//! The first match of several needles, as a job.

use std::ops::{ControlFlow, Range};

use super::parts::Parts;
use super::{Deadline, Job, Progress};
use crate::error::Result;
use crate::mmap::Mmap;
use crate::range::Direction;
use crate::search::{Match, Needles};

/// Looks for the first of several needles.
#[derive(Debug)]
pub struct FindAny<'n> {
    needles: &'n Needles,
    range: Range<usize>,
    parts: Parts,
}

impl<'n> FindAny<'n> {
    /// The first match in a range.
    pub fn new(needles: &'n Needles, range: Range<usize>) -> FindAny<'n> {
        let overlap = needles.longest().saturating_sub(1);
        FindAny {
            needles,
            range: range.clone(),
            parts: Parts::new(Direction::Forward, range, overlap),
        }
    }
}

impl Job for FindAny<'_> {
    type Output = Option<Match>;

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<Option<Match>>> {
        self.parts.cut(map.len());
        let end = self.range.end.min(map.len());
        self.parts.work(map, until, |part| {
            let seen = part.end;
            let found = map.find_any(self.needles, part)?;
            // Otherwise a longer needle may begin earlier and reach into the next part, which
            // has this match, too.
            let is_first = |found: &Match| seen == end || self.needles.is_first(*found, seen);
            let found = found.filter(is_first);
            Ok(found.map_or(ControlFlow::Continue(()), ControlFlow::Break))
        })
    }

    fn restart(&mut self) {
        self.parts.restart();
    }

    fn progress(&self) -> Progress {
        self.parts.progress()
    }
}
