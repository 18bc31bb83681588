//! Memory-mapped files without writing `unsafe`: a map is opened, read,
//! searched, written and resized like any other value, and what goes wrong is
//! an `Err`.
//!
//! Read and search a file, without reading all of it:
//!
//! ```
//! use ironmap::Mmap;
//!
//! let map = Mmap::open("Cargo.toml")?;
//! let at = map.find(b"name = ", ..)?.expect("a manifest has a name");
//! assert_eq!(map.to_vec(at + 8..at + 15)?, b"ironmap");
//! # Ok::<(), ironmap::Error>(())
//! ```
//!
//! Change a file in place, and make it longer:
//!
//! ```
//! use ironmap::{Access, MmapOptions};
//!
//! let file = tempfile::NamedTempFile::new()?;
//! std::fs::write(file.path(), "hello world")?;
//!
//! let mut map = MmapOptions::new().access(Access::Write).open(file.path())?;
//! map.write_at(0, b"HELLO")?;
//! map.resize(12)?;
//! map.set_byte(11, b'!')?;
//! map.flush(..)?;
//! assert_eq!(std::fs::read(file.path())?, b"HELLO world!");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Use it where a file is expected:
//!
//! ```
//! use ironmap::Mmap;
//! use std::io::{Seek, SeekFrom, Write};
//!
//! let mut map = Mmap::anonymous(1 << 20)?;
//! let mut cursor = map.cursor();
//! writeln!(cursor, "first")?;
//! writeln!(cursor, "second")?;
//! cursor.seek(SeekFrom::Start(0))?;
//! let lines = cursor.lines().take(2).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(lines, [&b"first"[..], &b"second"[..]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Why its constructors are safe
//!
//! A mapped file can change under a program: another process writes to it, and
//! no borrow checker sees that. Crates that hand out `&[u8]` must therefore make
//! mapping a file an `unsafe` promise. This one hands out copies. Every load
//! goes through one small module that reads mapped memory by raw pointer, once,
//! into memory of your own; there is no `Deref`, no `Index`, and
//! [`Mmap::as_slice`] is `unsafe` for those who can promise more. `SAFETY.md` in
//! the repository names every invariant, and what remains unproven.
//!
//! # What it survives
//!
//! Another process makes a mapped file shorter: touching a page behind its new end
//! is SIGBUS, which ends a program. Here it is [`ErrorKind::Fault`], a handler for
//! the signal sees to it, and [`Mmap::restore`] goes on with the file as it is.
//! (Windows refuses to make a mapped file shorter.)
//!
//! # What it does not do
//!
//! * It is no lock. Others may write while you read; a copy may then hold some
//!   bytes from before and some from after.
//! * It does not make writes durable or atomic. [`Mmap::flush`] waits for the
//!   file system; a crash in between leaves any mixture of pages.
//! * It has no wish to be small at any price: memory comes in pages, and a file
//!   of ten bytes is better read.
//!
//! Linux, macOS, the BSDs and Windows; tested on Linux, and under Wine.

#[cfg(not(any(unix, windows)))]
compile_error!(
    "ironmap needs mmap(2), or Windows' file mappings: WASI and other systems have neither"
);

mod advice;
mod copy;
mod cursor;
#[cfg(doc)]
pub mod documents;
mod error;
mod fault;
mod file;
mod lines;
mod matches;
mod mmap;
mod options;
mod os;
mod range;
mod region;
mod search;

pub use advice::Advice;
pub use cursor::{Cursor, Lines};
pub use error::{Error, ErrorKind, Fault, FaultReason, Result};
pub use lines::{LineReader, LineWindow};
pub use matches::Matches;
pub use mmap::Mmap;
pub use options::{Access, MmapOptions};
pub use region::Reserved;
pub use search::{Match, Needles};
