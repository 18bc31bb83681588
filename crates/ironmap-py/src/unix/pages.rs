//! What few systems let one ask of a file's pages.

#[cfg(any(target_os = "linux", target_os = "android"))]
use ironmap::Advice;
use ironmap::{ErrorKind, Mmap};
use pyo3::prelude::*;

use crate::convert::Arguments;
use crate::error::{Fallible, Raised, Refusal};
use crate::object::MapObject;
use crate::pages::{Extent, ask, finish};

/// `drop(start=0, length=None)`.
pub(crate) fn drop_pages(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
) -> Fallible<()> {
    args.expect("drop", 0, 2)?;
    let extent = Extent::new(py, args)?;
    let dropped = ask(&object.pin_shared(py)?, extent, Mmap::drop_pages);
    match dropped {
        Err(Refusal::Core(error)) if error.kind() == ErrorKind::Untracked => {
            let text = c"mmap can't drop pages with trackfd=False.";
            Err(Raised::value_error(py, text))
        }
        dropped => finish(py, object, dropped),
    }
}

/// `cold(start=0, length=None)`.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn cold(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> Fallible<()> {
    args.expect("cold", 0, 2)?;
    let extent = Extent::new(py, args)?;
    let cooled = ask(&object.pin_shared(py)?, extent, |map, range| {
        map.advise(Advice::Cold, range)
    });
    finish(py, object, cooled)
}
