//! The first or the last match of one needle, as a job.

use std::ops::{ControlFlow, Range};

use memsearch::Finder;

use super::parts::Parts;
use super::{Deadline, Job, Progress, first_damage};
use crate::error::Result;
use crate::mmap::Mmap;
use crate::range::Direction;

/// Looks for one needle.
#[derive(Debug)]
pub struct Find<'n> {
    finder: Finder<'n>,
    direction: Direction,
    parts: Parts,
}

impl<'n> Find<'n> {
    /// The first match in a range.
    pub fn first(needle: &'n [u8], range: Range<usize>) -> Find<'n> {
        Find::new(needle, Direction::Forward, range)
    }

    /// The last match in a range.
    pub fn last(needle: &'n [u8], range: Range<usize>) -> Find<'n> {
        Find::new(needle, Direction::Backward, range)
    }

    fn new(needle: &'n [u8], direction: Direction, range: Range<usize>) -> Find<'n> {
        Find {
            finder: Finder::new(needle),
            direction,
            parts: Parts::new(direction, range, needle.len().saturating_sub(1)),
        }
    }
}

impl Job for Find<'_> {
    /// The index of the match.
    type Output = Option<usize>;

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<Option<usize>>> {
        self.parts.cut(map.len());
        let find = match self.direction {
            Direction::Forward => Mmap::find_with,
            Direction::Backward => Mmap::rfind_with,
        };
        let searched = self.parts.work(map, until, |part| {
            let found = find(map, &mut self.finder, part)?;
            Ok(found.map_or(ControlFlow::Continue(()), ControlFlow::Break))
        });
        searched.map_err(|error| first_damage(map, self.parts.whole(), error))
    }

    fn restart(&mut self) {
        self.parts.restart();
    }

    fn progress(&self) -> Progress {
        self.parts.progress()
    }

    fn waits(&self) -> bool {
        self.parts.are_long()
    }
}
