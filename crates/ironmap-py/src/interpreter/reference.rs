//! References to objects of the interpreter: borrowed, owned, and kept.
//!
//! # Safety
//!
//! * E2: a reference is to a live object as long as it says, and is used attached: those
//!   with a lifetime of Python's have its token, the others ask for it.
//! * E3: what is kept for good is kept at import, before any map is made, with a
//!   reference of its own, which is never given back. All interpreters have the same.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use crate::interpreter::{Python, capi};

/// An object that somebody keeps alive for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Borrowed<'a, 'py> {
    object: NonNull<ffi::PyObject>,
    py: Python<'py>,
    keeper: PhantomData<&'a ()>,
}

impl<'py> Borrowed<'_, 'py> {
    /// # Safety
    ///
    /// A live object, for the lifetime that the caller gives it.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr(py: Python<'py>, object: *mut ffi::PyObject) -> Self {
        Borrowed {
            // SAFETY: E2, the caller's promise.
            object: unsafe { NonNull::new_unchecked(object) },
            py,
            keeper: PhantomData,
        }
    }

    /// # Safety
    ///
    /// As `from_ptr`, or NULL.
    #[inline(always)]
    pub(crate) unsafe fn from_ptr_or_opt(
        py: Python<'py>,
        object: *mut ffi::PyObject,
    ) -> Option<Self> {
        // SAFETY: E2, the caller's promise.
        (!object.is_null()).then(|| unsafe { Borrowed::from_ptr(py, object) })
    }

    #[inline(always)]
    pub(crate) fn as_ptr(self) -> *mut ffi::PyObject {
        self.object.as_ptr()
    }

    #[inline(always)]
    pub(crate) fn py(self) -> Python<'py> {
        self.py
    }

    #[inline]
    pub(crate) fn is_none(self) -> bool {
        // SAFETY: E2: the object that there is one of.
        let none = unsafe { ffi::Py_None() };
        ptr::eq(self.as_ptr(), none)
    }

    /// A reference of one's own.
    #[inline]
    pub(crate) fn to_owned(self) -> Owned<'py> {
        // SAFETY: E2: a live object.
        unsafe { ffi::Py_IncRef(self.as_ptr()) };
        Owned {
            object: self.object,
            py: self.py,
        }
    }
}

/// A reference of one's own, given back when it is dropped, which can run code of the
/// user's.
pub(crate) struct Owned<'py> {
    object: NonNull<ffi::PyObject>,
    py: Python<'py>,
}

impl<'py> Owned<'py> {
    /// What a call has returned: None if that is NULL.
    ///
    /// # Safety
    ///
    /// A new reference, or NULL.
    #[inline]
    pub(crate) unsafe fn from_ptr(py: Python<'py>, object: *mut ffi::PyObject) -> Option<Self> {
        let object = NonNull::new(object)?;
        Some(Owned { object, py })
    }

    pub(crate) fn none(py: Python<'py>) -> Owned<'py> {
        // SAFETY: E2: the object that there is one of.
        let none = unsafe { ffi::Py_None() };
        // SAFETY: E2: it lives for good.
        unsafe { Borrowed::from_ptr(py, none) }.to_owned()
    }

    #[inline]
    pub(crate) fn borrow(&self) -> Borrowed<'_, 'py> {
        Borrowed {
            object: self.object,
            py: self.py,
            keeper: PhantomData,
        }
    }

    #[inline]
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.object.as_ptr()
    }

    /// The reference, for the caller to give back or to hand on.
    #[inline]
    pub(crate) fn into_ptr(self) -> *mut ffi::PyObject {
        let object = self.object.as_ptr();
        mem::forget(self);
        object
    }
}

impl Drop for Owned<'_> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: E2: our own reference, given back once.
        unsafe { capi::Py_DecRef(self.object.as_ptr()) };
    }
}

/// A reference that an object of ours keeps. It is given back by hand, because that needs
/// the token.
#[must_use]
pub(crate) struct StoredRef(NonNull<ffi::PyObject>);

impl StoredRef {
    pub(crate) fn new(object: Owned<'_>) -> StoredRef {
        let kept = StoredRef(object.object);
        mem::forget(object);
        kept
    }

    #[inline]
    pub(crate) fn get<'a, 'py>(&'a self, py: Python<'py>) -> Borrowed<'a, 'py> {
        Borrowed {
            object: self.0,
            py,
            keeper: PhantomData,
        }
    }

    /// For the garbage collector, which calls without a token of anything.
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    pub(crate) fn release(self, py: Python<'_>) {
        drop(Owned { object: self.0, py });
    }
}

/// An object that is kept for good.
pub(crate) struct StaticRef(AtomicPtr<ffi::PyObject>);

impl StaticRef {
    pub(crate) const fn empty() -> StaticRef {
        StaticRef(AtomicPtr::new(ptr::null_mut()))
    }

    /// At import. If that is repeated, what was kept first stays.
    pub(crate) fn set(&self, object: Owned<'_>) {
        if self.as_ptr().is_null() {
            self.0.store(object.into_ptr(), Ordering::Relaxed);
        }
    }

    /// NULL before import.
    #[inline(always)]
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.load(Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> Borrowed<'static, 'py> {
        // SAFETY: E3.
        unsafe { Borrowed::from_ptr(py, self.as_ptr()) }
    }
}
