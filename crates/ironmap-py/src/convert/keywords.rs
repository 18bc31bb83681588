//! Arguments that may be given by place or by name.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::{Argument, Arguments, Keywords, unexpected};
use crate::error::{Fallible, OrRaise, Raised};

impl<'a, 'py> Arguments<'a, 'py> {
    /// The one positional argument and the value of the one keyword, refused as the
    /// interpreter does for a method that takes one argument and no keywords.
    pub(crate) fn one_and(
        &self,
        keywords: &Keywords<'a, 'py>,
        function: &str,
        keyword: &str,
    ) -> Fallible<(Argument<'a, 'py>, Option<Argument<'a, 'py>>)> {
        for name in keywords.names.iter().flat_map(|names| names.iter()) {
            if !name.eq(keyword).or_raise(self.py)? {
                let text = format!("mmap.{function}() takes no keyword arguments");
                return Err(Raised::new(self.py, PyTypeError::new_err(text)));
            }
        }
        match (self.get(0), self.count) {
            (Some(argument), 1) => Ok((argument, keywords.values.get(0))),
            (_, count) => {
                let text = format!("mmap.{function}() takes exactly one argument ({count} given)");
                Err(Raised::new(self.py, PyTypeError::new_err(text)))
            }
        }
    }

    /// The value of each of the names, given by place or by name.
    pub(crate) fn by_name<const N: usize>(
        &self,
        keywords: &Keywords<'a, 'py>,
        function: &str,
        names: [&str; N],
    ) -> Fallible<[Option<Argument<'a, 'py>>; N]> {
        self.expect_positional(function, N)?;
        let mut values = std::array::from_fn(|place| self.get(place));
        let given = keywords.names.iter().flat_map(|names| names.iter());
        for (number, given) in given.enumerate() {
            let mut place = None;
            for (i, name) in names.iter().enumerate() {
                if given.eq(name).or_raise(self.py)? {
                    place = Some(i);
                }
            }
            let Some(place) = place else {
                return Err(unexpected(self.py, function, &given));
            };
            if place < self.count {
                let text = format!(
                    "argument for {function}() given by name ('{}') and position ({})",
                    names[place],
                    place + 1
                );
                return Err(Raised::new(self.py, PyTypeError::new_err(text)));
            }
            values[place] = keywords.values.get(number);
        }
        Ok(values)
    }
}
