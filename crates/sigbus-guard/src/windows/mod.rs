//! The guard where a fault is an exception.

mod guard;
mod seh;

pub use guard::Guard;
pub use seh::CATCHES_FAULTS;
