//! The objects that each interpreter has of its own: classes, and functions taken at import.
//!
//! They are in the interpreter's dict, which Python code does not see. No static has them, so
//! each interpreter uses its own, and frees them at its end. To look one up takes an int, a dict
//! and a list, so short calls look up none.
//!
//! # Safety
//!
//! E2: attached, by the token; the objects are live.
#![allow(unsafe_code)]

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{append, empty_list, int, int_of_size, str_of};
use crate::interpreter::{Borrowed, Owned, Python, capi, done, owned};

/// The objects, by their place in the list.
#[derive(Clone, Copy)]
pub(crate) enum Own {
    /// `mmap.mmap`: reprs and errors show the name of the stdlib's class.
    MapClass,
    MatchIteratorClass,
    LineIteratorClass,
    /// `ironmap.FaultError`
    FaultClass,
    /// `io.UnsupportedOperation`
    UnsupportedClass,
    /// `sys.audit`: no later assignment hides our events.
    Audit,
    /// The name of the event `mmap.__new__`.
    NewMapEvent,
    /// `sys.is_finalizing`
    IsFinalizing,
    /// `msvcrt.get_osfhandle`. A process can have several C runtimes, each with its own
    /// descriptors: this function uses the interpreter's.
    #[cfg(windows)]
    Handle,
    /// `os.lseek`, for the same reason.
    #[cfg(windows)]
    Seek,
}

impl Own {
    pub(crate) const ALL: &'static [Own] = &[
        Own::MapClass,
        Own::MatchIteratorClass,
        Own::LineIteratorClass,
        Own::FaultClass,
        Own::UnsupportedClass,
        Own::Audit,
        Own::NewMapEvent,
        Own::IsFinalizing,
        #[cfg(windows)]
        Own::Handle,
        #[cfg(windows)]
        Own::Seek,
    ];

    /// Returns the object. Fails without memory, and at the end of the interpreter's end.
    pub(crate) fn get<'py>(self, py: Python<'py>) -> PyResult<Owned<'py>> {
        self.item_of(get_item(key(py)?)?.borrow())
    }

    /// Returns both objects by one lookup.
    pub(crate) fn get_both<'py>(py: Python<'py>, both: [Own; 2]) -> PyResult<[Owned<'py>; 2]> {
        let all = get_item(key(py)?)?;
        let [one, other] = both.map(|own| own.item_of(all.borrow()));
        Ok([one?, other?])
    }

    fn item_of<'py>(self, all: Borrowed<'_, 'py>) -> PyResult<Owned<'py>> {
        // SAFETY: E2: another type than list, or no such place, is an error.
        let object = unsafe { ffi::PyList_GetItem(all.as_ptr(), self as isize) };
        // SAFETY: E2: the list is not changed, and is alive.
        let object = unsafe { Borrowed::from_ptr_or_opt(all.py(), object) };
        object
            .map(Borrowed::to_owned)
            .ok_or_else(|| Raised::already_set(all.py()))
    }
}

// `get` finds an object at the place at which `init` has put it.
const _: () = {
    let mut place = 0;
    while place < Own::ALL.len() {
        assert!(Own::ALL[place] as usize == place);
        place += 1;
    }
};

/// Its address is the key of the list: no other library has it, and an int is made and hashed faster
/// than a name.
static OBJECTS: u8 = 0;

fn key(py: Python<'_>) -> PyResult<Owned<'_>> {
    int_of_size(py, (&raw const OBJECTS).addr() as u64)
}

const FAULT_HOOK: &str = "ironmap.fault_hook";
const DEFAULT_TRACKFD: &str = "ironmap.trackfd";

/// Called at import, before other code can change the names of Python's modules. Does nothing
/// if this interpreter has its objects: an import can be repeated.
pub(crate) fn init<'py>(
    py: Python<'py>,
    make: impl Fn(Python<'py>, Own) -> PyResult<Owned<'py>>,
) -> PyResult<()> {
    if let Err(missing) = get_item(key(py)?) {
        missing.clear(py);
        let all = empty_list(py)?;
        for &own in Own::ALL {
            append(all.borrow(), make(py, own)?.borrow())?;
        }
        set_fault_hook(Owned::none(py).borrow())?;
        set_default_trackfd(int(py, 1)?.borrow())?;
        set_item(key(py)?, all.borrow())?;
    }
    Ok(())
}

/// Returns the function to call for faults, or None.
pub(crate) fn fault_hook(py: Python<'_>) -> PyResult<Owned<'_>> {
    get_item(str_of(py, FAULT_HOOK)?)
}

pub(crate) fn set_fault_hook(hook: Borrowed<'_, '_>) -> PyResult<()> {
    set_item(str_of(hook.py(), FAULT_HOOK)?, hook)
}

/// Returns the default of `trackfd` for a file: a true or a false object.
pub(crate) fn default_trackfd(py: Python<'_>) -> PyResult<Owned<'_>> {
    get_item(str_of(py, DEFAULT_TRACKFD)?)
}

pub(crate) fn set_default_trackfd(tracks: Borrowed<'_, '_>) -> PyResult<()> {
    set_item(str_of(tracks.py(), DEFAULT_TRACKFD)?, tracks)
}

fn get_item(key: Owned<'_>) -> PyResult<Owned<'_>> {
    let py = key.borrow().py();
    let dict = dict(py)?.as_ptr();
    // SAFETY: E2.
    owned(py, unsafe { capi::PyObject_GetItem(dict, key.as_ptr()) })
}

fn set_item(key: Owned<'_>, value: Borrowed<'_, '_>) -> PyResult<()> {
    let py = value.py();
    let dict = dict(py)?.as_ptr();
    // SAFETY: E2.
    let set = unsafe { capi::PyObject_SetItem(dict, key.as_ptr(), value.as_ptr()) };
    done(py, set)
}

/// Returns the dict of this thread's interpreter.
fn dict(py: Python<'_>) -> PyResult<Borrowed<'_, '_>> {
    // SAFETY: E2: an attached thread has an interpreter.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() };
    // SAFETY: E2: this thread's interpreter.
    let dict = unsafe { capi::PyInterpreterState_GetDict(interpreter) };
    // SAFETY: E2: NULL, or as alive as the interpreter.
    let dict = unsafe { Borrowed::from_ptr_or_opt(py, dict) };
    dict.ok_or_else(|| Raised::no_memory(py))
}
