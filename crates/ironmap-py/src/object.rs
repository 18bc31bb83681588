//! The object behind a Python `mmap`.

mod absence;
pub(crate) mod access_mode;
mod alloc;
mod damage;
pub(crate) mod fault_hooks;
mod layout;
mod lock;
mod release;
pub(crate) mod run;
mod state;

pub(crate) use absence::Absence;
pub(crate) use layout::{MapObject, MapRef};
pub(crate) use lock::{ReadGuard, SIGNAL_INTERVAL, WriteGuard};
