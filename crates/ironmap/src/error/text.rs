//! Words for which there may be no memory.

use std::fmt::{self, Write};
use std::ops::Deref;

/// As `format!`, with as much of the text as there is memory for.
macro_rules! text {
    ($($argument:tt)*) => {
        $crate::error::Text::new(format_args!($($argument)*))
    };
}

/// A string that ends where there was no memory for the rest.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new(words: fmt::Arguments<'_>) -> Text {
        let mut text = Text::default();
        // What could not be written is left out.
        let _ = text.write_fmt(words);
        text
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
        self.0.push_str(part);
        Ok(())
    }
}

impl Clone for Text {
    fn clone(&self) -> Text {
        text!("{self}")
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_is_what_format_makes() {
        let (number, path) = (5, std::path::Path::new("a"));
        let text = text!("{number} of {path:?}");
        assert_eq!(*text, format!("{number} of {path:?}"));
        assert_eq!(*text.clone(), *text);
    }
}
