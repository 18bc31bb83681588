//! The iterators over a map: `find_all` and `lines`.
//!
//! An iterator searches one part ahead. Between two parts it holds only a reference to the
//! object, so the map may be closed or resized. Its state has a lock that is never held while Python
//! code runs, so under a GIL no thread waits for it. The next part is read into a copy;
//! if another thread was faster, the copy is dropped.

use std::ffi::CStr;
use std::mem;
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Instant;
use std::vec;

use ironmap::Mmap;
use ironmap::jobs::{Find, Progress};
use ironmap::raw::{LineWindow, Matches};

use crate::args::{Arguments, Callback, Keywords, Slice, Span};
use crate::class::iterator::{self, PyIterator};
use crate::class::needles::needles_in;
use crate::errors::{OrRaise, PyResult, Raised};
use crate::interpreter::objects::is_true;
use crate::interpreter::{Owned, PerInterpreter, Python};
use crate::methods::file::{RETRIES, copy_line, copy_line_guarded};
use crate::methods::find::{search_arguments, with_needle};
use crate::methods::needles::{each_match, matching_lines};
use crate::methods::offsets::find_all_into;
use crate::methods::search::Search;
use crate::object::run::{LONG, run, yield_gil};
use crate::object::{MapObject, SIGNAL_INTERVAL};
use crate::results::output::bytes_of;

/// The matches of `find_all`.
pub(crate) struct MatchIterator<S: Search> {
    /// Of the only needle.
    needle_len: usize,
    state: Mutex<MatchState<S>>,
}

struct MatchState<S: Search> {
    /// None at the end.
    search: Option<S>,
    found: vec::IntoIter<S::Found>,
    /// Number of parts read.
    parts: u64,
    reported: Instant,
}

impl<S: Search> MatchIterator<S> {
    fn new(needle_len: usize, search: Option<S>) -> MatchIterator<S> {
        MatchIterator {
            needle_len,
            state: Mutex::new(MatchState {
                search,
                found: Vec::new().into_iter(),
                parts: 0,
                reported: Instant::now(),
            }),
        }
    }
}

pub(crate) fn find_all<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let names = [
        c"sub",
        c"start",
        c"end",
        c"overlapping",
        c"out",
        c"progress",
    ];
    let [needle, start, end, overlapping, out, progress] =
        search_arguments(args, keywords, "find_all", names)?;
    let Some(needle) = needle else {
        return Ok(Owned::none(py));
    };
    let progress = Callback::new(progress)?;
    let overlapping = match overlapping {
        Some(overlapping) => is_true(overlapping)?,
        None => false,
    };
    let ends = Slice::from_ends(py, start, end)?;
    if let Some(needles) = needles_in(needle)? {
        if overlapping || out.is_some() {
            let text = c"overlapping= and out= are for one needle, not for Needles";
            return Err(Raised::type_error(py, text));
        }
        let search = each_match(py, object, needles, ends)?;
        return iterator::make(py, object, progress, MatchIterator::new(0, Some(search)));
    }
    let matches_of = if overlapping {
        Matches::overlapping
    } else {
        Matches::new
    };
    let (needle_len, matches) = with_needle(object, needle, |needle| {
        let range = object.read(py, |map| ends.range(map.len()))?;
        let matches = range.map(|range| matches_of(needle, range)).transpose();
        Ok((needle.len(), matches.or_raise(py)?))
    })?;
    if let Some(out) = out.filter(|out| !out.is_none()) {
        return find_all_into(object, out, matches, progress);
    }
    iterator::make(
        py,
        object,
        progress,
        MatchIterator::new(needle_len, matches),
    )
}

impl<S: Search> PyIterator for MatchIterator<S> {
    type Item<'py> = S::Item;
    const CLASS: PerInterpreter = S::CLASS;
    const NAME: &'static CStr = S::NAME;
    const DOC: &'static CStr = c"The matches of `find_all`.";

