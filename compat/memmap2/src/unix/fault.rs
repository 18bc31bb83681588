//! The hooks that the fault guard calls in its signal handler.
//!
//! # Safety
//!
//! * H1 (SAFETY.md here): everything in this file runs in a signal handler: it makes system calls
//!   only, reads and writes atomics and memory of its own, allocates nothing, takes no lock and
//!   does not panic.
//! * N1: the memory of a [`Notes`] was mapped by it, and is its own until it is dropped.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use sigbus_guard::GuardedRegion;

use super::text::Text;
use super::{proc, report};
use crate::ironmap::{Fault, OnFault};

/// Runs at a fault of a map whose caller has promised C1, before zeros are mapped. Returns if the
/// process is to go on.
pub(super) fn obey_owner(region: &GuardedRegion, address: usize) {
    const ADVICE: &[u8] = b"; with IRONMAP_ON_FAULT=zeros it reads zeros there";
    meet(
        region,
        address,
        |fault, output| match report::choice_in_handler() {
            OnFault::Zeros => report::record(fault),
            OnFault::Abort => end_process(fault, output, ADVICE),
        },
    );
}

/// Runs at a fault of a map that was made without a promise: zeros would be a change.
pub(super) fn abort(region: &GuardedRegion, address: usize) {
    const REASON: &[u8] =
        b", whatever IRONMAP_ON_FAULT says: the map is one of map_if_safe or map_anon";
    meet(region, address, |fault, output| {
        end_process(fault, output, REASON)
    });
}

/// Describes a fault to the owner's hook, then to `then`, which gets memory for a message.
fn meet(region: &GuardedRegion, address: usize, then: impl FnOnce(&Fault<'_>, &mut [u8])) {
    let mut notes = Notes::map();
    let (input, output) = notes.halves();
    let file = proc::file_at(address, input);
    let fault = Fault {
        path: file.map(|file| Cow::Borrowed(Path::new(OsStr::from_bytes(file.path())))),
        descriptor: region.file.map(|file| file.fd),
        file_offset: region.file_offset + (address - region.start) as u64,
        file_size: report::size_now(region).or_else(|| file?.size()),
    };
    if let Some(hook) = report::hook() {
        hook(&fault);
    }
    then(&fault, output);
}

/// Writes the message, whose second line ends in `why`, and aborts.
fn end_process(fault: &Fault<'_>, output: &mut [u8], why: &[u8]) -> ! {
    let mut small = [0; 300];
    let mut text = Text::new(if output.is_empty() {
        &mut small
    } else {
        output
    });
    text.push(b"memmap2: ");
    push_fault(&mut text, fault);
    text.push(b"\nmemmap2: the process aborts");
    text.push(why);
    text.push(b"\n");
    let text = text.as_bytes();
    // SAFETY: it reads `text`.
    unsafe { libc::write(libc::STDERR_FILENO, text.as_ptr().cast(), text.len()) };
    // SAFETY: POSIX lists abort as safe in a handler.
    unsafe { libc::abort() }
}

/// Writes the words of `Fault`'s `Display`, which must not run here.
pub(super) fn push_fault(text: &mut Text<'_>, fault: &Fault<'_>) {
    text.push(b"cannot access byte ");
    text.push_number(fault.file_offset);
    text.push(b" of ");
    match (&fault.path, fault.descriptor) {
        (Some(path), _) => text.push(path.as_os_str().as_bytes()),
        (None, Some(fd)) => {
            text.push(b"the file mapped by descriptor ");
            text.push_number(fd.unsigned_abs().into());
        }
        (None, None) => text.push(b"memory of huge pages"),
    }
    match fault.file_size {
        Some(size) if fault.is_past_end() => {
            text.push(b": the file has ");
            text.push_number(size);
            text.push(b" bytes now");
        }
        _ => text.push(b": the system cannot provide its page"),
    }
}

/// Memory for the handler's notes: the stack of a signal handler can be too small for a path.
struct Notes {
    start: *mut u8,
}

impl Notes {
    /// Two halves, each of which holds the longest path and a few words.
    const LEN: usize = 16 << 10;

    /// `mmap`; without memory the halves are empty.
    fn map() -> Notes {
        // SAFETY: without an address it replaces nothing.
        let start = unsafe {
            libc::mmap(
                ptr::null_mut(),
                Notes::LEN,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            )
        };
        let start = if start == libc::MAP_FAILED {
            ptr::null_mut()
        } else {
            start.cast()
        };
        Notes { start }
    }

    fn halves(&mut self) -> (&mut [u8], &mut [u8]) {
        if self.start.is_null() {
            return (&mut [], &mut []);
        }
        // SAFETY: N1.
        let all = unsafe { std::slice::from_raw_parts_mut(self.start, Notes::LEN) };
        all.split_at_mut(Notes::LEN / 2)
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        if !self.start.is_null() {
            // SAFETY: N1.
            unsafe { libc::munmap(self.start.cast(), Notes::LEN) };
        }
    }
}
