//! The descriptor of a map, for `fileno` and paths.

use std::ffi::{CStr, OsString, c_int};
#[cfg(target_os = "linux")]
use std::path::Path;

use ironmap::raw::MmapExt;
use ironmap::{ErrorKind, Mmap};

use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::Python;
use crate::object::MapObject;
use crate::object::run::retry_interrupted;

/// Returns a descriptor that stands at the map's position. Callers read the file by it, so it
/// is refused where that would not give the map's bytes.
pub(crate) fn fileno(py: Python<'_>, object: &MapObject) -> PyResult<usize> {
    let number = retry_interrupted(py, || {
        let guard = object.read_guard(py)?;
        let position = object.position() as u64;
        Ok(guard.detached(|map| descriptor_of_all(map, position)))
    })?;
    match number {
        Ok(Ok(number)) => Ok(number.unsigned_abs() as usize),
        Ok(Err(text)) => Err(Raised::unsupported(py, text)),
        Err(MapError::Core(error)) if error.kind() == ErrorKind::Untracked => {
            let text = c"fileno: the map keeps no descriptor";
            Err(Raised::unsupported(py, text))
        }
        Err(MapError::Core(error)) if error.kind() == ErrorKind::Unsupported => {
            let text = c"fileno: no descriptor can stand where the map stands";
            Err(Raised::unsupported(py, text))
        }
        Err(error) => Err(object.raise(py, error)),
    }
}

/// Returns the path of the map's file as the system knows it now, if the map keeps a
/// descriptor. The path of a deleted file ends with " (deleted)".
#[cfg(target_os = "linux")]
pub(crate) fn path(map: &Mmap) -> Option<OsString> {
    let path = super::open_helpers::path_of_descriptor(map.kept_descriptor().ok()?)?;
    Path::new(&path).is_absolute().then_some(path)
}

/// Returns `None`: this system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn path(_map: &Mmap) -> Option<OsString> {
    None
}

/// Returns the descriptor, or a text that says why the file can have other bytes than the map.
fn descriptor_of_all(map: &Mmap, position: u64) -> ironmap::Result<Result<c_int, &'static CStr>> {
    map.kept_descriptor()?;
    if map.is_private() {
        return Ok(Err(
            c"fileno: the map is private, and its changes are in no file",
        ));
    }
    let is_all = map.file_offset() == 0 && map.size()? == map.len() as u64;
    if !is_all {
        return Ok(Err(c"fileno: the map is not the whole of its file"));
    }
    map.descriptor_at(position).map(Ok)
}
