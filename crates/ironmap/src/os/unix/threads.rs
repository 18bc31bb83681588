//! Helper threads of one operation.
//!
//! std ends the process if there is no memory for the handle of a thread, or no room for its signal
//! stack. The C library only refuses the thread.
//!
//! # Safety
//!
//! * A thread gets a pointer to the stack of [`in_threads`]. [`Threads`] joins all of them before
//!   that frame is gone, also when it unwinds.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{pthread_attr_t, pthread_t};

/// The stack size of std. Some C libraries have a much smaller default.
const STACK: usize = 2 << 20;

struct Shared<'a> {
    work: &'a (dyn Fn() + Sync),
    panicked: AtomicBool,
}

/// Runs `work` in this thread and in `more` others, or fewer if the system refuses them.
/// Returns when all have finished.
pub(crate) fn in_threads(more: usize, work: impl Fn() + Sync) {
    let shared = Shared {
        work: &work,
        panicked: AtomicBool::new(false),
    };
    let mut threads = Threads(Vec::new());
    if more > 0 && threads.0.try_reserve_exact(more).is_ok() {
        threads.start(more, &shared);
    }
    work();
    drop(threads);
    assert!(!shared.panicked.into_inner(), "a thread has panicked");
}

/// The started threads, joined on drop.
struct Threads(Vec<pthread_t>);

impl Threads {
    fn start(&mut self, count: usize, shared: &Shared<'_>) {
        let mut attributes = MaybeUninit::<pthread_attr_t>::uninit();
        // SAFETY: it fills in the attributes, for which there is room.
        if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
            return;
        }
        // SAFETY: they were filled in. A size that is refused leaves the usual one.
        unsafe { libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK) };
        for _ in 0..count {
            let mut thread = MaybeUninit::uninit();
            let given = ptr::from_ref(shared).cast_mut().cast();
            // SAFETY: the paragraph above.
            let refused = unsafe {
                libc::pthread_create(thread.as_mut_ptr(), attributes.as_ptr(), run, given)
            };
            if refused != 0 {
                break;
            }
            // SAFETY: pthread_create has succeeded and so has filled it in.
            self.0.push(unsafe { thread.assume_init() });
        }
        // SAFETY: they were filled in, and are not used again.
        unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for &thread in &self.0 {
            // SAFETY: it was started here, and is joined once.
            unsafe { libc::pthread_join(thread, ptr::null_mut()) };
        }
    }
}

extern "C" fn run(shared: *mut c_void) -> *mut c_void {
    // SAFETY: the paragraph above: it is there until this thread is joined.
    let shared = unsafe { &*shared.cast::<Shared<'_>>() };
    if catch_unwind(AssertUnwindSafe(shared.work)).is_err() {
        shared.panicked.store(true, Ordering::Relaxed);
    }
    ptr::null_mut()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[test]
    fn in_threads_runs_the_work_in_each() {
        let count = AtomicUsize::new(0);
        in_threads(3, || {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 4);
    }

    #[test]
    #[should_panic(expected = "a thread has panicked")]
    fn in_threads_panics_with_its_threads() {
        let here = std::thread::current().id();
        in_threads(1, || assert_eq!(std::thread::current().id(), here));
    }
}
