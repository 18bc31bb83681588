//! What bindings need of a map: addresses of theirs, and the system's own calls.
//!
//! # Safety
//!
//! Only what is handed on is unsafe here: each function passes its caller's
//! promise to the region.

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

mod sealed {
    pub trait Sealed {}

    impl Sealed for super::Mmap {}
}

/// What bindings to other languages need of a [`Mmap`]: memory that no slice may
/// stand for, strides, addresses that outlive the map, and the system's own calls.
pub trait MmapExt: sealed::Sealed {
    /// Copies the `count` bytes from `at` on to `into`, as if they were copied
    /// elsewhere first.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotReadable`; nothing is copied then.
    /// [`Fault`](crate::ErrorKind::Fault); the memory then holds anything.
    ///
    /// # Safety
    ///
    /// `count` bytes from `into` are writable, and nobody holds a reference to them
    /// (as [`try_as_slice`](Mmap::try_as_slice) gives). They may be this map's own, and
    /// others may read them and write to them.
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

    /// Writes `count` bytes from `from` to `at` on, as if they were copied
    /// first.
    ///
    /// # Errors
    ///
    /// `OutOfBounds`, `NotWritable`, `Fault`: as [`write_at`](Mmap::write_at).
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may be this map's own, and
    /// others may write to them; which bytes arrive is then open.
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

    /// Writes `count` bytes from `from` to `start`, `start + step`, and so on,
    /// as if they were copied first. The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if any of the places is, `NotWritable`,
    /// [`OutOfMemory`](crate::ErrorKind::OutOfMemory) if they overlap with the
    /// map and there is no room to copy them; the map is then as it was. `Fault`, as
    /// [`write_at`](Mmap::write_at), and if a page between two of the places is damaged.
    ///
    /// # Safety
    ///
    /// `count` bytes from `from` are readable. They may be this map's own, and
    /// others may write to them; which bytes arrive is then open.
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

    /// Fills `into`, which need not be initialised, with the bytes at `start`,
    /// `start + step`, and so on.
    ///
    /// After `Ok` all of it is. The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if any of the bytes is, `NotReadable`; `into` is then as
    /// it was. `Fault`; `into` then holds anything.
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

    /// Writes `bytes` to `start`, `start + step`, and so on, in this order.
    ///
    /// The step may be negative or 0.
    ///
    /// # Errors
    ///
    /// `OutOfBounds` if any of the places is, `NotWritable`; the map is then as it was.
    /// `Fault`, as [`write_at`](Mmap::write_at), and if a page between two of the places
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

    /// The address of the first byte, for those who may go on using it when the map
    /// is resized or [retired](MmapExt::retire): foreign code that was given an address
    /// may use it longer than it says.
    ///
    /// From now on `resize` never gives back an address that the map has had: it
    /// reads as zeros where it shows the file no more. To store through it asks for
    /// what [`as_mut_ptr`](Mmap::as_mut_ptr) asks for. All addresses are given back
    /// when the map is dropped.
    ///
    /// No system call. A `resize` that makes the map longer again after a shorter one uses
    /// the addresses behind it again. One that has to move the map makes a new mapping, which
    /// takes longer, copies memory that has no file, and reserves as many bytes behind it.
    /// The oldest addresses are given back when there are more than a TiB of them (in 32 bits,
    /// 64 MiB) or 64 places, or when all maps have more than 16,384 of these, and all when a
    /// resize would find no room otherwise. Where there is no memory to remember them, they
    /// stay reserved for the life of the process. On Windows they are given back at once.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// let mut map = ironmap::Mmap::anonymous(4096)?;
    /// let address = map.lend_address();
    /// map.resize(1 << 20)?;
    /// # #[cfg(unix)]
    /// // SAFETY: the map's, or reserved; nobody stores to it.
    /// assert_eq!(unsafe { address.read_volatile() }, 0);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn lend_address(&self) -> *mut u8;

    /// Closes the map, and keeps the addresses that it has lent: they read as zeros
    /// until the result is dropped.
    ///
    /// `mmap` with `MAP_FIXED` if an address was [lent](MmapExt::lend_address), else
    /// `munmap`. The file is let go of at once in any case. Where the system has no
    /// room for zeros that can be stored to (`RLIMIT_DATA`, strict overcommit), a store
    /// there is SIGSEGV; where it has none at all, and on Windows, the addresses are
    /// given back at once.
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use ironmap::{FaultReason, Mmap, raw::MmapExt};
    ///
    /// let mut map = Mmap::anonymous(5000)?;
    /// map.write_at(0, b"hello")?;
    /// let address = map.lend_address();
    /// let reserved = map.retire();
    /// assert!(reserved.first_use().is_none());
    /// // SAFETY: reserved, and nobody stores to it.
    /// assert_eq!(unsafe { address.read_volatile() }, 0);
    /// # #[cfg(target_os = "linux")]
    /// assert_eq!(reserved.first_use().unwrap().reason, FaultReason::Unmapped);
    /// # }
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn retire(self) -> Reserved;

    /// The addresses that were lent and that the map had to leave by resizes.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    /// assert!(ironmap::Mmap::anonymous(10)?.reserved().is_empty());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    fn reserved(&self) -> &Reserved;

