//! An error's memory, which there may be none of.
//!
//! # Safety
//!
//! * A1: an error points to [`NO_ROOM`], which lives for good and is never changed, or to
//!   a box of its own, which it alone refers to.
#![allow(unsafe_code)]

use std::ops::Deref;
use std::ptr::{self, NonNull};

use super::{Cause, Inner};

/// An [`Inner`] that is owned. Where there is no memory for one it is [`NO_ROOM`].
pub(super) struct Boxed(NonNull<Inner>);

// SAFETY: A1: it is a box, or a static that nobody changes.
unsafe impl Send for Boxed {}
// SAFETY: as above.
unsafe impl Sync for Boxed {}

/// The error for which there is no memory either.
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

    /// To change it; nothing if it is [`NO_ROOM`].
    pub(super) fn as_mut(&mut self) -> Option<&mut Inner> {
        if self.is_no_room() {
            return None;
        }
        // SAFETY: A1: a box of our own, which is borrowed as we are.
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
            // SAFETY: A1: `new` made it, as a slice of one, which is laid out as one is.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}
