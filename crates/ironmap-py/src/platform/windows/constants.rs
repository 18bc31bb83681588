//! Windows has no headers with names that Python shows.

use crate::constants::Named;

pub(crate) const GROUPS: [Named; 0] = [];
