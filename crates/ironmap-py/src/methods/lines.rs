//! The iterator of `lines`.
//!
//! A long line is copied out of the map, as `readline` does. After a short one the iterator reads
//! a window of many lines, whose ends are found together. Between two calls it holds only a
//! reference to the object, so the map may be closed or resized.

use std::cell::Cell;
use std::cmp::min;
use std::ffi::CStr;
use std::mem;
use std::ops::Range;
use std::time::Instant;

use ironmap::Mmap;
use ironmap::jobs::{Find, Progress};
use ironmap::raw::LineWindow;

use crate::args::{Arguments, Callback, Keywords, Slice, Span};
use crate::class::iterator::{self, PyIterator};
use crate::errors::PyResult;
use crate::interpreter::objects::is_true;
use crate::interpreter::{Owned, PerInterpreter, Python};
use crate::methods::iterators::{SharedState, StateGuard, locked, report_is_due};
use crate::methods::matching_lines::matching_lines;
use crate::methods::needles::line_needles;
use crate::methods::readline::{
    RETRIES, copy_line, copy_line_guarded, near_line, quick_line, span_of,
};
use crate::object::MapObject;
use crate::object::run::{run, yield_gil};
use crate::results::output::bytes_of;

/// Bytes of a line from which the next one is read by itself, and not with many others.
const LONG_LINE: usize = 128;

/// Bytes of lines after which signal handlers and other threads may run.
const UNTIL_YIELD: usize = 128 << 10;

/// The lines of `lines`.
pub(crate) struct LineIterator {
    keep_ends: bool,
    /// Bytes of the whole range.
    total: usize,
    state: SharedState<LineState>,
}

struct LineState {
    window: LineWindow,
    /// True if the last line that was read by itself was short.
    is_short: bool,
    /// The number of changes of the window. Another thread may have made one meanwhile.
    changes: u64,
    /// The position at which other threads last had a turn.
    yielded_at: usize,
    reported: Instant,
    end_reported: bool,
}

pub(crate) fn lines<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"keepends", c"start", c"end", c"matching", c"progress"];
    let [keep_ends, start, end, matching, progress] = args.by_name(keywords, "lines", names, 3)?;
    let progress = Callback::new(progress)?;
    let keep_ends = match keep_ends {
        Some(keep_ends) => is_true(keep_ends)?,
        None => true,
    };
    let ends = Slice::from_ends(py, start, end)?;
    let matching = matching.filter(|matching| !matching.is_none());
    let needles = matching.map(line_needles).transpose()?;
    let range = object.read(py, |map| ends.range(map.len()))?;
    let range = range.unwrap_or(0..0);
    if let Some(needles) = needles {
        return matching_lines(py, object, needles, keep_ends, range, progress);
    }
    let yielded_at = range.start;
    let iterator = LineIterator {
        keep_ends,
        total: range.len(),
        state: SharedState::new(LineState {
            window: LineWindow::new(range),
            is_short: false,
            changes: 0,
            yielded_at,
            reported: Instant::now(),
            end_reported: false,
        }),
    };
    iterator::make(py, object, progress, iterator)
}

/// Returns a line without its newline if that is not to be kept.
pub(super) fn trimmed(line: &[u8], keep_ends: bool) -> &[u8] {
    match line {
        [line @ .., b'\n'] if !keep_ends => line,
        line => line,
    }
}

impl PyIterator for LineIterator {
    type Item<'py> = Owned<'py>;
    const CLASS: PerInterpreter = PerInterpreter::LineIteratorClass;
    const NAME: &'static CStr = c"ironmap.lines_iterator";
    const DOC: &'static CStr = c"The lines of `lines`.";

    fn next<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        if let Some(len) = object.try_read(Mmap::len) {
            if let Some(line) = self.line_read_ahead(py, len) {
                return line.map(Some);
            }
        }
        self.next_read(py, object, progress)
    }
}

impl LineState {
    /// Returns the range of the lines that are not returned yet. Forgets lines that were read
    /// ahead: the map has become too short for them.
    fn rest(&mut self, len: usize) -> Range<usize> {
        let start = self.window.position();
        if self.window.has_line() {
            self.window.resume_at(start);
            self.changes += 1;
        }
        start..min(len, self.window.unread(usize::MAX).end)
    }

    /// Returns whether other threads should have a turn before the lines from `start` on are read.
    fn is_due(&mut self, start: usize) -> bool {
        let is_due = start - self.yielded_at >= UNTIL_YIELD;
        if is_due {
            self.yielded_at = start;
        }
        is_due
    }

    /// Returns a window to read lines into, or `None` if the next line is read by itself.
    fn window_to_read(&mut self, rest: &Range<usize>) -> Option<LineWindow> {
        let unread = LineWindow::new(rest.clone());
        mem::take(&mut self.is_short).then(|| mem::replace(&mut self.window, unread))
    }
}

