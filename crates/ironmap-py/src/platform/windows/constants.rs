//! No constants: Windows has no headers with names that Python shows.

use crate::platform::Named;

pub(crate) const GROUPS: [Named; 0] = [];
