//! The objects that each interpreter has of its own: classes, and functions taken at import.
//!
//! They are in the interpreter's dict, which Python code does not see. No static has them, so
//! each interpreter uses its own, and frees them at its end. To look one up takes an int, a dict
//! and a list, so short calls look up none.
//!
//! At its end an interpreter frees the dict, and afterwards what is left in cycles. A map that is
//! freed by that must not ask for the dict: it would get a new one, which is never freed, and keeps
//! all memory of an interpreter that has its own GIL. So a capsule, the first of our entries,
//! marks for its thread that the dict is gone.
//!
//! # Safety
//!
//! E2: attached, by the token; the objects are live.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3_ffi as ffi;

use crate::errors::{PyResult, Raised};
use crate::interpreter::objects::{append, empty_list, int, int_of_size, str_of};
use crate::interpreter::{Borrowed, Owned, Python, capi, done, owned};

/// The objects, by their place in the list.
#[derive(Clone, Copy)]
pub(crate) enum PerInterpreter {
    /// `mmap.mmap`: reprs and errors show the name of the stdlib's class.
    MapClass,
    MatchIteratorClass,
    LineIteratorClass,
    MatchingLineIteratorClass,
    EachMatchIteratorClass,
    /// The base of `ironmap.Needles`.
    NeedlesClass,
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

impl PerInterpreter {
    pub(crate) const ALL: &'static [PerInterpreter] = &[
        PerInterpreter::MapClass,
        PerInterpreter::MatchIteratorClass,
        PerInterpreter::LineIteratorClass,
        PerInterpreter::MatchingLineIteratorClass,
        PerInterpreter::EachMatchIteratorClass,
        PerInterpreter::NeedlesClass,
        PerInterpreter::FaultClass,
        PerInterpreter::UnsupportedClass,
        PerInterpreter::Audit,
        PerInterpreter::NewMapEvent,
        PerInterpreter::IsFinalizing,
        #[cfg(windows)]
        PerInterpreter::Handle,
        #[cfg(windows)]
        PerInterpreter::Seek,
    ];

    /// Returns the object. Fails without memory, and when the interpreter has freed its dict.
    pub(crate) fn get<'py>(self, py: Python<'py>) -> PyResult<Owned<'py>> {
        self.item_of(get_item(key(py)?)?.borrow())
    }

    /// Returns both objects by one lookup.
    pub(crate) fn get_both<'py>(
        py: Python<'py>,
        both: [PerInterpreter; 2],
    ) -> PyResult<[Owned<'py>; 2]> {
        let all = get_item(key(py)?)?;
        let [one, other] = both.map(|object| object.item_of(all.borrow()));
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
    while place < PerInterpreter::ALL.len() {
        assert!(PerInterpreter::ALL[place] as usize == place);
        place += 1;
    }
};

const END: &str = "ironmap.end";

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
    make: impl Fn(Python<'py>, PerInterpreter) -> PyResult<Owned<'py>>,
) -> PyResult<()> {
    IMPORTS.fetch_add(1, Ordering::Relaxed);
    if let Err(missing) = get_item(key(py)?) {
        missing.clear(py);
        mark_end(py)?;
        let all = empty_list(py)?;
        for &object in PerInterpreter::ALL {
            append(all.borrow(), make(py, object)?.borrow())?;
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

/// Puts the capsule of the dict's end into the dict, unless an import that failed has done so.
fn mark_end(py: Python<'_>) -> PyResult<()> {
    if let Err(missing) = get_item(str_of(py, END)?) {
        missing.clear(py);
        let (unused, name) = (ptr::dangling_mut(), ptr::null());
        // SAFETY: E2; a pointer that is not NULL.
        let capsule = unsafe { capi::PyCapsule_New(unused, name, Some(dict_freed)) };
        set_item(str_of(py, END)?, owned(py, capsule)?.borrow())?;
    }
    Ok(())
}

/// An interpreter, and the number of imports so far: a later interpreter can have the same address,
/// but counts its import before it asks for its dict.
type InterpreterId = (*mut ffi::PyInterpreterState, u64);

thread_local! {
    /// The interpreter whose dict this thread has freed last.
    static ENDED: Cell<InterpreterId> = const { Cell::new((ptr::null_mut(), 0)) };
}

static IMPORTS: AtomicU64 = AtomicU64::new(0);

/// Called by the interpreter when it frees the capsule.
///
/// # Safety
///
/// E2.
unsafe extern "C" fn dict_freed(_capsule: *mut ffi::PyObject) {
    ENDED.set(this_interpreter());
}

fn this_interpreter() -> InterpreterId {
    // SAFETY: E2: an attached thread has an interpreter.
    let interpreter = unsafe { ffi::PyInterpreterState_Get() };
    (interpreter, IMPORTS.load(Ordering::Relaxed))
}

/// Returns the dict of this thread's interpreter. Fails if that has freed it.
fn dict(py: Python<'_>) -> PyResult<Borrowed<'_, '_>> {
    let this = this_interpreter();
    if ENDED.get() == this {
        return Err(Raised::no_memory(py));
    }
    let (interpreter, _) = this;
    // SAFETY: E2: this thread's interpreter.
    let dict = unsafe { capi::PyInterpreterState_GetDict(interpreter) };
    // SAFETY: E2: NULL, or as alive as the interpreter.
    let dict = unsafe { Borrowed::from_ptr_or_opt(py, dict) };
    dict.ok_or_else(|| Raised::no_memory(py))
}
