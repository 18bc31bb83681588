//! What few systems let one ask of a file's pages.

#[cfg(any(target_os = "linux", target_os = "android"))]
use ironmap::Advice;
use ironmap::{ErrorKind, Mmap};

use crate::args::Arguments;
use crate::errors::{Fallible, Raised, Refusal};
use crate::interpreter::Python;
use crate::methods::memory::{GivenRange, ask, or_fail_in_core_words};
use crate::object::MapObject;

/// `drop(start=0, length=None)`.
pub(crate) fn drop_pages(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<()> {
    args.expect("drop", 0, 2)?;
    let given = GivenRange::new(py, args)?;
    let dropped = ask(&object.pin_shared(py)?, given, Mmap::drop_pages);
    match dropped {
        Err(Refusal::Core(error)) if error.kind() == ErrorKind::Untracked => {
            let text = c"mmap can't drop pages with trackfd=False.";
            Err(Raised::value_error(py, text))
        }
        dropped => or_fail_in_core_words(py, object, dropped),
    }
}

/// `cold(start=0, length=None)`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn cold(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> Fallible<()> {
    args.expect("cold", 0, 2)?;
    let given = GivenRange::new(py, args)?;
    let cooled = ask(&object.pin_shared(py)?, given, |map, range| {
        map.advise(Advice::Cold, range)
    });
    or_fail_in_core_words(py, object, cooled)
}
