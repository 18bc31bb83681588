//! The module's constants: each where the system has it, under the system's
//! own value.

use ironmap::Mmap;

use crate::args::access_mode::Mode;
use crate::errors::Fallible;
use crate::interpreter::objects::int;
use crate::module::Module;
use crate::platform::constants::GROUPS;

/// Names and their numbers.
pub(crate) type Named = &'static [(&'static str, i64)];

pub(crate) fn add(module: &Module<'_>) -> Fallible<()> {
    for mode in Mode::ALL {
        add_number(module, mode.name(), mode.number().into())?;
    }
    for &(name, value) in GROUPS.into_iter().flatten() {
        add_number(module, name, value)?;
    }
    add_number(module, "PAGESIZE", Mmap::page_size() as i64)?;
    let granularity = Mmap::allocation_granularity() as i64;
    add_number(module, "ALLOCATIONGRANULARITY", granularity)
}

fn add_number(module: &Module<'_>, name: &str, number: i64) -> Fallible<()> {
    module.add(name, int(module.py(), number)?.borrow())
}
