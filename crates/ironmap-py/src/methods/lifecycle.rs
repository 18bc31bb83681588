//! Closing, releasing, restoring, `with`, and `repr`.

use ironmap::{ErrorKind, Mmap};

use crate::args::Arguments;
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Owned, Python};
use crate::object::{MapObject, WriteGuard};

/// Waits, detached, for operations of other threads on the map, then unmaps, detached too. The
/// object keeps the addresses that were exported.
pub(crate) fn close(py: Python<'_>, object: &MapObject) -> PyResult<()> {
    let Some(guard) = object.resize_guard_ignoring_damage(py)? else {
        return Ok(());
    };
    if object.exports() > 0 {
        drop(guard);
        return Err(Raised::buffer_error(
            py,
            c"cannot close exported pointers exist",
        ));
    }
    end(py, object, guard, WriteGuard::close)
}

/// Closes the map now. Buffers in use keep its memory.
pub(crate) fn release(py: Python<'_>, object: &MapObject) -> PyResult<()> {
    match object.resize_guard_ignoring_damage(py)? {
        Some(guard) => end(py, object, guard, |guard| object.release(guard, py)),
        None => Ok(()),
    }
}

/// Ends the map by `close`, then reports its damage.
fn end<'a, 'py>(
    py: Python<'py>,
    object: &MapObject,
    guard: WriteGuard<'a, 'py>,
    close: impl FnOnce(WriteGuard<'a, 'py>),
) -> PyResult<()> {
    let (unreported, report) = guard.with(|map| object.damage_at_end(map));
    close(guard);
    if let Some(report) = report {
        report.announce(py);
    }
    match unreported {
        Some(fault) => Err(object.raise_fault(py, fault)),
        None => Ok(()),
    }
}

pub(crate) fn faults(py: Python<'_>, object: &MapObject) -> PyResult<u64> {
    object.read_ignoring_damage(py, Mmap::faults)
}

/// Restores the file where the map is damaged, after other code hit the damage.
pub(crate) fn restore(py: Python<'_>, object: &MapObject) -> PyResult<()> {
    match object.restore(py)? {
        Err(error) if error.kind() == ErrorKind::Untracked => {
            Err(Raised::value_error(py, c"can't restore with trackfd=False"))
        }
        restored => object.or_raise(py, restored),
    }
}

pub(crate) fn closed(_py: Python<'_>, object: &MapObject) -> PyResult<bool> {
    Ok(object.is_closed())
}

pub(crate) fn enter<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    object.check_open(py)?;
    Ok(object.as_any(py).to_owned())
}

pub(crate) fn exit(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> PyResult<()> {
    args.expect("__exit__", 3, 3)?;
    close(py, object)
}

pub(crate) fn repr<'py>(py: Python<'py>, object: &MapObject) -> PyResult<Owned<'py>> {
    let name = match object.is_exact(py)? {
        true => Message::new(py, "<mmap.mmap"),
        false => Message::new(py, "<").and_bare_class_of(object.as_any(py)),
    };
    // A signal handler may close the map while this waits, which is no error here.
    let Some(guard) = object.read_guard_ignoring_damage(py)? else {
        return name.and(" closed=True>").into_str();
    };
    let (len, offset) = guard.with(|map| (map.len(), map.file_offset()));
    drop(guard);
    let (access, position) = (object.mode().name(), object.position());
    name.and(format_args!(
        " closed=False, access={access}, length={len}, pos={position}, offset={offset}>"
    ))
    .into_str()
}
