//! The number of matches, as a job.

use std::cmp::min;
use std::ops::{ControlFlow, Range};

use super::{Deadline, Job, Progress};
use crate::error::Result;
use crate::mmap::Mmap;

/// Counts the matches of a needle, on all cores.
#[derive(Debug)]
pub struct Count<'n> {
    needle: &'n [u8],
    whole: Range<usize>,
    /// The index up to which the matches are counted.
    at: usize,
    count: usize,
}

impl<'n> Count<'n> {
    /// The matches in a range that do not overlap.
    pub fn new(needle: &'n [u8], range: Range<usize>) -> Count<'n> {
        Count {
            needle,
            at: range.start,
            whole: range,
            count: 0,
        }
    }
}

impl Job for Count<'_> {
    type Output = usize;

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<usize>> {
        let end = min(self.whole.end, map.len());
        let rest = min(self.at, end)..end;
        let (count, counted) = map.count_until(self.needle, rest, until)?;
        self.count += count;
        self.at = counted;
        Ok(match counted == end {
            true => ControlFlow::Break(self.count),
            false => ControlFlow::Continue(()),
        })
    }

    fn restart(&mut self) {
        (self.at, self.count) = (self.whole.start, 0);
    }

    fn progress(&self) -> Progress {
        Progress {
            done: self.at.saturating_sub(self.whole.start),
            total: self.whole.len(),
        }
    }

    fn waits(&self) -> bool {
        true
    }
}
