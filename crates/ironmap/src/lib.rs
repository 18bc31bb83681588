//! Memory-mapped files without writing `unsafe`.
//!
//! **The promise:** when other processes change a mapped file, safe code gets its bytes or an
//! [`Error`]. A file that becomes shorter does not end the process, and a write by another
//! process is not undefined behaviour. [Limits](#limits) says what is not promised.
//!
//! Read and search a file, without reading all of it:
//!
//! ```
//! use ironmap::Mmap;
//!
//! let map = Mmap::open("Cargo.toml")?;
//! let at = map.find(b"name = ", ..)?.expect("a manifest has a name");
//! let end = map.find(b"\n", at..)?.unwrap_or(map.len());
//! println!("{}", String::from_utf8_lossy(&map.to_vec(at..end)?)); // name = "ironmap"
//! println!("{} lines", map.count(b"\n", ..)?);
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
//! Continue after the file was cut:
//!
//! ```
//! # #[cfg(unix)] {
//! use ironmap::{FaultReason, MmapOptions};
//!
//! let file = tempfile::tempfile()?;
//! file.set_len(1 << 20)?;
//! let mut map = MmapOptions::new().map(&file)?;
//! file.set_len(0)?; // as any other process can
//!
//! let error = map.to_vec(..).unwrap_err(); // not SIGBUS
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
//! # Usage
//!
//! `cargo add ironmap`. Until the first release: `cargo add --path ../ironmap/crates/ironmap`, where
//! `../ironmap` is a clone of the repository. The second and the third example also need
//! `cargo add tempfile`.
//!
//! # Which door is mine
//!
//! | you have | take | `unsafe` |
//! |---|---|---|
//! | single reads, searches, lines | the calls of [`Mmap`] | no |
//! | a loop over many bytes or numbers | [`view`](Mmap::view): a closure reads the bytes in place, and damage is checked once, at its end | no |
//! | code that wants `&[u8]`, and a file that others may change | [`Snapshot`], a copy | no |
//! | code that wants `&[u8]`, and a file that nothing changes | [`assume_stable`](Mmap::assume_stable), or [`as_slice`](Mmap::as_slice) | one promise |
//!
//! [Doors](documents::doors) has three programs, each written in every way.
//! [From memmap2](documents::from_memmap2) lists what replaces each function of memmap2.
//!
//! # Overview
//!
//! | | |
//! |---|---|
//! | making maps | [`Mmap::open`], [`Mmap::open_mut`], [`Mmap::anonymous`]; [`MmapOptions`] for a part of a file, for writing, for copy-on-write; [`reserve_space`](MmapOptions::reserve_space) reports a full disk when mapping, not at a store |
//! | bytes | [`byte`](Mmap::byte), [`read_at`](Mmap::read_at), [`to_vec`](Mmap::to_vec); [`set_byte`](Mmap::set_byte), [`write_at`](Mmap::write_at), [`copy_within`](Mmap::copy_within) |
//! | numbers | [`read_u32_le`](Mmap::read_u32_le), [`write_u32_le`](Mmap::write_u32_le), other widths and byte orders; [`read_array`](Mmap::read_array) |
//! | many of them | [`view`](Mmap::view), [`view_mut`](Mmap::view_mut): access in place from a closure, for sums, parsers and binary searches |
//! | a slice that does not change | [`Snapshot::open`], [`snapshot`](Mmap::snapshot): a copy, or memory that nothing can change |
//! | a slice, with one `unsafe` promise | [`assume_stable`](Mmap::assume_stable), for `Bytes`, fst, object, rkyv, safetensors; [`as_slice`](Mmap::as_slice) |
//! | searching | [`find`](Mmap::find), [`rfind`](Mmap::rfind), [`count`](Mmap::count), [`find_all`](Mmap::find_all), [`find_iter`](Mmap::find_iter); [`find_any`](Mmap::find_any) of several needles |
//! | lines, windows | [`lines`](Mmap::lines); [`windows`](Mmap::windows), which overlap, for code that works on slices |
//! | the file interface | [`reader`](Mmap::reader) and [`cursor`](Mmap::cursor): `Read`, `Write`, `Seek` |
//! | file and map together | [`flush`](Mmap::flush), [`refresh`](Mmap::refresh), [`resize`](Mmap::resize), [`remap`](Mmap::remap), [`resize_reserved`](Mmap::resize_reserved), [`size`](Mmap::size) |
//! | shared memory | [`load_u32`](Mmap::load_u32) of read-only maps; [`as_atomic_u32`](Mmap::as_atomic_u32), with one `unsafe` promise; other widths |
//! | pages in memory | [`populate`](Mmap::populate), [`resident`](Mmap::resident), [`lock`](Mmap::lock), [`advise`](Mmap::advise), [`drop_pages`](Mmap::drop_pages), [`protect`](Mmap::protect); `make_exec` on Unix |
//! | damage | [`Error::fault`], [`Mmap::damage`], [`Mmap::restore`] |
//! | the fault guard (the handler for SIGBUS) | [`fault_guard`], [`ensure_fault_guard`], [`disable_fault_guard`] |
//!
//! A range is any [`RangeBounds<usize>`](std::ops::RangeBounds): `..`, `10..`, `5..=7`.
//! Indexes and lengths are in bytes, counted from the start of the map. Positions in the
//! file are `u64` and called *file offsets*. A call that fails changes neither map nor file, with
//! three exceptions: `resize`, `remap` and `refresh` restore damage before they fail, `view_mut`
//! keeps what it has stored to other pages, and a store of several pages can end halfway if one
//! is lost during the store.
//!
//! # Why this crate
//!
//! Another process can write to a mapped file or cut it, and the borrow checker cannot see that.
//! Crates that return `&[u8]` therefore make mapping `unsafe`: their users must promise that the
//! file does not change. A program that opens the log of another program cannot promise that, so
//! many programs read the file instead of mapping it.
//!
//! Here mapping is safe, because safe code gets copies. One small module makes every load, except
//! those of searches: it reads mapped memory once, by raw pointer, into memory of your own. There
//! is no `Deref` and no `Index`. [`Mmap::as_slice`] is `unsafe`, for callers that can make the
//! promise; [`Mmap::try_as_slice`] is safe, for memory that no other process can change.
//!
//! The copies cost little: they hold only the bytes that you ask for. In a [`view`](Mmap::view)
//! loops over bytes make no copy. `find`, `count` and `lines` search the mapped bytes, or chunks
//! that stay in the processor's cache, at the speed of memory, forwards and backwards; `count` and
//! `find_all` use all cores. `make bench` in the repository measures every operation beside
//! memmap2, `std::fs`, memchr and ripgrep; the
//! [last record](https://github.com/ironmap/ironmap/blob/main/bench/record/full.md) has
//! the tables.
//!
//! # Limits
//!
//! * The bytes between a file's end and the end of its page read as zeros, without an error.
//! * A private map ([`Access::Copy`]) loses its changes past a cut, or all of them at the limit of
//!   mappings.
//! * Memory accessed by address ([`Mmap::as_ptr`], a [`StableMmap`]) reads as zeros where a page is
//!   lost; the next operation returns the error.
//! * A fault ends the process if the thread blocks SIGBUS or a handler that was installed later
//!   does not pass it on, until [`ensure_fault_guard`]; if the fault guard is off
//!   ([`disable_fault_guard`], `IRONMAP_FAULT_GUARD=0`); in four combinations at the limits of
//!   mappings, address space and memory; on Windows in memory accessed by address; and on Windows
//!   for aarch64. [Faults](documents::faults) has each with its reason.
//! * A map is not a lock. Other processes may write while you read; a copy may then hold some
//!   old and some new bytes.
//! * Writes are neither durable nor atomic. [`Mmap::flush`] waits for the file system; after a
//!   crash before that, any of the changed pages may be in the file.
//! * For tiny files reading is cheaper: memory is mapped in whole pages.
//! * The crate installs a handler for SIGBUS when the first file is mapped. Signals that concern no
//!   map of this crate go to the handler that was there before. (Windows has exceptions instead.)
//!
//! # Features
//!
//! * `needles` (default): [`Needles`] and [`find_any`](Mmap::find_any), by the crate aho-corasick.
//!   A clean build without it takes about three fifths of the time.
//! * `stable_deref_trait`: a [`StableMmap`] and a [`Snapshot`] are `StableDeref`.
//!
//! # Platforms and versions
//!
//! Linux, macOS, the BSDs and Windows. The tests run on Linux x86-64 (glibc and musl) and i686, under
//! Wine, and in parts on emulated arm64, s390x, armhf and riscv64; elsewhere the crate is only
//! type-checked ([Platforms]). Rust 1.85 or newer, Linux 3.2 or newer.
//! [Stability](documents::stability) says what a version promises. The API contains no type of
//! another crate.
//!
//! [Safety] names every invariant of the unsafe code, and what is not proven. [Compare] describes
//! other libraries, and what they do better.
//!
//! [Platforms]: https://github.com/ironmap/ironmap/blob/main/PLATFORM.md
//! [Safety]: https://github.com/ironmap/ironmap/blob/main/SAFETY.md
//! [Compare]: https://github.com/ironmap/ironmap/blob/main/COMPARE.md
//!
//! The repository has [examples] to copy: `cat`, `wc -l`, `grep -n`, `tail -f`, a queue
//! between two processes, a patcher.
//!
//! [examples]: https://github.com/ironmap/ironmap/tree/main/crates/ironmap/examples

