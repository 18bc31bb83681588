//! Operations for bindings: on their memory, on addresses, and by raw flags.
//!
//! # Safety
//!
//! Each function only passes its caller's promise to the region.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;
#[cfg(unix)]
use std::ops::RangeBounds;

use super::Mmap;
use crate::error::Result;
#[cfg(unix)]
use crate::error::{Cause, Error};
#[cfg(unix)]
use crate::os::RawFile;
#[cfg(unix)]
use crate::range;
use crate::region::Reserved;

pub(super) mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Mmap {}
}

/// Methods of [`Mmap`] that only bindings to other languages need: on memory that no slice may
/// refer to, strides, addresses that outlive the map, and the system's own calls.
pub trait MmapExt: sealed::Sealed {
    /// Copies the `count` bytes from index `at` on to `into`, which may overlap them.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`: nothing is copied.
    /// [`Fault`](crate::ErrorKind::Fault): the contents of the memory are unspecified.
    ///
    /// # Safety
    ///
    /// `count` bytes from `into` are writable, and no reference to them exists
    /// (such as [`try_as_slice`](Mmap::try_as_slice) returns). They may belong to this map, and
    /// other code may read them and write to them.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut bytes = [0; 9];
    /// // SAFETY: there is room for nine bytes.
    /// unsafe { map.read_to_ptr(0, bytes.as_mut_ptr(), 9)? };
    /// assert_eq!(&bytes, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn read_to_ptr(&self, at: usize, into: *mut u8, count: usize) -> Result<()>;

    /// Writes `count` bytes from `from` to index `at`, which may overlap them.
    ///
    /// # Errors
    ///
    /// Those of [`write_at`](Mmap::write_at): `OutOfBounds`, `NotWritable`, `Fault`.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may belong to this map, and other code may
    /// write to them; the copied values are then unspecified.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let mut map = ironmap::Mmap::anonymous(10)?;
    /// let bytes = b"hello";
    /// // SAFETY: five bytes can be read there.
    /// unsafe { map.write_from_ptr(5, bytes.as_ptr(), 5)? };
    /// assert_eq!(map.to_vec(5..)?, bytes);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn write_from_ptr(&mut self, at: usize, from: *const u8, count: usize) -> Result<()>;

