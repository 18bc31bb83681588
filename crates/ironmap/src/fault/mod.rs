//! Surviving SIGBUS: damage is noted, covered with zeros, and becomes an error.
//!
//! A [`Guard`] belongs to one region. Windows has no SIGBUS, but exceptions: there an
//! access that runs into one is left, and its error is all that remains of it.

#[cfg(unix)]
mod chain;
mod control;
#[cfg(unix)]
mod damage;
#[cfg(unix)]
pub(crate) mod forks;
#[cfg(unix)]
mod free;
#[cfg_attr(not(unix), path = "windows.rs")]
mod guard;
#[cfg(unix)]
mod hand_over;
#[cfg(unix)]
mod handler;
#[cfg(unix)]
mod hints;
#[cfg(unix)]
mod in_child;
#[cfg(unix)]
mod inherited;
#[cfg(unix)]
mod left_behind;
#[cfg(unix)]
mod registry;
#[cfg(unix)]
mod slot;
#[cfg(unix)]
#[cfg_attr(not(target_os = "linux"), path = "spares/none.rs")]
mod spares;
#[cfg_attr(not(unix), path = "windows_switch.rs")]
mod switch;
mod watched;

// The name under which loom/ gives these files its own atomics.
#[cfg(unix)]
use std::sync::atomic as atomics;

/// Whether an access that meets a page that is not available ends there; elsewhere it
/// goes on, over zeros.
pub(crate) const FAULTS_END_ACCESSES: bool = cfg!(windows);

pub use control::{FaultGuard, disable_fault_guard, ensure_fault_guard, fault_guard};
pub(crate) use guard::Guard;
#[cfg(unix)]
pub(crate) use watched::Damaged;
pub(crate) use watched::{File, Watched};
