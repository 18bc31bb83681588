//! The lasting settings of pages: advice and locks.
//!
//! # Safety
//!
//! As in `pages.rs`: [`set_pages`] asks for a block that one of our regions has mapped, or
//! is about to own (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ffi::c_int;

use super::{MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL};
use crate::error::Result;

/// A kind of setting. A page has one setting of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code, reason = "only Linux has advice of the other kinds")
)]
pub(crate) enum Setting {
    ReadAhead,
    Fork,
    WipeOnFork,
    Merge,
    HugePages,
    Dump,
    Lock,
}

/// The numbers of `mlock` and `munlock` among those of advice, which are not negative.
pub(crate) const LOCKED: c_int = -1;
pub(crate) const UNLOCKED: c_int = -2;

impl Setting {
    /// Returns the kind of a piece of advice; `None` if it does not last.
    pub(crate) fn of(advice: c_int) -> Option<Setting> {
        Some(match advice {
            MADV_NORMAL | MADV_RANDOM | MADV_SEQUENTIAL => Setting::ReadAhead,
            LOCKED | UNLOCKED => Setting::Lock,
            #[cfg(any(target_os = "linux", target_os = "android"))]
            advice => return linux(advice),
            #[cfg(not(any(target_os = "linux", target_os = "android")))]
            _ => return None,
        })
    }

    /// Returns whether this is the default of new pages.
    pub(crate) fn is_usual(advice: c_int) -> bool {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        if matches!(
            advice,
            libc::MADV_DOFORK | libc::MADV_KEEPONFORK | libc::MADV_UNMERGEABLE | libc::MADV_DODUMP
        ) {
            return true;
        }
        matches!(advice, MADV_NORMAL | UNLOCKED)
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn linux(advice: c_int) -> Option<Setting> {
    match advice {
        libc::MADV_DONTFORK | libc::MADV_DOFORK => Some(Setting::Fork),
        libc::MADV_WIPEONFORK | libc::MADV_KEEPONFORK => Some(Setting::WipeOnFork),
        libc::MADV_MERGEABLE | libc::MADV_UNMERGEABLE => Some(Setting::Merge),
        libc::MADV_HUGEPAGE | libc::MADV_NOHUGEPAGE => Some(Setting::HugePages),
        libc::MADV_DONTDUMP | libc::MADV_DODUMP => Some(Setting::Dump),
        _ => None,
    }
}

/// Gives pages a setting: `madvise(start, len, advice)`, or a lock.
///
/// If the system can, it locks each page when it comes into memory, and reads none in now: that can
/// be as slow as a disk, and is not wanted here.
///
/// # Safety
///
/// The block is whole pages of a mapping of the caller.
pub(crate) unsafe fn set_pages(
    start: *mut u8,
    len: usize,
    setting: Setting,
    advice: c_int,
) -> Result<()> {
    if setting != Setting::Lock {
        // SAFETY: S4, the caller's promise.
        return unsafe { super::advise(start, len, advice) };
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // SAFETY: S4, the caller's promise.
    if unsafe { super::lock_on_fault(start, len) } {
        return Ok(());
    }
    // SAFETY: S4, the caller's promise.
    unsafe { super::lock(start, len) }
}
