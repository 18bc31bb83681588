//! The standard library's atomics and threads, or loom's in a model.

use std::time::Duration;

#[cfg(loom)]
pub(crate) use loom::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    thread::{self, Thread},
};
#[cfg(not(loom))]
pub(crate) use std::{
    sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering},
    thread::{self, Thread},
};

/// `std::cell::UnsafeCell` with loom's interface, which checks each access in a model.
#[cfg(not(loom))]
#[derive(Debug, Default)]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> UnsafeCell<T> {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
        f(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;

/// Yields to a thread that is in the middle of a few instructions.
pub(crate) fn relax() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::thread::yield_now();
}

/// Sleeps until the thread is woken or the time has passed.
#[cfg(not(loom))]
pub(crate) fn park(timeout: Duration) {
    thread::park_timeout(timeout);
}

/// Sleeps without a timeout, so that a model detects a missing wake.
#[cfg(loom)]
pub(crate) fn park(_timeout: Duration) {
    thread::park();
}

pub(crate) fn sleep(timeout: Duration) {
    #[cfg(loom)]
    let _ = timeout;
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    thread::sleep(timeout);
}
