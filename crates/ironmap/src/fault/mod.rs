//! Surviving SIGBUS: damage is noted, covered with zeros, and becomes an error.
//!
//! A [`Guard`] belongs to one region. Where there is no SIGBUS (Windows) it is one
//! that guards nothing: PLATFORM.md says what that means.

#[cfg(unix)]
mod chain;
#[cfg(unix)]
mod damage;
#[cfg(unix)]
mod free;
#[cfg_attr(not(unix), path = "none.rs")]
mod guard;
#[cfg(unix)]
mod handler;
#[cfg(unix)]
mod registry;
#[cfg(unix)]
mod slot;
mod watched;

// The name under which loom/ gives these files its own atomics.
#[cfg(unix)]
use std::sync::atomic as atomics;

pub(crate) use guard::Guard;
pub(crate) use watched::{Damaged, File, Watched};
