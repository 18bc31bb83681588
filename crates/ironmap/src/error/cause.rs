//! The contents of an error, and its text.

use std::fmt;

use super::system::SystemText;
use super::{Fault, Text};

/// One variant for each message.
#[derive(Clone, Debug)]
pub(crate) enum Cause {
    OutOfBounds {
        place: Place,
        /// "map" or "view".
        of: &'static str,
        len: usize,
    },
    // Not made on Windows.
    #[cfg_attr(windows, allow(dead_code))]
    EmptyFile {
        errno: i32,
    },
    OffsetPastEnd {
        file_offset: u64,
        size: u64,
    },
    LengthPastEnd {
        file_offset: u64,
        len: usize,
        size: u64,
    },
    TooLarge {
        bytes: u64,
    },
    Changed {
        from: u64,
        to: u64,
    },
    NotReadable,
    NotWritable,
    NotResizable,
    Untracked,
    // Not made on Windows, which grows memory by copying.
    #[cfg_attr(windows, allow(dead_code))]
    SharedAnonymousGrowth {
        from: usize,
        to: usize,
    },
    FixedAddress {
        flags: i32,
    },
    OutOfMemory {
        bytes: usize,
    },
    InvalidInput(Text),
    Fault(Fault),
    FaultGuard(Text),
    Unsupported {
        what: &'static str,
    },
    Os {
        what: Text,
        errno: i32,
    },
}

/// The place that is not inside the map.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    Byte(usize),
    Range {
        start: usize,
        end: usize,
    },
    Stride {
        start: usize,
        step: isize,
        count: usize,
    },
    Position(usize),
}

const EMPTY_FILE: &str = "cannot map an empty or virtual file (/proc, /sys)";
const NOT_RESIZABLE: &str = "read-only maps and private maps of files cannot be resized";
const UNTRACKED: &str = "the map was made with track_file(false), so it has no file for this";

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::OutOfBounds { place, of, len } => {
                write!(f, "{place} is out of bounds of a {of} of {len} bytes")
            }
            Cause::EmptyFile { errno } => {
                write!(f, "{EMPTY_FILE}: {}", SystemText(*errno))
            }
            Cause::OffsetPastEnd { file_offset, size } => {
                write!(
                    f,
                    "file offset {file_offset} is not inside a file of {size} bytes"
                )
            }
            Cause::LengthPastEnd {
                file_offset,
                len,
                size,
            } => write!(
                f,
                "{len} bytes at file offset {file_offset} reach past the end of a file of {size} bytes"
            ),
            Cause::TooLarge { bytes } => {
                write!(f, "{bytes} bytes are more than an address space can hold")
            }
            Cause::Changed { from, to } => {
                write!(f, "the file of {from} bytes changed, and has {to} now")
            }
            Cause::NotReadable => write!(f, "the map's protection forbids reading"),
            Cause::NotWritable => write!(f, "the map's protection forbids writing"),
            Cause::NotResizable => f.write_str(NOT_RESIZABLE),
            Cause::Untracked => f.write_str(UNTRACKED),
            Cause::SharedAnonymousGrowth { from, to } => {
                write!(
                    f,
                    "shared anonymous memory cannot grow (from {from} to {to} bytes)"
                )
            }
            Cause::FixedAddress { flags } => {
                write!(
                    f,
                    "flags {flags:#x} request a fixed address, which is not allowed"
                )
            }
            Cause::OutOfMemory { bytes } => write!(f, "no memory for {bytes} bytes"),
            Cause::InvalidInput(message) => f.write_str(message),
            Cause::Fault(fault) => fault.fmt(f),
            Cause::FaultGuard(why) => write!(f, "the fault guard {why}"),
            Cause::Unsupported { what } => write!(f, "this system has no {what}"),
            // There was no memory for the text.
            Cause::Os { what, errno } if what.is_empty() => {
                write!(f, "a system call failed: {}", SystemText(*errno))
            }
            Cause::Os { what, errno } => {
                write!(f, "{what} failed: {}", SystemText(*errno))
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Byte(at) => write!(f, "byte {at}"),
            Place::Range { start, end } => write!(f, "range {start}..{end}"),
            Place::Stride { start, step, count } => {
                write!(f, "a stride of {count} bytes from {start} by {step}")
            }
            Place::Position(at) => write!(f, "position {at}"),
        }
    }
}
