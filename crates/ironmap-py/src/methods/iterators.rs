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
use ironmap::jobs::Job;
use ironmap::raw::Matches;

use crate::args::{Arguments, Callback, Keywords, Slice};
use crate::class::iterator::{self, PyIterator};
use crate::errors::{OrRaise, PyResult};
use crate::interpreter::objects::is_true;
use crate::interpreter::{Own, Owned, Python};
use crate::methods::find::with_needle;
use crate::object::run::{LONG, run, yield_gil};
use crate::object::{MapObject, SIGNAL_INTERVAL};

/// The offsets of `find_all`.
pub(crate) struct MatchIterator {
    needle_len: usize,
    state: SharedState<MatchState>,
}

struct MatchState {
    /// None at the end.
    matches: Option<Matches>,
    found: vec::IntoIter<usize>,
    /// Number of parts read.
    parts: u64,
    reported: Instant,
}

pub(crate) fn find_all<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    args.expect("find_all", 1, 3)?;
    let Some(needle) = args.get(0) else {
        return Ok(Owned::none(py));
    };
    let names = [c"overlapping", c"progress"];
    let [overlapping, progress] = keywords.named("find_all", names)?;
    let progress = Callback::new(progress)?;
    let overlapping = match overlapping {
        Some(overlapping) => is_true(overlapping)?,
        None => false,
    };
    let ends = Slice::from_ends(py, args.get(1), args.get(2))?;
    let start = if overlapping {
        Matches::overlapping
    } else {
        Matches::new
    };
    let iterator = with_needle(object, needle, |needle| {
        let range = object.read(py, |map| ends.range(map.len()))?;
        let matches = range.map(|range| start(needle, range)).transpose();
        Ok(MatchIterator {
            needle_len: needle.len(),
            state: SharedState::new(MatchState {
                matches: matches.or_raise(py)?,
                found: Vec::new().into_iter(),
                parts: 0,
                reported: Instant::now(),
            }),
        })
    })?;
    iterator::make(py, object, progress, iterator)
}

impl PyIterator for MatchIterator {
    type Item<'py> = usize;
    const CLASS: Own = Own::MatchIteratorClass;
    const NAME: &'static CStr = c"ironmap.find_all_iterator";
    const DOC: &'static CStr = c"The offsets of `find_all`.";

    fn next<'py>(
        &self,
        py: Python<'py>,
        object: &MapObject,
        progress: Callback<'_, 'py>,
    ) -> PyResult<Option<usize>> {
        loop {
            let len = object.read(py, Mmap::len)?;
            let (matches, parts) = {
                let mut state = locked(py, &self.state);
                if let Some(at) = state.found.next() {
                    if at + self.needle_len <= len {
                        return Ok(Some(at));
                    }
                    // The map has become shorter.
                    (state.matches, state.found) = (None, Vec::new().into_iter());
                }
                match &state.matches {
                    Some(matches) => (matches.try_clone(), state.parts),
                    None => return Ok(None),
                }
            };
            let mut matches = matches.or_raise(py)?;
            yield_gil(py)?;
            let found = read_part(py, object, &mut matches)?;
            let (is_last, done) = (found.is_none(), matches.progress());
            let report_is_due = {
                let mut state = locked(py, &self.state);
                if state.parts != parts {
                    continue;
                }
                state.parts += 1;
                state.matches = (!is_last).then_some(matches);
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
fn read_part(
    py: Python<'_>,
    object: &MapObject,
    matches: &mut Matches,
) -> PyResult<Option<Vec<usize>>> {
    if matches.next_len() >= LONG {
        let found = run(py, object, matches)?;
        return object.or_raise(py, found);
    }
    let exports = object.exports_total();
    let found = object.read(py, |map| matches.next_part(map))?;
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
