//! Memory-mapped files without writing `unsafe`.
//!
//! **The promise:** whatever others do to a file while it is mapped, safe code gets
//! its bytes or an [`Error`]. It is never killed because another process made the file
//! shorter, and there is no undefined behaviour because another process wrote to it.
//!
//! **What is not promised,** each with its reason in [Faults](documents::faults), "What cannot
//! be caught":
//!
//! * The bytes between a file's end and the end of its page read as zeros, and no error tells it.
//! * A private map ([`Access::Copy`]) loses its changes past a cut, or all of them at the limit of
//!   mappings.
//! * Memory that was lent by address ([`raw`], [`Mmap::as_ptr`]) reads as zeros where a page is
//!   gone; the next operation tells.
//! * A fault ends the process where the thread blocks SIGBUS, until it calls
//!   [`ensure_fault_guard`];
//! * where a handler that was installed later does not pass SIGBUS on, until that call or the
//!   next map;
//! * where the guard is switched off ([`disable_fault_guard`], `IRONMAP_FAULT_GUARD=0`);
//! * in four combinations at the limits of mappings, address space and memory;
//! * and on Windows in memory that was lent, and on aarch64 ([Platforms](documents::platform)).
//!
//! Read and search a file, without reading all of it:
//!
//! ```
//! use ironmap::Mmap;
//!
//! let map = Mmap::open("Cargo.toml")?;
//! let at = map.find(b"name = ", ..)?.expect("a manifest has a name");
//! assert_eq!(map.to_vec(at + 8..at + 15)?, b"ironmap");
//! assert!(map.count(b"\n", ..)? > 10);
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
//! Go on when the file is cut:
//!
//! ```
//! # #[cfg(unix)] {
//! use ironmap::{FaultReason, MmapOptions};
//!
//! let file = tempfile::tempfile()?;
//! file.set_len(1 << 20)?;
//! let mut map = MmapOptions::new().map(&file)?;
//! file.set_len(0)?; // another process would do it just so
//!
//! let error = map.to_vec(..).unwrap_err(); // and no SIGBUS
//! let fault = error.fault().unwrap();
//! assert_eq!((fault.at, fault.reason), (0, FaultReason::FileTooShort));
//!
//! file.set_len(1 << 20)?;
//! map.restore()?;
//! assert_eq!(map.byte(0)?, 0);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What there is
//!
//! | | |
//! |---|---|
//! | making maps | [`Mmap::open`], [`Mmap::anonymous`]; [`MmapOptions`] for a part of a file, for writing, for copy-on-write; [`reserve_space`](MmapOptions::reserve_space) has a full disk be an error then, and not at a store |
//! | bytes | [`byte`](Mmap::byte), [`read_at`](Mmap::read_at), [`to_vec`](Mmap::to_vec); [`set_byte`](Mmap::set_byte), [`write_at`](Mmap::write_at), [`copy_within`](Mmap::copy_within) |
//! | numbers | [`read_u32_le`](Mmap::read_u32_le), [`write_u32_le`](Mmap::write_u32_le) and their like; [`read_array`](Mmap::read_array) |
//! | searching | [`find`](Mmap::find), [`rfind`](Mmap::rfind), [`count`](Mmap::count), [`find_all`](Mmap::find_all), [`find_iter`](Mmap::find_iter); [`find_any`](Mmap::find_any) of several needles |
//! | lines | [`lines`](Mmap::lines) |
//! | a face of a file | [`reader`](Mmap::reader) and [`cursor`](Mmap::cursor): `Read`, `Write`, `Seek` |
//! | file and map together | [`flush`](Mmap::flush), [`resize`](Mmap::resize), [`resize_reserved`](Mmap::resize_reserved), [`size`](Mmap::size) |
//! | memory shared with others | [`as_atomic_u64`](Mmap::as_atomic_u64) and its like |
//! | what is in memory | [`populate`](Mmap::populate), [`resident`](Mmap::resident), [`lock`](Mmap::lock), [`advise`](Mmap::advise), [`drop_pages`](Mmap::drop_pages), [`protect`](Mmap::protect) |
//! | damage | [`Error::fault`], [`Mmap::damage`], [`Mmap::restore`] |
//! | the guard against SIGBUS | [`fault_guard`], [`ensure_fault_guard`], [`disable_fault_guard`] |
//!
//! A range is any [`RangeBounds<usize>`](std::ops::RangeBounds): `..`, `10..`, `5..=7`.
//! Indexes and lengths are in bytes and count from the start of the map; places in the
//! file are `u64` and called *file offsets*. A call that fails leaves map and file as
//! they were.
//!
//! # Why this crate
//!
//! A mapped file can change under a program: another process writes to it, or cuts it,
//! and no borrow checker sees that. Crates that hand out `&[u8]` must therefore make
//! mapping a file an `unsafe` promise of their users, and nobody can keep it: a program that opens
//! a log of another does not control it. Many therefore read where
//! they would like to map.
//!
//! Here mapping is safe, because safe code gets copies. Every load goes through one small
//! module that reads mapped memory by raw pointer, once, into memory of your own; there
//! is no `Deref` and no `Index`. [`Mmap::as_slice`] is `unsafe`, for those who can
//! promise more; [`Mmap::try_as_slice`] is safe, for memory that nobody else can
//! change. [Safety](documents::safety) names every invariant, and what remains unproven.
//!
//! The copies cost little, because they are of the pieces that you need, and searches
//! make none: `find`, `count` and `lines` run on the mapped bytes, or on windows that stay
//! in the processor's cache, at the speed of memory, backwards as forwards, `count`
//! and `find_all` on all cores. `make bench` in the repository measures every operation
//! beside memmap2, `std::fs`, memchr and ripgrep; its
//! [last record](https://github.com/ironmap/ironmap/blob/main/bench/record/full.md) has
//! the tables.
//!
//! [Compare](documents::compare) has the other libraries, and what they do better.
//!
//! # What it does not do
//!
//! * It is no lock. Others may write while you read; a copy may then hold some
//!   bytes from before and some from after.
//! * It does not make writes durable or atomic. [`Mmap::flush`] waits for the
//!   file system; a crash in between leaves any mixture of pages.
//! * It gives no slices of files without `unsafe`. Code that wants a `&[u8]` of all of a
//!   file, and files that nobody else can reach, are better served by memmap2.
//! * It is not for tiny files: memory comes in pages, and a file of ten bytes is better
//!   read.
//! * It takes a signal. With the first map of a file a handler for SIGBUS is installed;
//!   what is not about maps of this crate is passed on to whoever had the signal before.
//!   [`disable_fault_guard`] leaves the signal alone. [Safety](documents::safety), "Damage",
//!   has the argument. (Not on Windows, which has exceptions instead.)
//!
//! # Platforms, features, dependencies
//!
//! Linux, macOS, the BSDs and Windows; run on Linux x86-64 and i686, and under Wine:
//! [Platforms](documents::platform) says what that means. There are no Cargo features.
//! What only bindings to other languages need is in [`raw`].
//! Rust 1.85 or newer. No type of another crate is in the API; what the crate depends
//! on, and for what, is at the end of [Design](documents::design).
//!
//! The repository has [examples] to copy: `cat`, `wc -l`, `grep -n`, `tail -f`, a queue
//! between two processes, a patcher.
//!
//! [examples]: https://github.com/ironmap/ironmap/tree/main/crates/ironmap/examples

#[cfg(not(any(unix, windows)))]
compile_error!(
    "ironmap needs mmap(2), or Windows' file mappings: WASI and other systems have neither"
);

// First, for its macro.
#[macro_use]
mod error;

mod advice;
mod cursor;
// Their examples are run where they stand: tests/docs.
#[cfg(all(doc, not(doctest)))]
pub mod documents;
mod fault_guard;
mod file;
#[doc(hidden)]
pub mod jobs;
mod lines;
mod matches;
mod mmap;
mod options;
mod os;
mod range;
pub mod raw;
mod region;
mod search;
mod space;
mod volatile;

pub use advice::Advice;
pub use cursor::{Cursor, Lines};
pub use error::{Error, ErrorKind, Fault, FaultReason, Result};
pub use fault_guard::{FaultGuard, disable_fault_guard, ensure_fault_guard, fault_guard};
pub use lines::LineReader;
pub use matches::FindIter;
pub use mmap::Mmap;
pub use options::{Access, MmapOptions};
pub use search::{Match, Needles};
