//! The hooks for survived faults: audit hooks, and one function of the program.

use std::ffi::OsString;

use ironmap::{Fault, FaultReason};

use crate::errors::PyResult;
use crate::interpreter::objects::{call, int_of_size, interned, path_object, str_of, tuple};
use crate::interpreter::{
    Borrowed, Owned, PerInterpreter, Python, SavedException, per_interpreter,
};

/// Faults of one map that no hook knows yet.
pub(crate) struct FaultReport {
    /// The file's path now, if the system can tell it.
    pub(crate) path: Option<OsString>,
    pub(crate) fault: Fault,
    pub(crate) count: u64,
}

impl FaultReport {
    /// Returns the report for a use of the zeros that replace a closed or resized map. It is
    /// about no file.
    pub(crate) fn of_use(fault: Fault) -> FaultReport {
        FaultReport {
            path: None,
            fault,
            count: 1,
        }
    }

    #[cold]
    pub(crate) fn announce(self, py: Python<'_>) {
        let FaultReport { path, fault, count } = self;
        announce(py, || path_object(py, path), fault, count);
    }
}

/// Raises the audit event `ironmap.fault` and calls the hook. Their exceptions go to
/// `sys.unraisablehook`; a report is omitted if there is no memory for it. Hooks are Python
/// code, so nothing of a map is held here.
#[cold]
pub(crate) fn announce<'py>(
    py: Python<'py>,
    path: impl FnOnce() -> PyResult<Owned<'py>>,
    fault: Fault,
    count: u64,
) {
    let _saved = SavedException::new(py);
    let audit = match PerInterpreter::Audit.get(py) {
        Ok(audit) => audit,
        Err(raised) => return raised.clear(py),
    };
    let audit = audit.borrow();
    let announced = path().and_then(|path| {
        let facts = facts(path.borrow(), fault, count)?;
        let [path, at, size, reason, count] = &facts;
        let same = |fact: &Owned<'py>| fact.borrow().to_owned();
        let name = interned(py, c"ironmap.fault")?;
        let event = [
            name,
            same(path),
            same(at),
            same(size),
            same(reason),
            same(count),
        ];
        if let Err(raised) = call(audit, tuple(py, event)?.borrow()) {
            raised.write_unraisable_if_it_can(audit);
        }
        let hook = per_interpreter::fault_hook(py)?;
        if hook.borrow().is_none() {
            return Ok(());
        }
        if let Err(raised) = call(hook.borrow(), tuple(py, facts)?.borrow()) {
            raised.write_unraisable_if_it_can(hook.borrow());
        }
        Ok(())
    });
    if let Err(raised) = announced {
        raised.write_unraisable_if_it_can(audit);
    }
}

/// Returns the arguments of the hooks.
fn facts<'py>(path: Borrowed<'_, 'py>, fault: Fault, count: u64) -> PyResult<[Owned<'py>; 5]> {
    let py = path.py();
    let size = match fault.file_size {
        Some(size) => int_of_size(py, size)?,
        None => Owned::none(py),
    };
    Ok([
        path.to_owned(),
        int_of_size(py, fault.at as u64)?,
        size,
        str_of(py, reason_name(fault.reason))?,
        int_of_size(py, count)?,
    ])
}

fn reason_name(reason: FaultReason) -> &'static str {
    match reason {
        FaultReason::FileTooShort => "file_too_short",
        FaultReason::NoSpace => "no_space",
        FaultReason::Unmapped => "unmapped",
        _ => "unreadable",
    }
}
