//! The descriptor of a map, as the io module asks for it.

use std::ffi::c_int;

use ironmap::{ErrorKind, Mmap};
use pyo3::prelude::*;

use crate::error::{Fallible, Raised};
use crate::object::MapObject;

/// Who asks for a descriptor reads the file by it. So there is one only where that is
/// to read the map.
pub(crate) fn fileno(py: Python<'_>, object: &MapObject) -> Fallible<usize> {
    let number = object.pin_shared(py)?.detached(descriptor_of_all);
    match object.finish(py, number)? {
        Ok(Some(number)) => Ok(number.unsigned_abs() as usize),
        Ok(None) => {
            let text = "fileno: the map is not the whole of its file";
            Err(Raised::unsupported(py, text))
        }
        Err(error) if error.kind() == ErrorKind::Untracked => {
            let text = "fileno: the map keeps no descriptor";
            Err(Raised::unsupported(py, text))
        }
        Err(error) => Err(object.fail(py, error)),
    }
}

/// None if the file has other bytes than the map.
fn descriptor_of_all(map: &Mmap) -> ironmap::Result<Option<c_int>> {
    let number = map.kept_descriptor()?;
    let is_all = map.file_offset() == 0 && map.size()? == map.len() as u64;
    Ok((is_all && !map.is_private()).then_some(number))
}
