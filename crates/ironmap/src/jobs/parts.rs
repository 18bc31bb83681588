//! A range in parts, each as long as a few milliseconds allow.

use std::cmp::{max, min};
use std::ops::{ControlFlow, Range};
use std::time::{Duration, Instant};

use super::{Deadline, Progress};
use crate::error::Result;
use crate::mmap::Mmap;
use crate::range::Direction;
use crate::region::LargeReads;

/// Bytes of the first part, and of every part of a disk that is slow.
const SHORTEST: usize = 64 << 10;

/// Bytes of a part of memory: to read the clock after it costs nothing.
const LONGEST: usize = 4 << 20;

/// Bytes of a part that takes too long to be done while other threads wait.
const LARGE_PART: usize = 1 << 20;

/// A part that took less is followed by a longer one.
const BRIEF: Duration = Duration::from_millis(4);

/// A part that took more is followed by a shorter one.
const SLOW: Duration = Duration::from_millis(16);

/// How long a part is compared to the one before, at most and at least.
const FACTOR: usize = 4;

/// A range that is taken part by part.
#[derive(Debug)]
pub(super) struct Parts {
    direction: Direction,
    whole: Range<usize>,
    rest: Range<usize>,
    /// Bytes that each part has in common with the next.
    overlap: usize,
    /// Bytes of the map for each place of the range.
    width: usize,
    /// The index in the map of place 0, if the places are bytes in a row.
    origin: Option<usize>,
    reads: LargeReads,
    /// Places of a part at least.
    shortest: usize,
    /// Places of the next part.
    len: usize,
}

impl Parts {
    pub(super) fn new(direction: Direction, whole: Range<usize>, overlap: usize) -> Parts {
        Parts {
            direction,
            rest: whole.clone(),
            whole,
            overlap,
            width: 1,
            origin: Some(0),
            reads: LargeReads::default(),
            // A part is looked at as a whole, with what it has in common with the next.
            shortest: max(SHORTEST, overlap),
            len: max(SHORTEST, overlap),
        }
    }

    /// Places that are `step` bytes of the map apart, from `first` on.
    pub(super) fn of_places(first: usize, count: usize, step: isize) -> Parts {
        let width = max(step.unsigned_abs(), 1);
        let shortest = max(SHORTEST / width, 1);
        Parts {
            width,
            origin: (step == 1).then_some(first),
            shortest,
            len: shortest,
            ..Parts::new(Direction::Forward, 0..count, 0)
        }
    }

    /// Parts of a range, the first as long as any.
    pub(super) fn of_calls(whole: Range<usize>) -> Parts {
        Parts {
            len: LONGEST,
            ..Parts::new(Direction::Forward, whole, 0)
        }
    }

    /// Returns whether even the shortest part takes long.
    pub(super) fn are_long(&self) -> bool {
        self.shortest >= LARGE_PART
    }

    pub(super) fn whole(&self) -> &Range<usize> {
        &self.whole
    }

    pub(super) fn restart(&mut self) {
        self.rest = self.whole.clone();
    }

    /// Drops the places that are past the end of a map of `len` bytes.
    pub(super) fn cut(&mut self, len: usize) {
        self.rest.end = min(self.rest.end, len);
        self.rest.start = min(self.rest.start, self.rest.end);
    }

    pub(super) fn progress(&self) -> Progress {
        Progress {
            done: (self.whole.len() - self.rest.len()).saturating_mul(self.width),
            total: self.whole.len().saturating_mul(self.width),
        }
    }

