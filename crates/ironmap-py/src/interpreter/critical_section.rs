//! Critical sections of objects, which order threads where there is no GIL.
//!
//! # Safety
//!
//! * E2: attached, by the references; the object is live.
//! * K1: a section stays where it is begun, and is ended there, on every way out.
#![allow(unsafe_code)]

use crate::interpreter::Borrowed;

/// Runs `f` while no other thread is in the section of this object, unless `f` detaches. Under a
/// GIL threads take turns anyway.
#[cfg(feature = "abi3")]
#[inline(always)]
pub(crate) fn in_critical_section<R>(_object: Borrowed<'_, '_>, f: impl FnOnce() -> R) -> R {
    f()
}

#[cfg(not(feature = "abi3"))]
#[inline]
pub(crate) fn in_critical_section<R>(object: Borrowed<'_, '_>, f: impl FnOnce() -> R) -> R {
    use std::mem::MaybeUninit;

    use pyo3_ffi::PyCriticalSection;

    use crate::interpreter::capi;

    struct Section(MaybeUninit<PyCriticalSection>);

    impl Drop for Section {
        fn drop(&mut self) {
            // SAFETY: K1: begun below.
            unsafe { capi::PyCriticalSection_End(self.0.as_mut_ptr()) };
        }
    }

    let mut section = Section(MaybeUninit::uninit());
    // SAFETY: E2; K1.
    unsafe { capi::PyCriticalSection_Begin(section.0.as_mut_ptr(), object.as_ptr()) };
    f()
}
