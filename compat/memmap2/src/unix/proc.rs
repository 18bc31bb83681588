//! The file at an address, from `/proc`: for a signal handler.
//!
//! # Safety
//!
//! * H1 (SAFETY.md here): only `open`, `read`, `close` and `stat` are called, with memory of the
//!   caller.
#![allow(unsafe_code)]

use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;

// As in `sys.rs`.
#[cfg(not(any(all(target_os = "linux", target_env = "gnu"), target_os = "android")))]
use libc::stat;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "android"))]
use libc::stat64 as stat;

/// The longest line that is understood: a path, and the numbers before it.
const LINE: usize = libc::PATH_MAX as usize + 128;

/// A mapped file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MappedFile<'a> {
    path: &'a CStr,
    inode: u64,
}

impl<'a> MappedFile<'a> {
    /// Returns the path, which " (deleted)" follows if the file has none any more.
    pub(super) fn path(&self) -> &'a [u8] {
        self.path.to_bytes()
    }

    /// `stat`: returns the size of the file that has the path now, if it is the mapped one.
    pub(super) fn size(&self) -> Option<u64> {
        let mut status = MaybeUninit::<stat>::uninit();
        // SAFETY: a C string, and room for a `stat`.
        if unsafe { stat(self.path.as_ptr(), status.as_mut_ptr()) } != 0 {
            return None;
        }
        // SAFETY: stat has succeeded and so has filled it in.
        let status = unsafe { status.assume_init() };
        let inode: u64 = status.st_ino as _;
        (inode == self.inode).then_some(status.st_size as u64)
    }
}

/// Returns the file that is mapped at an address. `memory` is for the text, and holds the path.
pub(super) fn file_at(address: usize, memory: &mut [u8]) -> Option<MappedFile<'_>> {
    let (line, input) = memory.split_at_mut_checked(LINE)?;
    let maps = Descriptor::open(c"/proc/thread-self/maps")?;
    let mut len = 0;
    loop {
        let count = maps.read(input)?;
        for &byte in input.get(..count)? {
            if byte != b'\n' {
                if let Some(place) = line.get_mut(len) {
                    *place = byte;
                    len += 1;
                }
                continue;
            }
            if is_at(line.get(..len)?, address) {
                return parse(line, len);
            }
            len = 0;
        }
    }
}

/// Returns whether a line of `maps` is about an address.
fn is_at(line: &[u8], address: usize) -> bool {
    let (start, rest) = number(line, 16);
    let (end, _) = number(rest.get(1..).unwrap_or_default(), 16);
    (start..end).contains(&(address as u64))
}

/// Returns the file of a line, which has `len` bytes and room for one more.
fn parse(line: &mut [u8], len: usize) -> Option<MappedFile<'_>> {
    *line.get_mut(len)? = 0;
    let mut rest = line.get(..=len)?;
    // The addresses, the protection, the offset and the device.
    for _ in 0..4 {
        let space = rest.iter().position(|&byte| byte == b' ')?;
        rest = rest.get(space + 1..)?;
    }
    let (inode, rest) = number(rest, 10);
    let path = CStr::from_bytes_until_nul(rest.trim_ascii_start()).ok()?;
    path.to_bytes()
        .starts_with(b"/")
        .then_some(MappedFile { path, inode })
}

/// Returns the number that a text begins with, and the rest of the text.
fn number(text: &[u8], base: u32) -> (u64, &[u8]) {
    let (mut value, mut rest) = (0u64, text);
    while let [first, after @ ..] = rest {
        let Some(digit) = char::from(*first).to_digit(base) else {
            break;
        };
        value = value.wrapping_mul(base.into()).wrapping_add(digit.into());
        rest = after;
    }
    (value, rest)
}

/// A descriptor; closed on drop.
struct Descriptor(c_int);

impl Descriptor {
    fn open(path: &CStr) -> Option<Descriptor> {
        // SAFETY: a C string.
        let fd = unsafe { libc::open(path.as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC) };
        (fd != -1).then_some(Descriptor(fd))
    }

    /// `read`; `None` at the end and after a failure.
    fn read(&self, memory: &mut [u8]) -> Option<usize> {
        // SAFETY: it writes to `memory`.
        let count = unsafe { libc::read(self.0, memory.as_mut_ptr().cast(), memory.len()) };
        usize::try_from(count).ok().filter(|&count| count > 0)
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: it is this value's alone.
        unsafe { libc::close(self.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE_OF_FILE: &[u8] = b"7f00-8f00 r--s 00001000 08:01 1234       /a b (deleted)";

    fn parsed(text: &[u8]) -> Option<(Vec<u8>, u64)> {
        let mut line = [text, b"\0"].concat();
        let file = parse(&mut line, text.len())?;
        Some((file.path.to_bytes().to_vec(), file.inode))
    }

    #[test]
    fn is_at_compares_addresses() {
        assert!(!is_at(LINE_OF_FILE, 0x7eff));
        assert!(is_at(LINE_OF_FILE, 0x7f00));
        assert!(is_at(LINE_OF_FILE, 0x8eff));
        assert!(!is_at(LINE_OF_FILE, 0x8f00));
        assert!(!is_at(b"", 0));
        assert!(!is_at(b"7f00", 0x7f00));
    }

    #[test]
    fn parse_finds_path_and_inode() {
        assert_eq!(
            parsed(LINE_OF_FILE),
            Some((b"/a b (deleted)".to_vec(), 1234))
        );
        assert_eq!(parsed(b"7f00-8f00 rw-p 00000000 00:00 0 "), None);
        assert_eq!(parsed(b"7f00-8f00 rw-p 00000000 00:00 0    [heap]"), None);
        assert_eq!(parsed(b"7f00-8f00 rw-p"), None);
    }

    #[test]
    fn file_at_finds_this_program() {
        let mut memory = vec![0; 8 << 10];
        let file = file_at(is_at as *const () as usize, &mut memory).unwrap();
        let program = std::env::current_exe().unwrap();
        assert_eq!(file.path.to_bytes(), program.as_os_str().as_encoded_bytes());
        assert_eq!(file.size(), Some(program.metadata().unwrap().len()));
        let local = 0;
        let stack = &raw const local;
        assert_eq!(file_at(stack as usize, &mut memory), None);
        assert_eq!(file_at(stack as usize, &mut []), None);
    }
}
