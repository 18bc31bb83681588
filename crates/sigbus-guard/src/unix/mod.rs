//! The guard where a fault is SIGBUS.

mod action;
pub mod forks;
mod guard;
mod handler;
mod hints;
mod in_child;
mod inherited;
mod install;
pub mod os;
mod previous_handlers;
mod registry;
#[cfg_attr(not(target_os = "linux"), path = "spares/none.rs")]
mod spares;

pub use guard::Guard;
pub use install::{ensure_installed, is_blocked, is_installed, unblock};
pub use previous_handlers::MAX_HANDLERS;
