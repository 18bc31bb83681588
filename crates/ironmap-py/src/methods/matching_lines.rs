//! The iterator of `lines(matching=…)`.
//!
//! It searches the map for the next match, copies a window of lines from that line on, and
//! searches the copy: a store meanwhile changes no line that is returned. Between two calls it
//! holds only a reference to the object, so the map may be closed or resized.

use std::cmp::min;
use std::ffi::CStr;
use std::ops::Range;
use std::time::Instant;
use std::vec;

use ironmap::jobs::{Find, FindAny, Progress};
use ironmap::raw::LineWindow;
use ironmap::{Mmap, Needles};

use crate::args::Callback;
use crate::class::iterator::{self, PyIterator};
use crate::errors::{OrRaise, PyResult};
use crate::interpreter::{Owned, PerInterpreter, Python};
use crate::methods::iterators::{SharedState, locked, report_is_due};
use crate::methods::lines::trimmed;
use crate::object::MapObject;
use crate::object::run::{run, yield_gil};
use crate::results::output::bytes_of;

/// Bytes searched ahead between two reports of progress.
const PART: usize = 4 << 20;

/// The lines of `lines` with a match.
pub(crate) struct MatchingLineIterator {
    needles: Needles,
    keep_ends: bool,
    /// The whole range.
    range: Range<usize>,
    state: SharedState<MatchingState>,
}

struct MatchingState {
    window: LineWindow,
    /// For each line of the window to return, the number of lines to skip before it.
    gaps: vec::IntoIter<usize>,
    /// The number of changes of the window. Another thread may have made one meanwhile.
    changes: u64,
    /// The bytes done of the last report.
    done: usize,
    reported: Instant,
}

/// Makes the iterator.
pub(crate) fn matching_lines<'py>(
    py: Python<'py>,
    object: &MapObject,
    needles: Needles,
    keep_ends: bool,
    range: Range<usize>,
    progress: Callback<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let state = MatchingState {
        window: LineWindow::new(range.clone()),
        gaps: Vec::new().into_iter(),
        changes: 0,
        done: 0,
        reported: Instant::now(),
    };
    let iterator = MatchingLineIterator {
        needles,
        keep_ends,
        range,
        state: SharedState::new(state),
    };
    iterator::make(py, object, progress, iterator)
}

impl PyIterator for MatchingLineIterator {
    type Item<'py> = Owned<'py>;
    const CLASS: PerInterpreter = PerInterpreter::MatchingLineIteratorClass;
    const NAME: &'static CStr = c"ironmap.matching_lines_iterator";
    const DOC: &'static CStr = c"The lines of `lines` with a match.";

    fn next<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        loop {
            let len = object.read(py, Mmap::len)?;
            let (rest, changes) = {
                let mut state = locked(py, &self.state);
                if let Some(line) = state.next_line(len) {
                    // To make a `bytes` runs no code of the user's.
                    return bytes_of(py, trimmed(line, self.keep_ends)).map(Some);
                }
                (state.rest(len), state.changes)
            };
            if rest.is_empty() {
                self.report(py, progress, self.range.end)?;
                return Ok(None);
            }
            self.report(py, progress, rest.start)?;
            yield_gil(py)?;
            let (window, gaps) = self.read_ahead(py, object, progress, rest)?;
            let mut state = locked(py, &self.state);
            if state.changes == changes {
                state.changes += 1;
                (state.window, state.gaps) = (window, gaps.into_iter());
            }
        }
    }
}

impl MatchingState {
    /// Returns the next line with a match, if the map has not become too short for it.
    fn next_line(&mut self, len: usize) -> Option<&[u8]> {
        let gap = self.gaps.next()?;
        self.window.skip_lines(gap);
        if self.window.next_end()? <= len {
            return self.window.next_line();
        }
        self.window.resume_at(self.window.position());
        self.gaps = Vec::new().into_iter();
        self.changes += 1;
        None
    }

    /// Returns the range to search on, behind the lines of the window.
    fn rest(&mut self, len: usize) -> Range<usize> {
        self.window.skip_lines(usize::MAX);
        self.window.position()..min(len, self.window.unread(usize::MAX).end)
    }
}

impl MatchingLineIterator {
    /// Reads lines from the next one with a match on. At the end the window is empty.
    fn read_ahead(
        &self,
        py: Python<'_>,
        object: &MapObject,
        progress: Callback<'_, '_>,
        rest: Range<usize>,
    ) -> PyResult<(LineWindow, Vec<usize>)> {
        let Some(found) = self.next_match(py, object, progress, rest.clone())? else {
            return Ok((LineWindow::new(rest.end..rest.end), Vec::new()));
        };
        let newline = run(py, object, &mut Find::last(b"\n", rest.start..found))?;
        let newline = object.or_raise(py, newline)?;
        let start = newline.map_or(rest.start, |newline| newline + 1);
        let mut window = LineWindow::new(start..rest.end);
        loop {
            let exports = object.exports_total();
            let read = object.read(py, |map| window.read_on(map))?;
            let read = object.or_raise(py, read)?;
            // Damage behind the lines that were read is the next window's.
            object.ignore_damage_past_match(py, exports)?;
            if !read || window.has_line() {
                break;
            }
            yield_gil(py)?;
        }
        let gaps = window.gaps_before_matches(&self.needles).or_raise(py)?;
        Ok((window, gaps))
    }

    /// Returns the index of a match in the first line of a range that has one.
    fn next_match(
        &self,
        py: Python<'_>,
        object: &MapObject,
        progress: Callback<'_, '_>,
        rest: Range<usize>,
    ) -> PyResult<Option<usize>> {
        let overlap = self.needles.longest().saturating_sub(1);
        for start in rest.clone().step_by(PART) {
            let end = min(rest.end, start.saturating_add(PART + overlap));
            let found = run(py, object, &mut FindAny::new(&self.needles, start..end))?;
            if let Some(found) = object.or_raise(py, found)? {
                return Ok(Some(found.at));
            }
            if end < rest.end {
                self.report(py, progress, end)?;
            }
        }
        Ok(None)
    }

    /// Reports progress up to an index of the map, if it is time to, and the end once.
    fn report(&self, py: Python<'_>, progress: Callback<'_, '_>, at: usize) -> PyResult<()> {
        let (done, total) = (at - self.range.start, self.range.len());
        let is_due = progress.0.is_some() && {
            let mut state = locked(py, &self.state);
            let is_due = done > state.done && (done == total || report_is_due(&mut state.reported));
            if is_due {
                state.done = done;
            }
            is_due
        };
        match is_due {
            true => progress.report(py, Progress { done, total }),
            false => Ok(()),
        }
    }
}