    /// Calls `work` with one part after the other, with one at least. Returns what it breaks
    /// with; `Break(None)` after the last part; `Continue` once the deadline has passed.
    pub(super) fn work<R>(
        &mut self,
        map: &Mmap,
        until: Deadline,
        mut work: impl FnMut(Range<usize>) -> Result<ControlFlow<R>>,
    ) -> Result<ControlFlow<Option<R>>> {
        let mut begun = until.0.map(|_| Instant::now());
        loop {
            // A short part would not ask whether the fault handler is in place.
            map.ensure_installed_before(self.rest.len().saturating_mul(self.width));
            let (part, rest) = self.split();
            if let Some(origin) = self.origin {
                let all = origin + self.rest.start..origin + self.rest.end;
                map.read_first(&mut self.reads, &all, self.direction, part.len());
            }
            if let ControlFlow::Break(result) = work(part)? {
                return Ok(ControlFlow::Break(Some(result)));
            }
            let Some(rest) = rest else {
                self.rest = self.rest.end..self.rest.end;
                return Ok(ControlFlow::Break(None));
            };
            self.rest = rest;
            let (Some(end), Some(start)) = (until.0, begun) else {
                self.len = self.longest();
                continue;
            };
            let now = Instant::now();
            self.adapt(now - start);
            if now >= end {
                return Ok(ControlFlow::Continue(()));
            }
            begun = Some(now);
        }
    }

    /// Returns the next part, and what is left after it, if anything.
    fn split(&self) -> (Range<usize>, Option<Range<usize>>) {
        let Range { start, end } = self.rest;
        let len = self.len.saturating_add(self.overlap);
        if self.rest.len() <= len {
            return (start..end, None);
        }
        match self.direction {
            Direction::Forward => (start..start + len, Some(start + self.len..end)),
            Direction::Backward => (end - len..end, Some(start..end - self.len)),
        }
    }

    fn adapt(&mut self, took: Duration) {
        if took < BRIEF {
            self.len = min(self.len.saturating_mul(FACTOR), self.longest());
        } else if took > SLOW {
            self.len = max(self.len / FACTOR, self.shortest);
        }
    }

    fn longest(&self) -> usize {
        max(LONGEST / self.width, self.shortest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_of(mut parts: Parts, until: Deadline) -> Vec<Range<usize>> {
        let mut seen = Vec::new();
        let mut see = |part| {
            seen.push(part);
            Ok(ControlFlow::<()>::Continue(()))
        };
        let map = Mmap::anonymous(1).unwrap();
        while parts.work(&map, until, &mut see).unwrap().is_continue() {}
        seen
    }

    #[test]
    fn work_with_overlap_covers_every_place_in_either_direction() {
        let whole = 10..20_000_000;
        for direction in [Direction::Forward, Direction::Backward] {
            for until in [Deadline::NEVER, Deadline::after(Duration::ZERO)] {
                let mut seen = parts_of(Parts::new(direction, whole.clone(), 7), until);
                if direction == Direction::Backward {
                    seen.reverse();
                }
                assert_eq!((seen[0].start, seen[seen.len() - 1].end), (10, 20_000_000));
                assert!(seen.windows(2).all(|pair| pair[0].end == pair[1].start + 7));
            }
        }
    }

    #[test]
    fn work_with_a_past_deadline_does_one_part() {
        let mut parts = Parts::new(Direction::Forward, 0..1 << 30, 0);
        let mut calls = 0;
        let mut work = |_| {
            calls += 1;
            Ok(ControlFlow::<()>::Continue(()))
        };
        let until = Deadline::after(Duration::ZERO);
        let map = Mmap::anonymous(1).unwrap();
        assert!(parts.work(&map, until, &mut work).unwrap().is_continue());
        assert_eq!(calls, 1);
    }

    #[test]
    fn work_on_an_empty_range_is_called_once() {
        let parts = Parts::new(Direction::Forward, 5..5, 3);
        assert_eq!(parts_of(parts, Deadline::NEVER), vec![5..5; 1]);
    }

    #[test]
    fn cut_before_the_rest_leaves_nothing() {
        let mut parts = Parts::new(Direction::Forward, 100..200, 0);
        parts.cut(50);
        assert_eq!(parts_of(parts, Deadline::NEVER), vec![50..50; 1]);
    }

    #[test]
    fn adapt_to_a_slow_disk_returns_to_the_shortest() {
        let mut parts = Parts::new(Direction::Forward, 0..1, 0);
        parts.adapt(Duration::ZERO);
        assert_eq!(parts.len, FACTOR * SHORTEST);
        parts.adapt(SLOW * 2);
        parts.adapt(SLOW * 2);
        assert_eq!(parts.len, SHORTEST);
    }
}
