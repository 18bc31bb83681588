//! A job that asks the system which pages are in memory.

use std::cmp::min;
use std::ops::{ControlFlow, Range};

use super::parts::Parts;
use super::{Consistency, Deadline, Job, Progress};
use crate::error::Result;
use crate::mmap::Mmap;
use crate::os;
use crate::range::{self, Direction};

/// Calls a function with the pages of a range, many at a time: 1 for each that is in memory,
/// 0 for each that is not.
#[derive(Debug)]
pub struct Resident<F> {
    given: Range<usize>,
    /// In bytes from the first byte of the map's first page; none before the first step.
    parts: Option<Parts>,
    tell: F,
}

impl<F: FnMut(&[u8])> Resident<F> {
    /// The pages that `range` touches.
    pub fn new(range: Range<usize>, tell: F) -> Resident<F> {
        Resident {
            given: range,
            parts: None,
            tell,
        }
    }
}

impl<F: FnMut(&[u8])> Job for Resident<F> {
    type Output = ();

    fn step(&mut self, map: &Mmap, until: Deadline) -> Result<ControlFlow<()>> {
        let padding = map.head_padding();
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none => {
                let pages = map.pages(self.given.clone())?;
                let start = range::page_floor(padding + pages.start, os::page_size());
                let end = padding + pages.end;
                none.insert(Parts::new(Direction::Forward, min(start, end)..end, 0))
            }
        };
        parts.cut(padding + map.len());
        let asked = parts.work(map, until, |part| {
            let part = part.start.saturating_sub(padding)..part.end.saturating_sub(padding);
            map.for_each_resident(part, &mut self.tell)?;
            Ok(ControlFlow::<()>::Continue(()))
        })?;
        Ok(asked.map_break(|_| ()))
    }

    fn restart(&mut self) {
        self.parts = None;
    }

    /// A store leaves pages where they are.
    fn consistency(&self) -> Consistency {
        Consistency::Irrelevant
    }

    fn progress(&self) -> Progress {
        match &self.parts {
            Some(parts) => parts.progress(),
            None => Progress {
                done: 0,
                total: self.given.len(),
            },
        }
    }

    fn waits(&self) -> bool {
        true
    }
}
