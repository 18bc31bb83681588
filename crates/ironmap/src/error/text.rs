//! Words for which there may be no memory.

use std::fmt::{self, Write};

/// As `format!`, with as much of the text as there is memory for.
macro_rules! text {
    ($($argument:tt)*) => {
        $crate::error::formatted(format_args!($($argument)*))
    };
}

pub(crate) fn formatted(text: fmt::Arguments<'_>) -> String {
    let mut written = Growing(String::new());
    // What could not be written is left out.
    let _ = written.write_fmt(text);
    written.0
}

struct Growing(String);

impl Write for Growing {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        self.0.try_reserve(part.len()).map_err(|_| fmt::Error)?;
        self.0.push_str(part);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn text_is_what_format_makes() {
        let (number, path) = (5, std::path::Path::new("a"));
        assert_eq!(
            text!("{number} of {path:?}"),
            format!("{number} of {path:?}")
        );
    }
}
