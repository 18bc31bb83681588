//! The module's constants: each where the system has it, under the system's
//! own value.

use ironmap::Mmap;
use pyo3::prelude::*;

use crate::mode::Mode;
use crate::system::constants::GROUPS;

/// Names and their numbers.
pub(crate) type Named = &'static [(&'static str, i64)];

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for mode in Mode::ALL {
        module.add(mode.name(), mode.number())?;
    }
    for &(name, value) in GROUPS.into_iter().flatten() {
        module.add(name, value)?;
    }
    module.add("PAGESIZE", Mmap::page_size())?;
    module.add("ALLOCATIONGRANULARITY", Mmap::allocation_granularity())
}
