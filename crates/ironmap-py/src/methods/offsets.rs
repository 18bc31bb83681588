//! Offsets as an array: `find_all(…, out=)` and `line_offsets`.

use ironmap::jobs::Job;
use ironmap::raw::Matches;

use crate::args::offsets::{Offsets, with_offsets};
use crate::args::{Argument, Arguments, Callback, Keywords, Slice};
use crate::errors::message::Message;
use crate::errors::{OrRaise, PyResult, Raised};
use crate::interpreter::objects::{call, imported, int_of_size, tuple};
use crate::interpreter::{Owned, Python};
use crate::methods::iterators::read_part;
use crate::object::MapObject;

/// Stores the offset of each match. Returns their number.
pub(crate) fn find_all_into<'py>(
    object: &MapObject,
    out: Argument<'_, 'py>,
    search: Option<Matches>,
    progress: Callback<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let py = out.py();
    let count = with_offsets(out, |out| match search {
        Some(search) => fill(py, object, search, (out, 0), progress),
        None => Ok(0),
    })?;
    int_of_size(py, count as u64)
}

/// `line_offsets(start=None, end=None, *, out=None, progress=None)`.
pub(crate) fn line_offsets<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    let names = [c"start", c"end", c"out", c"progress"];
    let [start, end, out, progress] = args.by_name(keywords, "line_offsets", names, 2)?;
    let callback = Callback::new(progress)?;
    let ends = Slice::from_ends(py, start, end)?;
    let range = object
        .read(py, |map| ends.range(map.len()))?
        .unwrap_or(0..0);
    let Some(out) = out.filter(|out| !out.is_none()) else {
        let make = imported(py, c"ironmap._lines", c"new_line_offsets")?;
        let arguments = [
            object.as_any(py).to_owned(),
            int_of_size(py, range.start as u64)?,
            int_of_size(py, range.end as u64)?,
            progress.map_or_else(|| Owned::none(py), Argument::to_owned),
        ];
        return call(make.borrow(), tuple(py, arguments)?.borrow());
    };
    let count = with_offsets(out, |out| {
        if range.is_empty() {
            return Ok(0);
        }
        if out.len == 0 {
            return Err(too_small(py, out, 1));
        }
        out.store(0, &[range.start], 0);
        // No line begins behind the last byte.
        let newlines = Matches::new(b"\n", range.start..range.end - 1).or_raise(py)?;
        fill(py, object, newlines, (out, 1), callback)
    })?;
    int_of_size(py, count as u64)
}

/// Stores the offset of each match, from the item `shift` on and moved by `shift`: 1 for lines, which
/// begin behind newlines. Returns the number of items that are filled then.
fn fill(
    py: Python<'_>,
    object: &MapObject,
    mut search: Matches,
    (out, shift): (&Offsets, usize),
    progress: Callback<'_, '_>,
) -> PyResult<usize> {
    let mut place = shift;
    while let Some(found) = read_part(py, object, &mut search)? {
        if found.len() > out.len - place {
            return Err(too_small(py, out, shift));
        }
        out.store(place, &found, shift);
        place += found.len();
        progress.report(py, search.progress())?;
    }
    Ok(place)
}

#[cold]
fn too_small(py: Python<'_>, out: &Offsets, shift: usize) -> Raised {
    let how_many = match shift {
        0 => "count() tells how many",
        _ => "at most count(b'\\n') + 1",
    };
    let text = format_args!(
        "out has room for {} offsets, and there are more: {how_many}",
        out.len
    );
    Raised::value_error_with(Message::new(py, text))
}
