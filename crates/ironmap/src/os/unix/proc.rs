//! Files of `/proc`, read without an allocation.

use std::ffi::CStr;
use std::fmt::{self, Write};
use std::fs::File;
use std::io::{ErrorKind, Read};

/// A file name that contains a number: shorter than 64 bytes, and without a zero.
pub(super) struct Name {
    bytes: [u8; 64],
    len: usize,
}

impl Name {
    pub(super) fn new(text: fmt::Arguments<'_>) -> Name {
        let mut name = Name {
            bytes: [0; 64],
            len: 0,
        };
        name.write_fmt(text).expect("a short name");
        name
    }

    pub(super) fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).expect("there is room for the zero")
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).expect("it is made of text")
    }
}

impl Write for Name {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.len + part.len();
        // The last byte stays zero.
        let room = self.bytes[..63].get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(part.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// Returns the first result of `f`, called with the first 256 bytes of each line. `None` if there
/// is none, or the file cannot be read.
pub(super) fn find_in_lines<T>(path: &str, mut f: impl FnMut(&[u8]) -> Option<T>) -> Option<T> {
    // std copies a long name only.
    let mut file = File::open(path).ok()?;
    let (mut buffer, mut line) = ([0; 4000], Line::new());
    loop {
        let bytes = match file.read(&mut buffer) {
            Ok(count @ 1..) => &buffer[..count],
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => return None,
        };
        for &byte in bytes {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            if let found @ Some(_) = f(line.bytes()) {
                return found;
            }
            line = Line::new();
        }
    }
}

/// The beginning of a line. All that is searched for fits; the name of a file may not.
struct Line {
    start: [u8; 256],
    len: usize,
}

impl Line {
    fn new() -> Line {
        Line {
            start: [0; 256],
            len: 0,
        }
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.start.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }

    fn bytes(&self) -> &[u8] {
        &self.start[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_in_lines_stops_at_the_first() {
        let mut seen = 0;
        let found = find_in_lines("/proc/self/status", |line| {
            seen += 1;
            line.strip_prefix(b"Umask:").map(<[u8]>::len)
        });
        assert!(found.is_some_and(|len| len > 1));
        assert_eq!(seen, 2);
    }

    #[test]
    fn find_in_lines_without_a_file_finds_nothing() {
        assert_eq!(find_in_lines("/proc/no such file", |_| Some(())), None);
        assert_eq!(find_in_lines("/proc/self/status", |_| None::<()>), None);
    }

    #[test]
    fn name_ends_with_a_zero() {
        let name = Name::new(format_args!("fd/{}", 12));
        assert_eq!((name.as_str(), name.as_c_str()), ("fd/12", c"fd/12"));
    }
}
