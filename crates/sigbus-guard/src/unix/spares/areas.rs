//! Spare areas, to be given back.
//!
//! The addresses are atomics, so that handlers of several threads take different ones.
//!
//! # Safety
//!
//! * G8: an address in [`AREAS`] is a page of [`os::spare_area`]. The thread that swaps it
//!   out owns it.
#![allow(unsafe_code)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::error::Result;
use crate::unix::os;

/// The number of spare areas. A covered page takes two areas at most, so they last for 32 faults
/// in a row, and for more if they cover tails, which take one.
const COUNT: usize = 64;

/// The address of each; 0 if it was given back.
static AREAS: [AtomicUsize; COUNT] = [const { AtomicUsize::new(0) }; COUNT];

/// True if one of them may be missing.
static MISSING: AtomicBool = AtomicBool::new(true);

pub(super) fn refill() -> Result<()> {
    if !MISSING.swap(false, Ordering::Relaxed) {
        return Ok(());
    }
    for place in &AREAS {
        if place.load(Ordering::Relaxed) == 0 {
            let new = os::spare_area().inspect_err(|_| MISSING.store(true, Ordering::Relaxed))?;
            let put = place.compare_exchange(0, new, Ordering::Release, Ordering::Relaxed);
            if put.is_err() {
                // Another thread was first.
                // SAFETY: G8: mapped just now.
                unsafe { os::give_up(new, os::page_size()) };
            }
        }
    }
    Ok(())
}

/// Returns whether an area is left.
pub(in crate::unix) fn has_area() -> bool {
    AREAS.iter().any(|place| place.load(Ordering::Relaxed) != 0)
}

/// Gives an area back to the system; false if none is left.
pub(in crate::unix) fn give_back_area() -> bool {
    MISSING.store(true, Ordering::Relaxed);
    let mut taken = AREAS.iter().map(|place| place.swap(0, Ordering::Acquire));
    let Some(area) = taken.find(|&area| area != 0) else {
        return false;
    };
    // SAFETY: G8: taken just now.
    unsafe { os::give_up(area, os::page_size()) };
    true
}
