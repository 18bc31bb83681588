//! Advice about a file's pages that only some systems have.

#[cfg(any(target_os = "linux", target_os = "android"))]
use ironmap::Advice;
use ironmap::{ErrorKind, Mmap};

use crate::args::Arguments;
use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::Python;
use crate::methods::memory::{RangeArgs, ask, or_raise_in_core_words};
use crate::object::MapObject;

/// Does `drop(start=0, length=None)`.
pub(crate) fn drop_pages(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> PyResult<()> {
    args.expect("drop", 0, 2)?;
    let given = RangeArgs::new(py, args)?;
    let dropped = ask(&object.read_guard(py)?, given, Mmap::drop_pages);
    match dropped {
        Err(MapError::Core(error)) if error.kind() == ErrorKind::Untracked => {
            let text = c"mmap can't drop pages with trackfd=False.";
            Err(Raised::value_error(py, text))
        }
        dropped => or_raise_in_core_words(py, object, dropped),
    }
}

/// Does `cold(start=0, length=None)`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn cold(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> PyResult<()> {
    args.expect("cold", 0, 2)?;
    let given = RangeArgs::new(py, args)?;
    let cooled = ask(&object.read_guard(py)?, given, |map, range| {
        map.advise(Advice::Cold, range)
    });
    or_raise_in_core_words(py, object, cooled)
}
