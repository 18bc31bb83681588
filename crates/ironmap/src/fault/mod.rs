//! Surviving SIGBUS: damage is noted, covered with zeros, and becomes an error.
//!
//! A [`Guard`] belongs to one region. Windows has no SIGBUS, but exceptions: there an
//! access that runs into one is left, and its error is all that remains of it.

#[cfg(unix)]
mod chain;
#[cfg(unix)]
mod damage;
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
mod left_behind;
#[cfg(unix)]
mod registry;
#[cfg(unix)]
mod slot;
mod watched;

// The name under which loom/ gives these files its own atomics.
#[cfg(unix)]
use std::sync::atomic as atomics;

/// Whether an access that meets a page that is not available ends there; elsewhere it
/// goes on, over zeros.
pub(crate) const FAULTS_END_ACCESSES: bool = cfg!(windows);

pub(crate) use guard::Guard;
pub(crate) use watched::{Damaged, File, Watched};
