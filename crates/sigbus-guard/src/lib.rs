#![doc = include_str!("../README.md")]
// On other systems the crate is empty.
#![cfg(any(unix, windows))]
// The models use a part of each file.
#![cfg_attr(loom, allow(dead_code))]

mod error;
mod fault;
mod guarded_region;
#[cfg(unix)]
mod slots;
#[cfg(all(unix, not(loom)))]
mod unix;
#[cfg(windows)]
mod windows;

pub use error::{Error, Result, SystemCall};
pub use fault::{Fault, FaultReason};
#[cfg(unix)]
pub use guarded_region::FaultHook;
pub use guarded_region::{FileId, GuardedFile, GuardedRegion, LostPages, RawFile};

#[cfg(all(unix, not(loom)))]
pub use unix::{
    Guard, MAX_HANDLERS, ensure_installed, forks, is_blocked, is_installed, os, unblock,
};
#[cfg(windows)]
pub use windows::{CATCHES_FAULTS, Guard};

/// True if a fault ends the access that meets it. If not, the access goes on, over zeros.
pub const FAULTS_END_ACCESSES: bool = cfg!(windows);
