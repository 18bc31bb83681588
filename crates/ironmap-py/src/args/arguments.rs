//! The positional arguments of a call.
//!
//! # Safety
//!
//! * C1: an argument array holds as many live objects as its count says, for the call.
#![allow(unsafe_code)]

use std::fmt;

use pyo3_ffi as ffi;

use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::{Borrowed, Python};

pub(crate) type Argument<'a, 'py> = Borrowed<'a, 'py>;

/// A positional argument list of the interpreter.
pub(crate) struct Arguments<'a, 'py> {
    pub(super) first: *const *mut ffi::PyObject,
    pub(super) count: usize,
    pub(crate) py: Python<'py>,
    lifetime: std::marker::PhantomData<&'a ()>,
}

impl<'a, 'py> Arguments<'a, 'py> {
    /// # Safety
    ///
    /// `first` points to `count` objects that live for `'a`.
    #[inline]
    pub(crate) unsafe fn new(
        py: Python<'py>,
        first: *const *mut ffi::PyObject,
        count: usize,
    ) -> Self {
        Arguments {
            first,
            count,
            py,
            lifetime: std::marker::PhantomData,
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<Argument<'a, 'py>> {
        if index >= self.count {
            return None;
        }
        // SAFETY: C1: index < count, by the promise given to `new`.
        let place = unsafe { self.first.add(index) };
        // SAFETY: C1.
        let object = unsafe { *place };
        // SAFETY: C1: the objects live for 'a.
        Some(unsafe { Borrowed::from_ptr(self.py, object) })
    }

    /// Returns exactly `N` arguments.
    pub(crate) fn all<const N: usize>(&self, name: &str) -> PyResult<[Argument<'a, 'py>; N]> {
        self.expect(name, N, N)?;
        let all = std::array::from_fn(|place| self.get(place));
        match all.iter().all(Option::is_some) {
            true => Ok(all.map(|argument| argument.expect("as many as were counted"))),
            false => Err(self.wrong_count(name, N, N)),
        }
    }

    /// Checks the count, with the texts of Argument Clinic.
    #[inline]
    pub(crate) fn expect(&self, name: &str, least: usize, most: usize) -> PyResult<()> {
        if (least..=most).contains(&self.count) {
            return Ok(());
        }
        Err(self.wrong_count(name, least, most))
    }

    /// Checks the count for a function that also takes keywords.
    pub(crate) fn expect_positional(&self, name: &str, most: usize) -> PyResult<()> {
        if self.count <= most {
            return Ok(());
        }
        Err(self.type_error(format_args!(
            "{name}() takes at most {most} positional arguments ({} given)",
            self.count
        )))
    }

    #[cold]
    fn wrong_count(&self, name: &str, least: usize, most: usize) -> Raised {
        let (bound, limit) = match (self.count < least, least == most) {
            (_, true) => ("", least),
            (true, false) => ("at least ", least),
            (false, false) => ("at most ", most),
        };
        let plural = if limit == 1 { "" } else { "s" };
        self.type_error(format_args!(
            "{name} expected {bound}{limit} argument{plural}, got {}",
            self.count
        ))
    }

    pub(super) fn type_error(&self, text: fmt::Arguments<'_>) -> Raised {
        Raised::type_error_with(Message::new(self.py, text))
    }
}