    fn next<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<S::Item>> {
        loop {
            let len = object.read(py, Mmap::len)?;
            let (search, parts) = {
                let mut state = locked(py, &self.state);
                if let Some(found) = state.found.next() {
                    if S::end(found, self.needle_len) <= len {
                        return Ok(Some(S::item(found)));
                    }
                    // The map has become shorter.
                    (state.search, state.found) = (None, Vec::new().into_iter());
                }
                match &state.search {
                    Some(search) => (search.copied(), state.parts),
                    None => return Ok(None),
                }
            };
            let mut search = search.or_raise(py)?;
            yield_gil(py)?;
            let found = read_part(py, object, &mut search)?;
            let (is_last, done) = (found.is_none(), search.progress());
            let report_is_due = {
                let mut state = locked(py, &self.state);
                if state.parts != parts {
                    continue;
                }
                state.parts += 1;
                state.search = (!is_last).then_some(search);
                state.found = found.unwrap_or_default().into_iter();
                report_is_due(&mut state.reported)
            };
            if report_is_due || is_last {
                progress.report(py, done)?;
            }
        }
    }
}

/// Returns whether it is time for the next report of progress.
fn report_is_due(reported: &mut Instant) -> bool {
    let now = Instant::now();
    let due = now - *reported >= SIGNAL_INTERVAL;
    if due {
        *reported = now;
    }
    due
}

/// Reads the matches of the next part.
pub(crate) fn read_part<S: Search>(
    py: Python<'_>,
    object: &MapObject,
    search: &mut S,
) -> PyResult<Option<Vec<S::Found>>> {
    if search.part_len() >= LONG {
        let found = run(py, object, search)?;
        return object.or_raise(py, found);
    }
    let exports = object.exports_total();
    let found = object.read(py, |map| search.part(map))?;
    let found = object.or_raise(py, found)?;
    // Damage behind the last match is the next part's.
    object.ignore_damage_past_match(py, exports)?;
    Ok(found)
}

/// The lines of `lines`.
pub(crate) struct LineIterator {
    keep_ends: bool,
    /// Bytes of the whole range.
    total: usize,
    state: Mutex<LineState>,
}

struct LineState {
    window: LineWindow,
    /// Number of windows read.
    windows: u64,
    reported: Instant,
    end_reported: bool,
}

pub(crate) fn lines<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"keepends", c"start", c"stop", c"matching", c"progress"];
    let [keep_ends, start, stop, matching, progress] = args.by_name(keywords, "lines", names, 3)?;
    if let Some(matching) = matching.filter(|matching| !matching.is_none()) {
        return matching_lines(object, matching, [keep_ends, start, stop, progress]);
    }
    let progress = Callback::new(progress)?;
    let keep_ends = match keep_ends {
        Some(keep_ends) => is_true(keep_ends)?,
        None => true,
    };
    let ends = Slice::from_ends(py, start, stop)?;
    let range = object.read(py, |map| ends.range(map.len()))?;
    let range = range.unwrap_or(0..0);
    let iterator = LineIterator {
        keep_ends,
        total: range.len(),
        state: Mutex::new(LineState {
            window: LineWindow::new(range),
            windows: 0,
            reported: Instant::now(),
            end_reported: false,
        }),
    };
    iterator::make(py, object, progress, iterator)
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
        loop {
            let len = object.read(py, Mmap::len)?;
            let (window, windows, report_is_due) = {
                let mut state = locked(py, &self.state);
                let start = state.window.position();
                if start >= len {
                    return self.end(py, state, progress);
                }
                if state.window.next_end().is_some_and(|end| end > len) {
                    // The map has become shorter.
                    state.window.resume_at(start);
                    state.windows += 1;
                }
                // To make a `bytes` runs no code of the user's.
                if let Some(line) = state.window.next_line() {
                    return bytes_of(py, self.trimmed(line)).map(Some);
                }
                let report_is_due = report_is_due(&mut state.reported);
                (state.window.try_clone(), state.windows, report_is_due)
            };
            let mut window = window.or_raise(py)?;
            yield_gil(py)?;
            if report_is_due {
                progress.report(py, self.progress(&window))?;
            }
            if !read_near(py, object, &mut window)? {
                return self.end(py, locked(py, &self.state), progress);
            }
            let line = match window.next_line() {
                Some(line) => bytes_of(py, self.trimmed(line))?,
                None => match self.far_line(py, object, &mut window)? {
                    Some(line) => line,
                    None => return self.end(py, locked(py, &self.state), progress),
                },
            };
            let mut state = locked(py, &self.state);
            if state.windows == windows {
                state.windows += 1;
                state.window = window;
                return Ok(Some(line));
            }
        }
    }
}

