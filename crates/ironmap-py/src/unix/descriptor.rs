//! The descriptor of a map, as the io module asks for it.

use std::ffi::{CStr, c_int};

use ironmap::raw::MmapExt;
use ironmap::{ErrorKind, Mmap};

use crate::error::{Fallible, Raised};
use crate::object::MapObject;
use crate::python::Python;

/// Who asks for a descriptor reads the file by it. So there is one only where that is
/// to read the map.
pub(crate) fn fileno(py: Python<'_>, object: &MapObject) -> Fallible<usize> {
    let number = object.pin_shared(py)?.detached(descriptor_of_all);
    match object.or_fail(py, number)? {
        Ok(Ok(number)) => Ok(number.unsigned_abs() as usize),
        Ok(Err(text)) => Err(Raised::unsupported(py, text)),
        Err(error) if error.kind() == ErrorKind::Untracked => {
            let text = c"fileno: the map keeps no descriptor";
            Err(Raised::unsupported(py, text))
        }
        Err(error) => Err(object.fail(py, error)),
    }
}

/// The text says why the file can have other bytes than the map.
fn descriptor_of_all(map: &Mmap) -> ironmap::Result<Result<c_int, &'static CStr>> {
    let number = map.kept_descriptor()?;
    if map.is_private() {
        return Ok(Err(
            c"fileno: the map is private, and its changes are in no file",
        ));
    }
    let is_all = map.file_offset() == 0 && map.size()? == map.len() as u64;
    Ok(is_all
        .then_some(number)
        .ok_or(c"fileno: the map is not the whole of its file"))
}
