//! What `madvise` and `mlock` say of pages that lasts: the settings of their area.
//!
//! # Safety
//!
//! As in `pages.rs`: [`set_pages`] asks for a block that one of our regions has mapped, or
//! is about to (SAFETY.md: S4).
#![allow(unsafe_code)]

use std::ffi::c_int;

use super::{MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL};
use crate::error::Result;

/// A kind of setting: of each, a page has one.
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

/// Stands for `mlock` and `munlock` among the numbers of advice, which are not negative.
pub(crate) const LOCKED: c_int = -1;
pub(crate) const UNLOCKED: c_int = -2;

impl Setting {
    /// None for advice that is done when the call returns.
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

    /// Returns whether pages are so before anything is said of them.
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
/// Where the system can do that, a page is locked when it comes into memory, and none is
/// read in now: that can take as long as a disk does, and no one has asked for it.
///
/// # Safety
///
/// The block is whole pages of a mapping of the caller's.
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
