//! The allocation of an error, which may fail.
//!
//! # Safety
//!
//! * A1: an error points to the static [`NO_ROOM`], which is never changed, or to a box that no
//!   other error points to.
#![allow(unsafe_code)]

use std::ops::Deref;
use std::ptr::{self, NonNull};

use super::{Cause, Inner};

/// An owned [`Inner`], or [`NO_ROOM`] if there was no memory for it.
pub(super) struct Boxed(NonNull<Inner>);

// SAFETY: A1: it is a box, or a static that is never changed.
unsafe impl Send for Boxed {}
// SAFETY: as above.
unsafe impl Sync for Boxed {}

/// The error for a failed allocation of an error.
static NO_ROOM: Inner = Inner {
    cause: Cause::OutOfMemory {
        bytes: size_of::<Inner>(),
    },
    path: None,
};

impl Boxed {
    pub(super) fn new(inner: Inner) -> Boxed {
        let mut memory = Vec::new();
        if memory.try_reserve_exact(1).is_err() {
            return Boxed(NonNull::from(&NO_ROOM));
        }
        memory.push(inner);
        let one: Box<[Inner]> = memory.into_boxed_slice();
        Boxed(NonNull::from(Box::leak(one)).cast())
    }

    /// Returns the contents for changes, or `None` for [`NO_ROOM`].
    pub(super) fn as_mut(&mut self) -> Option<&mut Inner> {
        if self.is_no_room() {
            return None;
        }
        // SAFETY: A1: our own box, which is borrowed as long as `self`.
        Some(unsafe { self.0.as_mut() })
    }

    fn is_no_room(&self) -> bool {
        ptr::eq(self.0.as_ptr(), &NO_ROOM)
    }
}

impl Deref for Boxed {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        // SAFETY: A1.
        unsafe { self.0.as_ref() }
    }
}

impl Clone for Boxed {
    fn clone(&self) -> Boxed {
        Boxed::new(Inner::clone(self))
    }
}

impl Drop for Boxed {
    fn drop(&mut self) {
        if !self.is_no_room() {
            // SAFETY: A1: `new` made it, as a slice of one, which has the layout of one.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}
