//! `refresh`.

use ironmap::raw::MmapExt;
use ironmap::{ErrorKind, Mmap};

use crate::errors::{MapError, PyResult, Raised};
use crate::interpreter::Python;
use crate::methods::memory::or_raise_in_core_words;
use crate::object::run::retry_interrupted;
use crate::object::{MapObject, WriteGuard};

/// Makes the map end with its file. Returns the new length.
pub(crate) fn refresh(py: Python<'_>, object: &MapObject) -> PyResult<usize> {
    // Without the guard: a child that is forked while it is held has a closed map.
    if let Some(len) = object.read(py, |map| ends_with_file(map).then(|| map.len()))? {
        return Ok(len);
    }
    let refreshed = retry_interrupted(py, || {
        let mut guard = object.resize_guard(py)?;
        Ok(refresh_guarded(object, &mut guard))
    })?;
    match refreshed {
        Err(MapError::Core(error)) if error.kind() == ErrorKind::Untracked => {
            Err(Raised::value_error(py, c"can't refresh with trackfd=False"))
        }
        refreshed => or_raise_in_core_words(py, object, refreshed),
    }
}

/// Returns true if the map is of a file that it can follow, and ends where that ends.
fn ends_with_file(map: &Mmap) -> bool {
    let end = map.file_offset() + map.len() as u64;
    !map.is_anonymous() && !map.is_private() && map.size().is_ok_and(|size| size == end)
}

fn refresh_guarded(object: &MapObject, guard: &mut WriteGuard<'_, '_>) -> Result<usize, MapError> {
    if object.exports() == 0 {
        guard.detached(Mmap::refresh)?;
    } else if !guard.detached(MmapExt::refresh_in_place)? {
        let text = c"can't refresh while buffers are exported: the memory would move, or end before theirs";
        return Err(MapError::Buffer(text));
    }
    Ok(guard.with(Mmap::len))
}