    /// Whether the map is damaged, or this process has yet to use it:
    /// [`check_guard`](MmapExt::check_guard) comes first then. One load, for bindings
    /// that ask before each operation.
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

    /// Looks whether the guard is in place, if this process has yet to use the map, and
    /// puts it back. A handler can have been installed on top since the map was made, or
    /// in a forked child. (The crate's own operations do so, but after their first access.)
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

    /// The number of the descriptor that the map keeps of its file.
    ///
    /// It stays the map's, and shares its offset with the descriptor that the file was
    /// mapped from. Closing it makes [`size`](Mmap::size) and
    /// [`resize`](Mmap::resize) fail.
    ///
    /// `fstat`, to see that it still is the file's. Unix.
    ///
    /// # Errors
    ///
    /// [`Untracked`](crate::ErrorKind::Untracked) if the map keeps none, as that of
    /// anonymous memory does; [`Os`](crate::ErrorKind::Os) with `EBADF` if somebody in
    /// this process closed it, or put another file in its place.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    /// assert!(ironmap::Mmap::open("Cargo.toml")?.kept_descriptor()? > 2);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    #[cfg(unix)]
    fn kept_descriptor(&self) -> Result<RawFile>;

    /// A descriptor of the file that stands at `position`, for code that reads on from
    /// where a descriptor stands: a child's standard input, say.
    ///
    /// It belongs to the map, and is not the [kept](MmapExt::kept_descriptor) one, so the
    /// position of the file that was mapped does not move. Each call returns the same
    /// number and opens the file again under it, so a child with the descriptor of an
    /// earlier call keeps its position. While there is a lock on the file, the file is not
    /// opened again, because closing the earlier one would release the lock (`flock`,
    /// `lockf`); only the position is set then.
    ///
    /// `open("/proc/thread-self/fd/N")`, then `lseek`; from the second call on
    /// `fcntl(F_OFD_GETLK)`, `/proc/thread-self/fdinfo/N` and `dup3`. Without `/proc`, and
    /// on systems other than Linux, it is the kept one if that stands at `position`. Unix.
    ///
    /// # Errors
    ///
    /// Those of [`kept_descriptor`](MmapExt::kept_descriptor), of this descriptor too;
    /// [`Os`](crate::ErrorKind::Os) if the file cannot be opened again (`EMFILE`);
    /// [`Unsupported`](crate::ErrorKind::Unsupported) if there can be none.
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

    /// `msync(2)` of a range, with `MS_*` flags, exactly as given. Unix.
    ///
    /// The system is asked for every kind of map, and nothing is rounded: a
    /// range that does not begin on a page is `EINVAL`. In a map that begins inside
    /// a page, the page's start belongs to its first byte. An empty map has nothing
    /// to ask about.
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

    /// `madvise(2)` of a range, with a `MADV_*` number, exactly as given. Unix.
    ///
    /// Some advice changes or throws away bytes, hence `&mut self`. Nothing is
    /// rounded: a range that does not begin on a page is `EINVAL`. In a map that
    /// begins inside a page, the page's start belongs to its first byte. An empty
    /// map has nothing to advise on.
    ///
    /// What is advised `MADV_DONTFORK` is not there in a forked child: using it is a
    /// [`Fault`](crate::ErrorKind::Fault) there, with
    /// [`LeftBehind`](crate::FaultReason::LeftBehind) as its reason, a pointer into it reads
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
    /// After the call the bytes can be accessed as before, for as long as the map
    /// lives. Advice that poisons pages (`MADV_HWPOISON`, `MADV_SOFT_OFFLINE`) does not
    /// keep this; advice of later systems may not. That pages may lose their bytes
    /// later (`MADV_FREE`) is allowed: afterwards
    /// [`try_as_slice`](Mmap::try_as_slice) gives nothing.
    ///
    /// ```
    /// use ironmap::raw::MmapExt;
    ///
    /// const MADV_DONTNEED: i32 = 4; // of libc
    /// let mut map = ironmap::Mmap::anonymous(4096)?;
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
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.read_to_ptr(at, into, count) }
    }

    #[inline]
    unsafe fn write_from_ptr(&mut self, at: usize, from: *const u8, count: usize) -> Result<()> {
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.write_from_ptr(at, from, count) }
    }

    unsafe fn write_strided_from_ptr(
        &mut self,
        start: usize,
        step: isize,
        from: *const u8,
        count: usize,
    ) -> Result<()> {
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.scatter_from_ptr(start, step, from, count) }
    }

    fn read_strided(&self, start: usize, step: isize, into: &mut [MaybeUninit<u8>]) -> Result<()> {
        self.region.gather(start, step, into)
    }

    fn write_strided(&mut self, start: usize, step: isize, bytes: &[u8]) -> Result<()> {
        self.region.scatter(start, step, bytes)
    }

    #[inline]
    fn lend_address(&self) -> *mut u8 {
        self.region.lend_address()
    }

    fn retire(mut self) -> Reserved {
        self.region.unmap_to_quarantine()
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
        // SAFETY: the caller's promise is the one the region asks for.
        unsafe { self.region.advise_raw(range, advice) }
    }
}
