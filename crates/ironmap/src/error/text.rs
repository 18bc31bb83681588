//! Text whose allocation may fail.

use std::fmt::{self, Write};
use std::ops::Deref;

/// Formats like `format!`, and cuts the text where there is no memory for the rest.
macro_rules! text {
    ($($argument:tt)*) => {
        $crate::error::Text::new(format_args!($($argument)*))
    };
}

/// A string, cut where there was no memory for the rest.
#[derive(Debug, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn new(words: fmt::Arguments<'_>) -> Text {
        let mut text = Text::default();
        // An error cuts the text.
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

/// Writes like a string's `Debug`, without an allocation.
pub(super) struct Escaped<'a, 'f>(pub(super) &'a mut fmt::Formatter<'f>);

impl Write for Escaped<'_, '_> {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        part.chars().try_for_each(|char| match char {
            // In a string it needs no backslash.
            '\'' => self.0.write_char(char),
            _ => write!(self.0, "{}", char.escape_debug()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_agrees_with_string_debug() {
        struct Quoted(&'static str);

        impl fmt::Debug for Quoted {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("\"")?;
                Escaped(f).write_str(self.0)?;
                f.write_str("\"")
            }
        }
        let words = "it's \"quoted\", \\, \n and ü";
        assert_eq!(format!("{:?}", Quoted(words)), format!("{words:?}"));
    }

    #[test]
    fn text_agrees_with_format() {
        let (number, path) = (5, std::path::Path::new("a"));
        let text = text!("{number} of {path:?}");
        assert_eq!(*text, format!("{number} of {path:?}"));
        assert_eq!(*text.clone(), *text);
    }
}