// Many internal functions are for the bindings alone, whose build lints them.
#![cfg_attr(not(feature = "__bindings"), allow(dead_code, unreachable_pub))]

#[cfg(not(any(unix, windows)))]
compile_error!(
    "ironmap needs mmap(2), or Windows' file mappings: WASI and other systems have neither"
);

// First, so that the other modules have its macro.
#[macro_use]
mod error;

mod advice;
mod cursor;
mod deadline;
// tests/docs runs the examples in these documents.
#[cfg(all(doc, not(doctest)))]
pub mod documents;
mod fault_guard;
mod file;
#[cfg(feature = "__bindings")]
#[doc(hidden)]
pub mod jobs;
mod lines;
mod matches;
mod mmap;
mod options;
mod os;
mod overlaps;
mod range;
#[cfg(feature = "__bindings")]
pub mod raw;
#[cfg(doctest)]
mod refused;
mod region;
mod search;
mod snapshot;
mod space;
mod view;
mod volatile;

pub use advice::Advice;
pub use cursor::{Cursor, Lines};
pub use error::{Error, ErrorKind, Fault, FaultReason, Result};
pub use fault_guard::{FaultGuard, disable_fault_guard, ensure_fault_guard, fault_guard};
pub use lines::LineReader;
pub use matches::FindIter;
pub use mmap::{Mmap, StableMmap};
pub use options::{Access, MmapOptions};
pub use overlaps::Windows;
#[cfg(feature = "needles")]
pub use search::{Match, Needles};
pub use snapshot::Snapshot;
pub use view::{View, ViewBytes, ViewChunks, ViewMut};
