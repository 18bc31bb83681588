//! The module's constants: each where the system has it, under the system's
//! own value.

use ironmap::Mmap;
use pyo3::prelude::*;

use crate::system::constants::GROUPS;

/// Names and their numbers.
pub(crate) type Named = &'static [(&'static str, i64)];

const ACCESS: Named = &[
    ("ACCESS_DEFAULT", 0),
    ("ACCESS_READ", 1),
    ("ACCESS_WRITE", 2),
    ("ACCESS_COPY", 3),
];

pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for &(name, value) in ACCESS.iter().chain(GROUPS.into_iter().flatten()) {
        module.add(name, value)?;
    }
    module.add("PAGESIZE", Mmap::page_size())?;
    module.add("ALLOCATIONGRANULARITY", Mmap::allocation_granularity())
}
