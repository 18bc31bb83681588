//! The module's functions about the fault guard and its hook.

use ironmap::FaultGuard;

use crate::args::Arguments;
use crate::errors::{OrRaise, PyResult};
use crate::interpreter::objects::str_of;
use crate::interpreter::{Owned, Python, per_interpreter};

pub(crate) fn fault_guard<'py>(py: Python<'py>, args: &Arguments<'_, 'py>) -> PyResult<Owned<'py>> {
    args.expect("_fault_guard", 0, 0)?;
    str_of(py, guard_name(ironmap::fault_guard()))
}

pub(crate) fn ensure_fault_guard<'py>(
    py: Python<'py>,
    args: &Arguments<'_, 'py>,
) -> PyResult<Owned<'py>> {
    args.expect("_ensure_fault_guard", 0, 0)?;
    let found = ironmap::ensure_fault_guard().or_raise(py)?;
    str_of(py, guard_name(found))
}

pub(crate) fn disable_fault_guard(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    args.expect("_disable_fault_guard", 0, 0)?;
    ironmap::disable_fault_guard().or_raise(py)
}

fn guard_name(guard: FaultGuard) -> &'static str {
    match guard {
        FaultGuard::Active => "active",
        FaultGuard::Idle => "idle",
        FaultGuard::Replaced => "replaced",
        FaultGuard::Blocked => "blocked",
        _ => "off",
    }
}

pub(crate) fn set_fault_hook(_py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<()> {
    let [hook] = args.all("_set_fault_hook")?;
    per_interpreter::set_fault_hook(hook)
}