    /// Writes `count` bytes from `from` to the indexes `start`, `start + step`, and so on, which
    /// may overlap them. The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if one of the indexes is, `NotWritable`,
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if the source overlaps the
    /// map and there is no room to copy it: the map stays as it was. `Fault` as for
    /// [`write_at`](Mmap::write_at), and if a page between two of the indexes is damaged.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may belong to this map, and other code may
    /// write to them; the copied values are then unspecified.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let mut map = ironmap::Mmap::anonymous(6)?;
    /// let bytes = b"abc";
    /// // SAFETY: three bytes can be read there.
    /// unsafe { map.write_strided_from_ptr(4, -2, bytes.as_ptr(), 3)? };
    /// assert_eq!(map.to_vec(..)?, b"c\0b\0a\0");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    unsafe fn write_strided_from_ptr(
        &mut self,
        start: usize,
        step: isize,
        from: *const u8,
        count: usize,
    ) -> Result<()>;

    /// Fills uninitialised memory with the bytes at the indexes `start`, `start + step`, and so on.
    ///
    /// After `Ok` all of `into` is initialised. The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if one of the indexes is, `NotReadable`: `into` stays as
    /// it was. `Fault`: the contents of `into` are unspecified.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    /// use std::mem::MaybeUninit;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let mut bytes = [MaybeUninit::uninit(); 3];
    /// map.read_strided(7, -3, &mut bytes)?;
    /// // SAFETY: initialised, after Ok.
    /// assert_eq!(bytes.map(|byte| unsafe { byte.assume_init() }), *b"ekp");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn read_strided(&self, start: usize, step: isize, into: &mut [MaybeUninit<u8>]) -> Result<()>;

    /// Writes `bytes` to the indexes `start`, `start + step`, and so on, in this order.
    ///
    /// The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if one of the indexes is, `NotWritable`: the map stays as it was.
    /// `Fault` as for [`write_at`](Mmap::write_at), and if a page between two of the indexes
    /// is damaged.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let mut map = ironmap::Mmap::anonymous(5)?;
    /// map.write_strided(0, 2, b"abc")?;
    /// assert_eq!(map.to_vec(..)?, b"a\0b\0c");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn write_strided(&mut self, start: usize, step: isize, bytes: &[u8]) -> Result<()>;

    /// Returns the byte at index `at`. Returns `None` if the map [needs
    /// attention](MmapExt::needs_attention), or if the index is out of bounds or not readable:
    /// [`byte`](Mmap::byte) tells these apart, and takes a little longer.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let map = ironmap::Mmap::anonymous(10)?;
    /// assert_eq!(map.try_byte(9), Some(0));
    /// assert_eq!(map.try_byte(10), None);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn try_byte(&self, at: usize) -> Option<u8>;

    /// Returns the address of the first byte, for foreign code that may use it after the map
    /// was resized or [retired](MmapExt::retire).
    ///
    /// From then on `resize` keeps every address that the map has had reserved: addresses that
    /// no longer show the file read as zeros. The conditions for a store through the address are
    /// those of [`as_mut_ptr`](Mmap::as_mut_ptr). Dropping the map frees all addresses.
    ///
    /// No system call. A `resize` that lengthens the map after a shorter one reuses
    /// the addresses behind it. One that must move the map makes a new mapping, which
    /// takes longer, copies memory that has no file, and reserves as many bytes behind it.
    /// The oldest addresses are freed above 1 TiB of them (64 MiB on 32-bit systems), above 64
    /// ranges of a map, or above 16,384 ranges of all maps; all are freed if a resize would
    /// otherwise find no room. If there is no memory to remember them, they stay reserved for
    /// the life of the process. On Windows they are freed at once.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let mut map = ironmap::Mmap::anonymous(1000)?;
    /// let address = map.lend_address();
    /// map.resize(1 << 20)?;
    /// # #[cfg(unix)]
    /// // SAFETY: the map's, or reserved; no code stores to it.
    /// assert_eq!(unsafe { address.read_volatile() }, 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn lend_address(&self) -> *mut u8;

    /// Makes the map empty, and keeps its lent addresses [reserved](MmapExt::reserved): they read
    /// as zeros until the map is dropped.
    ///
    /// `mmap` with `MAP_FIXED` if an address was [lent](MmapExt::lend_address), else
    /// `munmap`. The file is always closed at once. If the system has no
    /// room for writable zeros (`RLIMIT_DATA`, strict overcommit), a store
    /// there is SIGSEGV; if it has no room at all, and on Windows, the addresses are
    /// freed at once.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use ironmap::{FaultReason, Mmap, raw::MmapExt};
    ///
    /// let mut map = Mmap::anonymous(5000)?;
    /// map.write_at(0, b"hello")?;
    /// let address = map.lend_address();
    /// map.retire();
    /// assert!(map.is_empty() && map.reserved().first_use().is_none());
    /// // SAFETY: reserved, and no code stores to it.
    /// assert_eq!(unsafe { address.read_volatile() }, 0);
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(map.reserved().first_use().unwrap().reason, FaultReason::Unmapped);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn retire(&mut self);

    /// Does [`refresh`](Mmap::refresh) if the map becomes no shorter and can stay at its address:
    /// for a map whose address is in use. Returns whether it has.
    ///
    /// # Errors
    ///
    /// Those of [`refresh`](Mmap::refresh).
    ///
    /// ```
    /// use std::io::Write;
    /// use ironmap::{Mmap, raw::MmapExt};
    ///
    /// let mut log = tempfile::NamedTempFile::new()?;
    /// log.write_all(b"first line\n")?;
    /// let mut map = Mmap::open(log.path())?;
    /// log.write_all(b"second line\n")?;
    /// // Into the same page. On Windows a map cannot grow in place.
    /// assert_eq!(map.refresh_in_place()?, cfg!(unix));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    fn refresh_in_place(&mut self) -> Result<bool>;

    /// Returns whether the map is private only because the system refused a shared one:
    /// [`shared_or_private`](crate::raw::MmapOptionsExt::shared_or_private).
    ///
    /// ```
    /// use ironmap::{Mmap, raw::MmapExt};
    /// assert!(!Mmap::anonymous(10)?.stands_in_for_shared());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn stands_in_for_shared(&self) -> bool;

    /// Returns the lent addresses that a resize or [`retire`](MmapExt::retire) has left behind.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    /// assert!(ironmap::Mmap::anonymous(10)?.reserved().is_empty());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn reserved(&self) -> &Reserved;

    /// Returns whether the map is damaged, or this process has not used it yet: then
    /// [`check_guard`](MmapExt::check_guard) must come first. One load, for a check before each
    /// operation.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// map.check_guard();
    /// assert!(!map.needs_attention());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn needs_attention(&self) -> bool;

    /// Reinstalls the fault guard if it is not in place and this process has not used the map
    /// yet. Another handler may have been installed since the map was made, or in a forked child.
    /// (The crate's own operations do this too, but after their first access.)
    ///
    /// `sigaction`.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// ironmap::Mmap::open("Cargo.toml")?.check_guard();
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn check_guard(&self);

    /// Returns the descriptor that the map keeps of its file.
    ///
    /// The map owns it. It shares its position with the descriptor that the file was
    /// mapped from. Closing it makes [`size`](Mmap::size) and
    /// [`resize`](Mmap::resize) fail.
    ///
    /// `fstat`, to check that it still is the file's. Unix.
    ///
    /// # Errors
    ///
    /// [`Untracked`](crate::ErrorKind::Untracked) if the map keeps none, as for
    /// anonymous memory; [`Os`](crate::ErrorKind::Os) with `EBADF` if other code in
    /// this process closed it or replaced its file.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.kept_descriptor()? > 2);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    fn kept_descriptor(&self) -> Result<RawFile>;

    /// Returns a descriptor of the file with its position at `position`, in bytes, for code that
    /// reads on from there: a child's standard input, for example.
    ///
    /// The map owns it, and it is not the [kept](MmapExt::kept_descriptor) one, so the
    /// position of the file that was mapped does not move. Each call returns the same
    /// number and opens the file again under it, so a child with the descriptor of an
    /// earlier call keeps its position. While the file is locked, it is not
    /// opened again, because closing the earlier descriptor would release the lock (`flock`,
    /// `lockf`); the call then only sets the position.
    ///
    /// `open("/proc/thread-self/fd/N")`, then `lseek`; from the second call on
    /// `fcntl(F_OFD_GETLK)`, `/proc/thread-self/fdinfo/N` and `dup3`. Without `/proc`, and
    /// on systems other than Linux, returns the kept one if its position is `position`. Unix.
    ///
    /// # Errors
    ///
    /// Those of [`kept_descriptor`](MmapExt::kept_descriptor), also about this descriptor;
    /// [`Os`](crate::ErrorKind::Os) if the file cannot be opened again (`EMFILE`);
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if the system has no such descriptor.
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// use ironmap::raw::MmapExt;
    ///
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// assert_eq!(map.descriptor_at(9)?, map.descriptor_at(0)?);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    fn descriptor_at(&self, position: u64) -> Result<RawFile>;

    /// Calls `msync(2)` on a range with `MS_*` flags. Unix.
    ///
    /// It makes the call for every kind of map, and does not round: a
    /// range that does not begin on a page is `EINVAL`. If the map begins inside
    /// a page, index 0 includes the start of that page. No call for an empty map.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, [`Os`](crate::ErrorKind::Os).
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// const MS_ASYNC: i32 = 1; // of libc
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// map.flush_raw(MS_ASYNC, ..)?;
    /// assert_eq!(map.flush_raw(MS_ASYNC, 1..).unwrap_err().raw_os_error(), Some(22));
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    fn flush_raw(&self, flags: i32, range: impl RangeBounds<usize>) -> Result<()>;

    /// Calls `madvise(2)` on a range with a `MADV_*` number. Unix.
    ///
    /// Some advice changes or discards bytes, hence `&mut self`. The range is not
    /// rounded: one that does not begin on a page is `EINVAL`. If the map
    /// begins inside a page, index 0 includes the start of that page. No call for an empty map.
    ///
    /// A forked child does not have pages advised `MADV_DONTFORK`: an access there is a
    /// [`Fault`](crate::ErrorKind::Fault) with the reason
    /// [`LeftBehind`](crate::FaultReason::LeftBehind), a pointer into them reads
    /// zeros, and [`restore`](Mmap::restore) and [`resize`](Mmap::resize) fail. A `resize`
    /// that makes a new mapping loses the advice.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, [`Os`](crate::ErrorKind::Os). `MADV_GUARD_INSTALL` is
    /// refused with `EINVAL`: the next access would kill the process.
    ///
    /// # Safety
    ///
    /// After the call the bytes must be accessible as before, as long as the map
    /// exists. Advice that poisons pages (`MADV_HWPOISON`, `MADV_SOFT_OFFLINE`) breaks
    /// this; advice of later systems may. Advice that lets pages lose their bytes
    /// later (`MADV_FREE`) is allowed: afterwards
    /// [`try_as_slice`](Mmap::try_as_slice) returns `None`.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// const MADV_DONTNEED: i32 = 4; // of libc
    /// let mut map = ironmap::Mmap::anonymous(1000)?;
    /// map.write_at(0, b"temporary")?;
    /// // SAFETY: the pages stay accessible.
    /// unsafe { map.advise_raw(MADV_DONTNEED, ..)? };
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(map.byte(0)?, 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    unsafe fn advise_raw(&mut self, advice: i32, range: impl RangeBounds<usize>) -> Result<()>;
}

