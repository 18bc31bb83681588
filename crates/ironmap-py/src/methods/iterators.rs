//! The iterator of `find_all`, and the state of iterators over a map.
//!
//! An iterator searches one part ahead. Between two parts it holds only a reference to the
//! object, so the map may be closed or resized. Its state is not in use while Python code runs, so
//! under a GIL no thread finds it in use. The next part is read into a copy; if another thread was
//! faster, the copy is dropped.

#[cfg(feature = "abi3")]
use std::cell::{RefCell, RefMut};
use std::ffi::CStr;
#[cfg(not(feature = "abi3"))]
use std::sync::{Mutex, MutexGuard, TryLockError};
use std::time::Instant;
use std::vec;

use ironmap::Mmap;
use ironmap::raw::Matches;

use crate::args::{Arguments, Callback, Keywords, Slice};
use crate::class::iterator::{self, PyIterator};
use crate::class::needles::needles_in;
use crate::errors::{OrRaise, PyResult, Raised};
use crate::interpreter::objects::is_true;
use crate::interpreter::{Owned, PerInterpreter, Python};
use crate::methods::find::{search_arguments, with_needle};
use crate::methods::needles::each_match;
use crate::methods::offsets::find_all_into;
use crate::methods::search::Search;
use crate::object::run::{LONG, run, yield_gil};
use crate::object::{MapObject, SIGNAL_INTERVAL};

/// The matches of `find_all`.
pub(crate) struct MatchIterator<S: Search> {
    /// The length of the needle, if there is only one.
    needle_len: usize,
    state: SharedState<MatchState<S>>,
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
            state: SharedState::new(MatchState {
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
pub(super) fn report_is_due(reported: &mut Instant) -> bool {
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

/// The state of an iterator. With a GIL threads take turns, so none finds it in use.
#[cfg(feature = "abi3")]
pub(super) type SharedState<T> = RefCell<T>;
#[cfg(feature = "abi3")]
pub(super) type StateGuard<'a, T> = RefMut<'a, T>;

#[cfg(not(feature = "abi3"))]
pub(super) type SharedState<T> = Mutex<T>;
#[cfg(not(feature = "abi3"))]
pub(super) type StateGuard<'a, T> = MutexGuard<'a, T>;

#[cfg(feature = "abi3")]
#[inline(always)]
pub(super) fn locked<'a, T>(_py: Python<'_>, state: &'a SharedState<T>) -> StateGuard<'a, T> {
    state.borrow_mut()
}

/// Waits detached: the holder may be stopped until this thread is. No panic leaves the state half
/// changed.
#[cfg(not(feature = "abi3"))]
pub(super) fn locked<'a, T: Send>(py: Python<'_>, state: &'a SharedState<T>) -> StateGuard<'a, T> {
    loop {
        match state.try_lock() {
            Ok(guard) => return guard,
            Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => py.detach(|| drop(state.lock())),
        }
    }
}
