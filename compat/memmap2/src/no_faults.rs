//! Systems without SIGBUS have no faults to report.

use crate::ironmap::{Fault, Hook, OnFault};

pub(crate) fn set_choice(_: OnFault) {}

pub(crate) fn set_hook(_: Hook) {}

pub(crate) fn faults() -> u64 {
    0
}

pub(crate) fn check() -> Option<Fault<'static>> {
    None
}