impl MmapExt for Mmap {
    unsafe fn read_to_ptr(&self, at: usize, into: *mut u8, count: usize) -> Result<()> {
        // SAFETY: the caller's promise is the one that the region needs.
        unsafe { self.region.read_to_ptr(at, into, count) }
    }

    #[inline]
    unsafe fn write_from_ptr(&mut self, at: usize, from: *const u8, count: usize) -> Result<()> {
        // SAFETY: the caller's promise is the one that the region needs.
        unsafe { self.region.write_from_ptr(at, from, count) }
    }

    unsafe fn write_strided_from_ptr(
        &mut self,
        start: usize,
        step: isize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        // SAFETY: the caller's promise is the one that the region needs.
        unsafe { self.region.scatter_from_ptr(start, step, from, count) }
    }

    fn read_strided(&self, start: usize, step: isize, into: &mut [MaybeUninit<u8>]) -> Result<()> {
        self.region.gather(start, step, into)
    }

    fn write_strided(&mut self, start: usize, step: isize, bytes: &[u8]) -> Result<()> {
        self.region.scatter(start, step, bytes)
    }

    #[inline(always)]
    fn try_byte(&self, at: usize) -> Option<u8> {
        self.region.try_byte(at)
    }

    #[inline]
    fn lend_address(&self) -> *mut u8 {
        self.region.lend_address()
    }

