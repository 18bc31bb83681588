//! All matches of several needles, part by part, as a job.

use std::cmp::{max, min};
use std::ops::{ControlFlow, Range};

use super::{Deadline, Job, Progress};
use crate::error::Result;
use crate::mmap::Mmap;
use crate::search::{Match, Needles};

/// The length in bytes of the first part. It is short, so that a match nearby is cheap.
const FIRST_PART: usize = 64 << 10;

/// The growth from part to part, up to [`LONGEST`].
const GROWTH: usize = 4;

const LONGEST: usize = 16 << 20;

/// A search for every match of several needles that are not empty, from the front and without
/// overlap. Each step searches one part.
#[derive(Clone, Debug)]
pub struct EachMatch {
    needles: Needles,
    /// The range not searched yet, `None` at the end.
    rest: Option<Range<usize>>,
    part: usize,
    total: usize,
}

impl EachMatch {
    /// The matches in a range. A range past the end of the map ends with the map.
    pub fn new(needles: Needles, range: Range<usize>) -> EachMatch {
        EachMatch {
            needles,
            total: range.len(),
            rest: Some(range),
            part: FIRST_PART,
        }
    }

    /// Returns the length of the next part in bytes, 0 at the end.
    pub fn next_len(&self) -> usize {
        self.rest
            .as_ref()
            .map_or(0, |rest| min(rest.len(), self.part))
    }

    /// Skips the matches that begin before an index.
    pub fn resume_at(&mut self, at: usize) {
        if let Some(rest) = &mut self.rest {
            rest.start = max(rest.start, at);
        }
    }

    /// Searches the next part. Returns the matches in it, perhaps none, or `None` at the end.
    pub fn next_part(&mut self, map: &Mmap) -> Result<Option<Vec<Match>>> {
        self.next_part_until(map, Deadline::NEVER)
    }

    fn next_part_until(&mut self, map: &Mmap, until: Deadline) -> Result<Option<Vec<Match>>> {
        let rest = self.rest.clone().unwrap_or_default();
        let rest = rest.start..min(rest.end, map.len());
        if rest.is_empty() {
            self.rest = None;
            return Ok(None);
        }
        let (found, next) = map.find_each_until(&self.needles, rest.clone(), self.part, until)?;
        self.part = min(self.part * GROWTH, LONGEST);
        self.rest = Some(next..rest.end);
        Ok(Some(found))
    }
}

impl Job for EachMatch {
    type Output = Option<Vec<Match>>;

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<Self::Output>> {
        self.next_part_until(map, until).map(ControlFlow::Break)
    }

    /// Does nothing: a part takes one step.
    fn restart(&mut self) {}

    fn progress(&self) -> Progress {
        let left = self.rest.as_ref().map_or(0, Range::len);
        Progress {
            done: self.total.saturating_sub(left),
            total: self.total,
        }
    }
}
