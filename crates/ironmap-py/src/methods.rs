//! The methods of the class and the functions of the module.

pub(crate) mod atomics;
pub(crate) mod buffer;
pub(crate) mod constructor;
pub(crate) mod copy;
pub(crate) mod fault_guard;
pub(crate) mod file;
pub(crate) mod find;
pub(crate) mod iterators;
pub(crate) mod lifecycle;
pub(crate) mod lines;
pub(crate) mod map_file;
pub(crate) mod matching_lines;
pub(crate) mod memory;
pub(crate) mod needles;
pub(crate) mod offsets;
pub(crate) mod readline;
pub(crate) mod refresh;
pub(crate) mod search;
pub(crate) mod sequence;
