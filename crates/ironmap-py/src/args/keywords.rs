//! Arguments given by position or by name.
//!
//! # Safety
//!
//! Calls of the interpreter's C interface: E2 of `conversion`, C1 of `arguments`.
#![allow(unsafe_code)]

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::args::conversion::tuple_items;
use crate::args::{Argument, Arguments};
use crate::errors::message::Message;
use crate::errors::{PyResult, Raised};
use crate::interpreter::Borrowed;

/// The keyword arguments of a call, behind its positional ones.
pub(crate) struct Keywords<'a, 'py> {
    /// A tuple of `str`, if there are keywords.
    names: Option<Borrowed<'a, 'py>>,
    values: Arguments<'a, 'py>,
}

impl<'a, 'py> Keywords<'a, 'py> {
    /// # Safety
    ///
    /// `names` is NULL or a tuple of strings that lives for `'a`, with as many
    /// values behind the positional arguments.
    pub(crate) unsafe fn new(
        positional: &Arguments<'a, 'py>,
        names: *mut ffi::PyObject,
    ) -> Keywords<'a, 'py> {
        let py = positional.py;
        // SAFETY: the caller's promise.
        let names = unsafe { Borrowed::from_ptr_or_opt(py, names) };
        let count = match names {
            // SAFETY: E2: a tuple, by the caller's promise.
            Some(names) => unsafe { ffi::PyTuple_Size(names.as_ptr()) as usize },
            None => 0,
        };
        // SAFETY: C1: the values follow the positional arguments.
        let first = unsafe { positional.first.add(positional.count) };
        // SAFETY: C1: one value for each name.
        let values = unsafe { Arguments::new(py, first, count) };
        Keywords { names, values }
    }

    /// Returns the given names and their values.
    fn given(&self) -> impl Iterator<Item = (Argument<'a, 'py>, Argument<'a, 'py>)> {
        let names = self.names.and_then(tuple_items);
        let values = (0..).map_while(|place| self.values.get(place));
        names.into_iter().flatten().zip(values)
    }

    /// Returns the value of the only keyword of `function`.
    pub(crate) fn only(
        &self,
        function: &str,
        keyword: &CStr,
    ) -> PyResult<Option<Argument<'a, 'py>>> {
        let [value] = self.named(function, [keyword])?;
        Ok(value)
    }

    /// Returns the value of each keyword of `function`.
    pub(crate) fn named<const N: usize>(
        &self,
        function: &str,
        keywords: [&CStr; N],
    ) -> PyResult<[Option<Argument<'a, 'py>>; N]> {
        let mut values = [None; N];
        for (name, value) in self.given() {
            match keywords.iter().position(|keyword| is(name, keyword)) {
                Some(place) => values[place] = Some(value),
                None => return Err(unexpected(function, name)),
            }
        }
        Ok(values)
    }
}

fn is(name: Argument<'_, '_>, keyword: &CStr) -> bool {
    // SAFETY: E2: a str, and a text.
    unsafe { ffi::PyUnicode_CompareWithASCIIString(name.as_ptr(), keyword.as_ptr()) == 0 }
}

#[cold]
fn unexpected(function: &str, name: Argument<'_, '_>) -> Raised {
    let text = format_args!("{function}() got an unexpected keyword argument '");
    Raised::type_error_with(Message::new(name.py(), text).and_name(name).and("'"))
}

impl<'a, 'py> Arguments<'a, 'py> {
    /// Checks the count of all arguments, then that of the positional ones.
    pub(crate) fn expect_all(
        &self,
        function: &str,
        most_positional: usize,
        keywords: &Keywords<'_, '_>,
        most: usize,
    ) -> PyResult<()> {
        let count = self.count + keywords.values.count;
        if count > most {
            return Err(self.type_error(format_args!(
                "{function}() takes at most {most} arguments ({count} given)"
            )));
        }
        self.expect_positional(function, most_positional)
    }

    /// Returns the only positional argument and the value of the only keyword. Naming the
    /// positional one raises the interpreter's error for a method without keywords.
    pub(crate) fn one_and(
        &self,
        keywords: &Keywords<'a, 'py>,
        function: &str,
        positional: &CStr,
        keyword: &CStr,
    ) -> PyResult<(Argument<'a, 'py>, Option<Argument<'a, 'py>>)> {
        if keywords.given().any(|(name, _)| is(name, positional)) {
            return Err(
                self.type_error(format_args!("mmap.{function}() takes no keyword arguments"))
            );
        }
        let value = keywords.only(function, keyword)?;
        match (self.get(0), self.count) {
            (Some(argument), 1) => Ok((argument, value)),
            (_, count) => Err(self.type_error(format_args!(
                "mmap.{function}() takes exactly one argument ({count} given)"
            ))),
        }
    }

    /// Returns the value of each name. Any may be given by name, the first `most` of them by
    /// position, too.
    pub(crate) fn by_name<const N: usize>(
        &self,
        keywords: &Keywords<'a, 'py>,
        function: &str,
        names: [&CStr; N],
        most: usize,
    ) -> PyResult<[Option<Argument<'a, 'py>>; N]> {
        self.expect_positional(function, most)?;
        let mut values = std::array::from_fn(|place| self.get(place));
        for (given, value) in keywords.given() {
            let Some(place) = names.iter().position(|name| is(given, name)) else {
                return Err(unexpected(function, given));
            };
            if place < self.count {
                return Err(self.type_error(format_args!(
                    "argument for {function}() given by name ('{}') and position ({})",
                    names[place].to_str().unwrap_or_default(),
                    place + 1
                )));
            }
            values[place] = Some(value);
        }
        Ok(values)
    }
}
