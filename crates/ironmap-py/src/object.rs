//! The object behind a Python `mmap`.

pub(crate) mod access_mode;
mod alloc;
mod damage;
pub(crate) mod fault_hooks;
pub(crate) mod gil_budget;
mod layout;
mod lock;
mod state;

pub(crate) use alloc::Absence;
pub(crate) use layout::{MAP_CLASS, MapObject, MapRef};
pub(crate) use lock::{ReadGuard, WriteGuard};