impl LineIterator {
    fn progress(&self, window: &LineWindow) -> Progress {
        let left = window.unread(usize::MAX).len();
        Progress {
            done: self.total.saturating_sub(left),
            total: self.total,
        }
    }

    /// Reports the end once.
    fn end<'py>(
        &self,
        py: Python<'py>,
        mut state: MutexGuard<'_, LineState>,
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

    /// Returns the next line, whose end is far away, straight out of the map; `None` if the
    /// map has become too short for it.
    fn far_line<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        window: &mut LineWindow,
    ) -> PyResult<Option<Owned<'py>>> {
        let start = window.position();
        for _ in 0..RETRIES {
            let rest = object.read(py, |map| window.unread(map.len()))?;
            let end = rest.end;
            let newline = run(py, object, &mut Find::first(b"\n", rest))?;
            let newline = object.or_raise(py, newline)?;
            let end = newline.map_or(end, |newline| newline + 1);
            if end <= start {
                return Ok(None);
            }
            let has_newline = newline.is_some() && self.keep_ends;
            let span = self.span(start, end, newline.is_some());
            if let Some((line, true)) = copy_line(py, object, span, has_newline)? {
                window.resume_at(end);
                return Ok(Some(line));
            }
        }
        let rest = |map: &Mmap| window.unread(map.len());
        let span_to = |end, has_newline| (end > start).then(|| self.span(start, end, has_newline));
        let copied = copy_line_guarded(py, object, rest, span_to)?;
        Ok(copied.map(|(line, end)| {
            window.resume_at(end);
            line
        }))
    }

    /// Returns the span of a line, without its newline if that is not to be kept.
    fn span(&self, start: usize, end: usize, has_newline: bool) -> Span {
        let stop = end - usize::from(has_newline && !self.keep_ends);
        Span::contiguous(start, stop.saturating_sub(start))
    }

    fn trimmed<'l>(&self, line: &'l [u8]) -> &'l [u8] {
        match line {
            [line @ .., b'\n'] if !self.keep_ends => line,
            line => line,
        }
    }
}

/// Windows, of 64 KiB each, that are searched for the end of a line before it is a far one.
const NEAR_WINDOWS: usize = 16;

/// Reads on until there is a line, or none nearby; false at the end.
fn read_near(py: Python<'_>, object: &MapObject, window: &mut LineWindow) -> PyResult<bool> {
    let exports = object.exports_total();
    let read = object.read(py, |map| {
        for _ in 0..NEAR_WINDOWS {
            if window.has_line() {
                break;
            }
            if !window.read_on(map)? {
                return Ok(false);
            }
        }
        Ok::<_, ironmap::Error>(true)
    })?;
    let more = object.or_raise(py, read)?;
    // Damage behind the lines that were read is the next window's.
    object.ignore_damage_past_match(py, exports)?;
    Ok(more)
}

/// Waits detached: the holder may be stopped until this thread is, where there is no GIL. No panic
/// leaves the state half changed.
fn locked<'a, T: Send>(py: Python<'_>, state: &'a Mutex<T>) -> MutexGuard<'a, T> {
    loop {
        match state.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => py.detach(|| drop(state.lock())),
        }
    }
}