    fn retire(&mut self) {
        self.unmap();
    }

    fn refresh_in_place(&mut self) -> Result<bool> {
        self.refresh_if_in_place()
    }

    fn stands_in_for_shared(&self) -> bool {
        self.region.layout().stands_in()
    }

    fn reserved(&self) -> &Reserved {
        self.region.quarantine()
    }

    #[inline]
    fn needs_attention(&self) -> bool {
        self.region.needs_attention()
    }

    fn check_guard(&self) {
        self.region.check_guard();
    }

    #[cfg(unix)]
    fn kept_descriptor(&self) -> Result<RawFile> {
        let file = self.file.as_ref();
        file.ok_or_else(|| Error::new(Cause::Untracked))?.checked()
    }

    #[cfg(unix)]
    fn descriptor_at(&self, position: u64) -> Result<RawFile> {
        let file = self.file.as_ref();
        file.ok_or_else(|| Error::new(Cause::Untracked))?
            .descriptor_at(position)
    }

    #[cfg(unix)]
    fn flush_raw(&self, flags: i32, range: impl RangeBounds<usize>) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        self.region.sync(range, flags)
    }

    #[cfg(unix)]
    unsafe fn advise_raw(&mut self, advice: i32, range: impl RangeBounds<usize>) -> Result<()> {
        let range = range::resolve(range, self.len())?;
        // SAFETY: the caller's promise is the one that the region needs.
        unsafe { self.region.advise_raw(range, advice) }
    }
}
