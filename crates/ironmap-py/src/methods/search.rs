//! The searches that `find_all` iterates over.

use std::ffi::CStr;

use ironmap::jobs::{EachMatch, Job};
use ironmap::raw::Matches;
use ironmap::{Match, Mmap};
use pyo3_ffi as ffi;

use crate::interpreter::PerInterpreter;
use crate::results::output::Output;

/// A search for all matches, part by part.
pub(crate) trait Search:
    Job<Output = Option<Vec<Self::Found>>> + Sized + Send + 'static
{
    type Found: Copy + Send;
    type Item: Output<Raw = *mut ffi::PyObject>;
    const CLASS: PerInterpreter;
    const NAME: &'static CStr;

    fn copied(&self) -> ironmap::Result<Self>;

    /// Returns the length of the next part in bytes.
    fn part_len(&self) -> usize;

    fn part(&mut self, map: &Mmap) -> ironmap::Result<Option<Vec<Self::Found>>>;

    fn item(found: Self::Found) -> Self::Item;

    /// Returns the end of a match.
    fn end(found: Self::Found, needle_len: usize) -> usize;
}

/// One needle: the offset of each match.
impl Search for Matches {
    type Found = usize;
    type Item = usize;
    const CLASS: PerInterpreter = PerInterpreter::MatchIteratorClass;
    const NAME: &'static CStr = c"ironmap.find_all_iterator";

    fn copied(&self) -> ironmap::Result<Matches> {
        self.try_clone()
    }

    fn part_len(&self) -> usize {
        self.next_len()
    }

    fn part(&mut self, map: &Mmap) -> ironmap::Result<Option<Vec<usize>>> {
        self.next_part(map)
    }

    fn item(at: usize) -> usize {
        at
    }

    fn end(at: usize, needle_len: usize) -> usize {
        at + needle_len
    }
}

/// Several needles: the offset of each match and the number of its needle.
impl Search for EachMatch {
    type Found = Match;
    type Item = Option<(usize, usize)>;
    const CLASS: PerInterpreter = PerInterpreter::EachMatchIteratorClass;
    const NAME: &'static CStr = c"ironmap.find_each_iterator";

    fn copied(&self) -> ironmap::Result<EachMatch> {
        Ok(self.clone())
    }

    fn part_len(&self) -> usize {
        self.next_len()
    }

    fn part(&mut self, map: &Mmap) -> ironmap::Result<Option<Vec<Match>>> {
        self.next_part(map)
    }

    fn item(found: Match) -> Option<(usize, usize)> {
        Some((found.at, found.needle))
    }

    fn end(found: Match, _needle_len: usize) -> usize {
        found.at + found.len
    }
}
