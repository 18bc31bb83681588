//! The guard against faults as Python sees it, and who is told of a fault that was
//! survived: audit hooks, and one function of the program's.

use std::ffi::OsString;
use std::sync::{Mutex, PoisonError};

use ironmap::{Fault, FaultGuard, FaultReason};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::error::Raised;
use crate::new::audit_function;

/// Adds the functions that the Python part wraps.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Not by `add_function`, which would show them to `import *`.
    let add = |name, function: Bound<'_, PyCFunction>| module.setattr(name, function);
    add("_fault_guard", wrap_pyfunction!(fault_guard, module)?)?;
    add(
        "_ensure_fault_guard",
        wrap_pyfunction!(ensure_fault_guard, module)?,
    )?;
    add(
        "_disable_fault_guard",
        wrap_pyfunction!(disable_fault_guard, module)?,
    )?;
    add("_set_fault_hook", wrap_pyfunction!(set_fault_hook, module)?)
}

#[pyfunction]
#[pyo3(name = "_fault_guard")]
fn fault_guard() -> &'static str {
    name_of(ironmap::fault_guard())
}

#[pyfunction]
#[pyo3(name = "_ensure_fault_guard")]
fn ensure_fault_guard(py: Python<'_>) -> PyResult<&'static str> {
    let found = ironmap::ensure_fault_guard();
    found
        .map(name_of)
        .map_err(|error| Raised::from_core(py, error).into_error(py))
}

#[pyfunction]
#[pyo3(name = "_disable_fault_guard")]
fn disable_fault_guard(py: Python<'_>) -> PyResult<()> {
    ironmap::disable_fault_guard().map_err(|error| Raised::from_core(py, error).into_error(py))
}

fn name_of(guard: FaultGuard) -> &'static str {
    match guard {
        FaultGuard::Active => "active",
        FaultGuard::Idle => "idle",
        FaultGuard::Replaced => "replaced",
        FaultGuard::Blocked => "blocked",
        _ => "off",
    }
}

/// What is called for faults. Held with the GIL, and never while Python code runs.
static HOOK: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

#[pyfunction]
#[pyo3(name = "_set_fault_hook")]
fn set_fault_hook(hook: Option<Py<PyAny>>) {
    let before = {
        let mut current = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *current, hook)
    };
    // To free it can run Python code.
    drop(before);
}

fn hook(py: Python<'_>) -> Option<Py<PyAny>> {
    let current = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    current.as_ref().map(|hook| hook.clone_ref(py))
}

/// Faults of one map that nobody was told of.
pub(crate) struct News {
    pub(crate) path: Option<OsString>,
    pub(crate) fault: Fault,
    pub(crate) count: u64,
}

impl News {
    /// Of zeros that were used in the place of a map that was closed, or resized away.
    pub(crate) fn of_use(fault: Fault) -> News {
        News {
            path: None,
            fault,
            count: 1,
        }
    }

    /// Raises the audit event `ironmap.fault` and calls the hook. What they raise goes to
    /// `sys.unraisablehook`. They are Python code, so nothing of a map is held here.
    #[cold]
    pub(crate) fn announce(self, py: Python<'_>) {
        let pending = PyErr::take(py);
        let News { path, fault, count } = self;
        let (at, size, reason) = (fault.at, fault.file_size, name_of_reason(fault.reason));
        let event = (intern!(py, "ironmap.fault"), &path, at, size, reason, count);
        let audit = audit_function(py);
        unraisable(audit, audit.call1(event));
        if let Some(hook) = hook(py) {
            let hook = hook.bind(py);
            unraisable(hook, hook.call1((&path, at, size, reason, count)));
        }
        if let Some(pending) = pending {
            pending.restore(py);
        }
    }
}

fn unraisable(called: &Bound<'_, PyAny>, result: PyResult<Bound<'_, PyAny>>) {
    if let Err(error) = result {
        error.write_unraisable(called.py(), Some(called));
    }
}

fn name_of_reason(reason: FaultReason) -> &'static str {
    match reason {
        FaultReason::FileTooShort => "file_too_short",
        FaultReason::NoSpace => "no_space",
        FaultReason::Unmapped => "unmapped",
        _ => "unreadable",
    }
}
