//! The allocator of this process, which counts, and fails on demand.
//!
//! # Safety
//!
//! The allocator is the system's, or returns null, which every caller handles. The unwinder's
//! functions are those that `std` calls.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System, handle_alloc_error};
use std::backtrace::Backtrace;
use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::harness::{plan, process};

struct Scarce;

static LIVE: AtomicUsize = AtomicUsize::new(0);

/// Returns the number of allocated bytes.
pub(crate) fn live() -> usize {
    LIVE.load(Relaxed)
}

/// Set if each refusal leaves its backtrace.
static EXPLAINED: AtomicBool = AtomicBool::new(false);

/// Loads the symbols before the forks, so that the children have them.
pub(crate) fn be_ready_to_explain() {
    drop(Backtrace::force_capture().to_string());
}

/// From here on each refusal leaves its backtrace for the parent process.
pub(crate) fn explain_refusals() {
    EXPLAINED.store(true, Relaxed);
}

fn grants() -> bool {
    let granted = plan::next_allocation();
    if !granted && EXPLAINED.load(Relaxed) && !is_dying() {
        plan::unseen(|| process::leave_word(&Backtrace::force_capture().to_string()));
    }
    granted
}

unsafe extern "C" {
    fn _Unwind_Backtrace(each: EachFrame, found: *mut bool) -> i32;
    fn _Unwind_GetIP(frame: *mut c_void) -> *mut c_void;
    fn _Unwind_FindEnclosingFunction(address: *mut c_void) -> *mut c_void;
}

type EachFrame = extern "C" fn(frame: *mut c_void, found: *mut bool) -> i32;

/// Returns whether this allocation formats the message of a failed one at the process's end,
/// which happens under a lock that a backtrace needs.
fn is_dying() -> bool {
    extern "C" fn look(frame: *mut c_void, found: *mut bool) -> i32 {
        // SAFETY: the unwinder's own frame.
        let address = unsafe { _Unwind_GetIP(frame) };
        // SAFETY: it looks the address up in tables.
        let function = unsafe { _Unwind_FindEnclosingFunction(address) };
        if function.cast_const() == handle_alloc_error as *const c_void {
            // SAFETY: `is_dying` waits for it.
            unsafe { *found = true };
        }
        0
    }
    let mut found = false;
    // SAFETY: `look` is called while `found` exists.
    unsafe { _Unwind_Backtrace(look, &raw mut found) };
    found
}

// SAFETY: the system's allocator, or null.
unsafe impl GlobalAlloc for Scarce {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !grants() {
            return std::ptr::null_mut();
        }
        LIVE.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !grants() {
            return std::ptr::null_mut();
        }
        LIVE.fetch_add(size, Relaxed);
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Scarce = Scarce;
