//! Prepared needles: `_prepare_needles`, and searches for all matches of them.

use std::ffi::CStr;

use ironmap::jobs::{EachMatch, Job};
use ironmap::{ErrorKind, Needles};

use crate::args::{Argument, Arguments, Callback, Slice, conversion};
use crate::class::needles::{make, needles_in};
use crate::errors::message::Message;
use crate::errors::{OrRaise, PyResult, Raised};
use crate::interpreter::objects::{call, imported, tuple};
use crate::interpreter::{Owned, PerInterpreter, Python};
use crate::methods::iterators::read_part;
use crate::methods::map_file::check_class;
use crate::object::MapObject;

pub(crate) const PREPARE_NEEDLES: &CStr = c"\
_prepare_needles(class_, needles, ignore_case, /)
--

Make an instance of a class derived from PreparedNeedles. needles is a tuple of
bytes that are not empty.";

pub(crate) fn prepare<'py>(py: Python<'py>, args: &Arguments<'_, 'py>) -> PyResult<Owned<'py>> {
    let [class, needles, ignore_case] = args.all("_prepare_needles")?;
    let text = c"the class must be a subclass of PreparedNeedles";
    let class = check_class(class, PerInterpreter::NeedlesClass, text)?;
    let ignore_case = conversion::boolean(ignore_case, "ignore_case")?;
    let mut list = Vec::new();
    for needle in conversion::tuple_items(needles).into_iter().flatten() {
        if list.try_reserve(1).is_err() {
            return Err(Raised::no_memory(py));
        }
        list.extend(conversion::bytes_in(needle));
    }
    let made = py.detach(|| match ignore_case {
        true => Needles::ignoring_ascii_case(&list),
        false => Needles::new(&list),
    });
    make(py, class, or_value_error(py, made)?)
}

/// Raises `ValueError` for needles that are too many.
pub(crate) fn or_value_error(py: Python<'_>, made: ironmap::Result<Needles>) -> PyResult<Needles> {
    match made {
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            Err(Raised::value_error_with(Message::new(py, error)))
        }
        made => made.or_raise(py),
    }
}

/// Returns the number of matches.
pub(crate) fn count(
    py: Python<'_>,
    object: &MapObject,
    needles: &Needles,
    ends: Slice,
    progress: Callback<'_, '_>,
) -> PyResult<usize> {
    let mut search = each_match(py, object, needles, ends)?;
    let mut count = 0;
    while let Some(found) = read_part(py, object, &mut search)? {
        count += found.len();
        progress.report(py, search.progress())?;
    }
    Ok(count)
}

/// Returns a search for all matches.
pub(crate) fn each_match(
    py: Python<'_>,
    object: &MapObject,
    needles: &Needles,
    ends: Slice,
) -> PyResult<EachMatch> {
    let range = object.read(py, |map| ends.range(map.len()))?;
    Ok(EachMatch::new(needles.clone(), range.unwrap_or(0..0)))
}

/// Returns the needles given as `matching=` of `lines`. `_needles.py` prepares them.
pub(crate) fn line_needles(matching: Argument<'_, '_>) -> PyResult<Needles> {
    let py = matching.py();
    let prepare = imported(py, c"ironmap._needles", c"line_needles")?;
    let made = call(prepare.borrow(), tuple(py, [matching.to_owned()])?.borrow())?;
    let needles = needles_in(made.borrow())?.expect("`line_needles` returns Needles");
    Ok(needles.clone())
}
