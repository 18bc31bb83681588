//! References to Python objects: borrowed, owned, stored and shared.
//!
//! # Safety
//!
//! * E2: a reference is to a live object for its lifetime, and is used attached: types with a
//!   lifetime `'py` hold the token, the others take it.
//! * E3: a [`SharedRef`] is set at import, before any map is made. It owns a reference, which
//!   is never released. [`SharedRef::share`] refuses an interpreter that has another object.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::mem;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3_ffi as ffi;

use crate::interpreter::{Python, capi, version};

/// A reference to an object that is alive for `'a`.
#[derive(Clone, Copy)]
pub(crate) struct Borrowed<'a, 'py> {
    object: NonNull<ffi::PyObject>,
    py: Python<'py>,
    keeper: PhantomData<&'a ()>,
}

impl<'py> Borrowed<'_, 'py> {
    /// # Safety
    ///
    /// `object` is live for `'a`.
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
    /// `object` is NULL, or live for `'a`.
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
        // SAFETY: E2: `None` is always there.
        let none = unsafe { ffi::Py_None() };
        ptr::eq(self.as_ptr(), none)
    }

    /// Returns an owned reference.
    #[inline]
    pub(crate) fn to_owned(self) -> Owned<'py> {
        // SAFETY: E2: a live object.
        let object = unsafe { ffi::Py_NewRef(self.as_ptr()) };
        Owned {
            // SAFETY: E2: the same object, not NULL.
            object: unsafe { NonNull::new_unchecked(object) },
            py: self.py,
        }
    }
}

/// An owned reference. Dropping it can run user code.
pub(crate) struct Owned<'py> {
    object: NonNull<ffi::PyObject>,
    py: Python<'py>,
}

impl<'py> Owned<'py> {
    /// Takes the result of a call. Returns `None` for NULL.
    ///
    /// # Safety
    ///
    /// `object` is a new reference, or NULL.
    #[inline]
    pub(crate) unsafe fn from_ptr(py: Python<'py>, object: *mut ffi::PyObject) -> Option<Self> {
        let object = NonNull::new(object)?;
        Some(Owned { object, py })
    }

    #[inline]
    pub(crate) fn none(py: Python<'py>) -> Owned<'py> {
        // SAFETY: E2: `None` is always there.
        Owned::of_constant(py, unsafe { ffi::Py_None() })
    }

    /// Returns `True` or `False`.
    #[inline]
    pub(crate) fn bool(py: Python<'py>, truth: bool) -> Owned<'py> {
        let object = match truth {
            // SAFETY: E2: always there.
            true => unsafe { ffi::Py_True() },
            // SAFETY: E2: always there.
            false => unsafe { ffi::Py_False() },
        };
        Owned::of_constant(py, object)
    }

    /// Returns a reference to one of the three. From 3.12 on they are immortal: nothing counts their
    /// references.
    #[inline]
    fn of_constant(py: Python<'py>, object: *mut ffi::PyObject) -> Owned<'py> {
        // SAFETY: E2: never freed.
        let object = unsafe { Borrowed::from_ptr(py, object) };
        match version() < (3, 12) {
            true => object.to_owned(),
            false => Owned {
                object: object.object,
                py,
            },
        }
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

    /// Returns the pointer. The caller owns the reference.
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
        // SAFETY: E2: an owned reference, released once.
        unsafe { capi::Py_DecRef(self.object.as_ptr()) };
    }
}

/// An owned reference inside an object of ours. It is released by hand, with the token.
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

    /// Returns the pointer, for the garbage collector.
    pub(crate) fn as_ptr(&self) -> *mut ffi::PyObject {
        self.0.as_ptr()
    }

    pub(crate) fn release(self, py: Python<'_>) {
        drop(Owned { object: self.0, py });
    }
}

/// A reference to an object that all interpreters of the process have in common.
pub(crate) struct SharedRef(AtomicPtr<ffi::PyObject>);

impl SharedRef {
    pub(crate) const fn empty() -> SharedRef {
        SharedRef(AtomicPtr::new(ptr::null_mut()))
    }

    /// Called at each import: the first one sets the reference. Returns whether this interpreter
    /// may use it: it has the same object, and, from 3.12 on, where interpreters can have a GIL
    /// each, nothing counts the references to it.
    pub(crate) fn share(&self, object: Owned<'_>) -> bool {
        let (empty, pointer) = (ptr::null_mut(), object.as_ptr());
        match self
            .0
            .compare_exchange(empty, pointer, Ordering::Relaxed, Ordering::Relaxed)
        {
            Ok(_) => {
                mem::forget(object);
                true
            }
            Err(first) => first == pointer && (version() < (3, 12) || !is_counted(&object)),
        }
    }

    #[inline]
    pub(crate) fn get<'py>(&self, py: Python<'py>) -> Borrowed<'static, 'py> {
        // SAFETY: E3.
        unsafe { Borrowed::from_ptr(py, self.0.load(Ordering::Relaxed)) }
    }
}

/// Returns whether a new reference changes the object's count. It does not if the object is
/// immortal.
fn is_counted(object: &Owned<'_>) -> bool {
    // SAFETY: E2: a live object.
    let count = || unsafe { ffi::Py_REFCNT(object.as_ptr()) };
    let before = count();
    let _second = object.borrow().to_owned();
    count() != before
}
