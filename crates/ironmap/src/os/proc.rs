//! Files of `/proc`, read without memory for them.
//!
//! # Safety
//!
//! No call here touches memory of a map. `read` fills a buffer of this file's own.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::fmt::{self, Write};

use super::unix::close;

/// A file name that is made of a number.
pub(super) struct Name {
    bytes: [u8; 64],
    len: usize,
}

impl Name {
    /// The text is shorter than 64 bytes and has no zero.
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

/// Returns what `f` finds in the first line in which it finds anything. A line of more than
/// 4 KiB comes in pieces. None if there is none, or the file cannot be read.
pub(super) fn find_in_lines<T>(path: &CStr, mut f: impl FnMut(&str) -> Option<T>) -> Option<T> {
    let fd = open(path)?;
    let mut buffer = [0; 4096];
    let mut filled = 0;
    let found = loop {
        let Some(count) = read(fd, &mut buffer[filled..]) else {
            break None;
        };
        filled += count;
        let end = match buffer[..filled].iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => newline + 1,
            None if count > 0 && filled < buffer.len() => continue,
            None => filled,
        };
        let lines = buffer[..end].split(|&byte| byte == b'\n');
        let found = lines
            .filter_map(|line| std::str::from_utf8(line).ok())
            .find_map(&mut f);
        if found.is_some() || count == 0 {
            break found;
        }
        buffer.copy_within(end..filled, 0);
        filled -= end;
    };
    // Nothing was written through it.
    let _ = close(fd);
    found
}

/// `open(path, O_RDONLY | O_CLOEXEC)`.
fn open(path: &CStr) -> Option<c_int> {
    // SAFETY: open reads a path that ends with a zero byte.
    again(|| unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) } as isize)
        .and_then(|fd| c_int::try_from(fd).ok())
}

/// `read(fd, buffer)`: how many bytes, 0 at the end.
fn read(fd: c_int, buffer: &mut [u8]) -> Option<usize> {
    // SAFETY: read writes no more than there is room for.
    again(|| unsafe { libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()) })
}

/// Makes a call again that a signal has interrupted; None if it fails.
fn again(mut call: impl FnMut() -> isize) -> Option<usize> {
    loop {
        match usize::try_from(call()) {
            Ok(done) => return Some(done),
            Err(_) if super::replace::last_errno() == libc::EINTR => {}
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn find_in_lines_stops_at_the_first() {
        let mut seen = 0;
        let found = find_in_lines(c"/proc/self/status", |line| {
            seen += 1;
            line.strip_prefix("Umask:").map(str::len)
        });
        assert!(found.is_some_and(|len| len > 1));
        assert_eq!(seen, 2);
    }

    #[test]
    fn find_in_lines_sees_every_line() {
        let mut lines = 0;
        let path = c"/proc/self/smaps";
        let found = find_in_lines(path, |line| {
            lines += usize::from(line.starts_with("VmFlags:"));
            None::<()>
        });
        assert_eq!(found, None);
        assert!(lines > 10);
        assert_eq!(
            find_in_lines(c"/proc/self/no such file", |_| Some(())),
            None
        );
    }

    #[test]
    fn name_ends_with_a_zero() {
        assert_eq!(Name::new(format_args!("fd/{}", 12)).as_c_str(), c"fd/12");
    }
}