impl LineIterator {
    /// Returns the next line of the window, if the map has not become too short for it.
    #[inline(always)]
    fn line_read_ahead<'py>(&self, py: Python<'py>, len: usize) -> Option<PyResult<Owned<'py>>> {
        let mut state = locked(py, &self.state);
        if state.window.next_end()? > len {
            return None;
        }
        // To make a `bytes` runs no code of the user's.
        Some(bytes_of(
            py,
            trimmed(state.window.next_line()?, self.keep_ends),
        ))
    }

    /// Reads on and returns the next line.
    #[inline(never)]
    fn next_read<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        loop {
            let len = object.read(py, Mmap::len)?;
            if let Some(line) = self.line_read_ahead(py, len) {
                return line.map(Some);
            }
            let mut state = locked(py, &self.state);
            let rest = state.rest(len);
            if rest.is_empty() {
                return self.end(py, state, progress);
            }
            if state.is_due(rest.start) {
                self.yield_to_others(py, state, progress)?;
                continue;
            }
            let (window, changes) = (state.window_to_read(&rest), state.changes);
            drop(state);
            let line = match window {
                Some(window) => self.read_window(py, object, window, changes)?,
                None => self.read_line(py, object, &rest, changes)?,
            };
            if line.is_some() {
                return Ok(line);
            }
        }
    }

    /// Lets signal handlers and other threads run, and reports progress.
    fn yield_to_others(
        &self,
        py: Python<'_>,
        mut state: StateGuard<'_, LineState>,
        progress: Callback<'_, '_>,
    ) -> PyResult<()> {
        let left = state.window.unread(usize::MAX).len();
        let report_is_due = progress.0.is_some() && report_is_due(&mut state.reported);
        drop(state);
        yield_gil(py)?;
        if report_is_due {
            let (done, total) = (self.total.saturating_sub(left), self.total);
            progress.report(py, Progress { done, total })?;
        }
        Ok(())
    }

    /// Reads many lines, unless another thread is faster.
    fn read_window<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        mut window: LineWindow,
        changes: u64,
    ) -> PyResult<Option<Owned<'py>>> {
        let exports = object.exports_total();
        let read = object.read(py, |map| window.read_on(map))?;
        object.or_raise(py, read)?;
        // Damage behind the lines that were read is the next window's.
        object.ignore_damage_past_match(py, exports)?;
        let mut state = locked(py, &self.state);
        if state.changes == changes {
            state.changes += 1;
            state.window = window;
        }
        Ok(None)
    }

    /// Returns the first line of a range, or `None` if another thread is faster, or the map has
    /// become too short for it.
    fn read_line<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        rest: &Range<usize>,
        changes: u64,
    ) -> PyResult<Option<Owned<'py>>> {
        let start = rest.start;
        let quick = object.read(py, |map| {
            quick_line(py, map, start..min(rest.end, map.len()), self.keep_ends)
        })?;
        let Some((line, end)) = quick else {
            return self.read_line_slow(py, object, rest, changes);
        };
        let line = line?;
        Ok(self.take(py, &(start..end), changes).then_some(line))
    }

    /// Reads a line that [`quick_line`] could not finish.
    #[cold]
    fn read_line_slow<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        rest: &Range<usize>,
        changes: u64,
    ) -> PyResult<Option<Owned<'py>>> {
        let part = |map: &Mmap| rest.start..min(rest.end, map.len());
        let is_taken = Cell::new(false);
        let take = |line| {
            is_taken.set(self.take(py, &line, changes));
            true
        };
        if let Some(line) = near_line(py, object, &part, self.keep_ends, &take)? {
            return Ok(is_taken.get().then_some(line));
        }
        let far = self.far_line(py, object, rest)?;
        Ok(far.and_then(|(line, end)| {
            let is_taken = self.take(py, &(rest.start..end), changes);
            is_taken.then_some(line)
        }))
    }

    /// Moves past a line. Returns false if another thread has, or if there is no line.
    fn take(&self, py: Python<'_>, line: &Range<usize>, changes: u64) -> bool {
        let mut state = locked(py, &self.state);
        let is_taken = state.changes == changes && !line.is_empty();
        if is_taken {
            state.changes += 1;
            state.window.resume_at(line.end);
            state.is_short = line.len() < LONG_LINE;
        }
        is_taken
    }

    /// Returns the first line of a range, whose end is far away, and where it ends; `None` if the
    /// map has become too short for it.
    #[cold]
    fn far_line<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        rest: &Range<usize>,
    ) -> PyResult<Option<(Owned<'py>, usize)>> {
        let start = rest.start;
        let part = |map: &Mmap| min(start, map.len())..min(rest.end, map.len());
        for _ in 0..RETRIES {
            let part = object.read(py, part)?;
            let end = part.end;
            let newline = run(py, object, &mut Find::first(b"\n", part))?;
            let newline = object.or_raise(py, newline)?;
            let end = newline.map_or(end, |newline| newline + 1);
            if end <= start {
                return Ok(None);
            }
            let has_newline = newline.is_some() && self.keep_ends;
            let span = self.span(start..end, newline.is_some());
            if let Some((line, true)) = copy_line(py, object, span, has_newline)? {
                return Ok(Some((line, end)));
            }
        }
        let span_to = |end, has_newline| (end > start).then(|| self.span(start..end, has_newline));
        copy_line_guarded(py, object, part, span_to)
    }

    /// Returns the span of a line, without its newline if that is not to be kept.
    fn span(&self, line: Range<usize>, has_newline: bool) -> Span {
        span_of(&line, has_newline && !self.keep_ends)
    }

    /// Reports the end once.
    fn end<'py>(
        &self,
        py: Python<'py>,
        mut state: StateGuard<'_, LineState>,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<Owned<'py>>> {
        let was_reported = mem::replace(&mut state.end_reported, true);
        drop(state);
        if !was_reported {
            let (done, total) = (self.total, self.total);
            progress.report(py, Progress { done, total })?;
        }
        Ok(None)
    }
}
