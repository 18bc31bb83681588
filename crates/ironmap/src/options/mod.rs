//! The builder of maps.

#[cfg(feature = "__bindings")]
pub(crate) mod options_ext;

use crate::error::{Cause, Error, Result};
use crate::os;
use crate::region::Layout;

/// Read or write access, and whether writes are shared.
///
/// ```
/// use ironmap::{Access, MmapOptions};
///
/// let file = tempfile::NamedTempFile::new()?;
/// std::fs::write(file.path(), "hello")?;
///
/// let mut copy = MmapOptions::new().access(Access::Copy).open(file.path())?;
/// copy.write_at(0, b"J")?;
/// assert_eq!(copy.to_vec(..)?, b"Jello");
/// assert_eq!(std::fs::read(file.path())?, b"hello");
///
/// let mut shared = MmapOptions::new().access(Access::Write).open(file.path())?;
/// shared.write_at(0, b"C")?;
/// assert_eq!(std::fs::read(file.path())?, b"Cello");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Reading.
    Read,
    /// Reading and writing; writes change the file and every other map of it.
    Write,
    /// Reading and writing; writes stay private to the map, and the file keeps its bytes
    /// (copy on write).
    Copy,
}

/// Options for a new map: the part of a file, and the access.
///
/// ```
/// use ironmap::{Access, MmapOptions};
///
/// let file = tempfile::tempfile()?;
/// file.set_len(10_000)?;
/// let mut map = MmapOptions::new().access(Access::Write).len(100).map(&file)?;
/// map.write_at(90, b"the end")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "options do nothing until they map something"]
#[derive(Clone, Debug)]
pub struct MmapOptions {
    access: Option<Access>,
    file_offset: u64,
    rounded: bool,
    len: Option<usize>,
    track_file: bool,
    reserve_space: bool,
    past_end: bool,
    shared_or_private: bool,
    protection: Option<i32>,
    flags: Option<i32>,
    more_flags: i32,
    #[cfg(windows)]
    tag_name: Option<std::ffi::OsString>,
}

impl Default for MmapOptions {
    fn default() -> MmapOptions {
        MmapOptions::new()
    }
}

impl MmapOptions {
    /// Creates options for a read-only map of a whole file, or for private, writable anonymous
    /// memory.
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().open("Cargo.toml")?;
    /// assert!(!map.is_writable());
    /// let memory = ironmap::MmapOptions::new().len(100).anonymous()?;
    /// assert!(memory.is_writable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn new() -> MmapOptions {
        MmapOptions {
            access: None,
            file_offset: 0,
            rounded: true,
            len: None,
            track_file: true,
            reserve_space: false,
            past_end: false,
            shared_or_private: false,
            protection: None,
            flags: None,
            more_flags: 0,
            #[cfg(windows)]
            tag_name: None,
        }
    }

    /// Sets the access. Default: [`Access::Read`] for a file, [`Access::Copy`] for anonymous
    /// memory, or [`Access::Write`] if that has a tag name (Windows).
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let map = MmapOptions::new().access(Access::Copy).open("Cargo.toml")?;
    /// assert!(map.is_private() && map.is_writable());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn access(mut self, access: Access) -> MmapOptions {
        self.access = Some(access);
        self
    }

    /// Sets the file offset, in bytes, at which the map begins. Default: 0.
    ///
    /// The system maps from a multiple of
    /// [`Mmap::allocation_granularity`](crate::Mmap::allocation_granularity). The bytes between
    /// that multiple and the offset are mapped too, but are not part of the map.
    ///
    /// ```
    /// let file = tempfile::NamedTempFile::new()?;
    /// std::fs::write(file.path(), "header: body")?;
    /// let map = ironmap::MmapOptions::new().file_offset(8).open(file.path())?;
    /// assert_eq!(map.to_vec(..)?, b"body");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn file_offset(mut self, file_offset: u64) -> MmapOptions {
        self.file_offset = file_offset;
        self.rounded = true;
        self
    }

    /// Sets the length in bytes. Default: up to the file's end, so 0 for an empty file.
    ///
    /// On Windows a shorter file is lengthened, if the map may write to it.
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().len(9).open("Cargo.toml")?;
    /// assert_eq!(map.to_vec(..)?, b"[package]");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn len(mut self, len: usize) -> MmapOptions {
        self.len = Some(len);
        self
    }

    /// Sets whether the map keeps a descriptor of the file: a duplicate of the one that is
    /// mapped, or the one that [`open`](MmapOptions::open) opened. Default: true.
    ///
    /// Without it, a map needs one descriptor and some system calls less, and
    /// [`size`](crate::Mmap::size) and [`resize`](crate::Mmap::resize) return
    /// [`ErrorKind::Untracked`](crate::ErrorKind::Untracked) errors.
    ///
    /// ```
    /// let map = ironmap::MmapOptions::new().track_file(false).open("Cargo.toml")?;
    /// assert_eq!(map.byte(0)?, b'[');
    /// assert!(map.size().is_err());
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn track_file(mut self, track_file: bool) -> MmapOptions {
        self.track_file = track_file;
        self
    }

    /// Sets whether disk space for the map's bytes is reserved, so that a store cannot fail
    /// because the disk is full. Default: false. Linux.
    ///
    /// Holes of a file take no space until they are stored to. If the disk is full then,
    /// the store is a [fault](crate::ErrorKind::Fault). With this option, the call that maps
    /// reports a full disk instead: [`ErrorKind::Os`](crate::ErrorKind::Os) with `ENOSPC`, with
    /// `EFBIG` past RLIMIT_FSIZE, with `EOPNOTSUPP` if the file system cannot reserve. Maps that do
    /// not write to a file return [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// `fallocate` with `FALLOC_FL_KEEP_SIZE`, after `fstatvfs` has reported enough free space.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?; // one hole
    /// let options = MmapOptions::new().access(Access::Write).reserve_space(true);
    /// match options.map(&file) {
    ///     Ok(mut map) => map.write_at(1 << 19, b"in the middle")?,
    ///     Err(error) => println!("{error}"), // not all file systems support it
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn reserve_space(mut self, reserve_space: bool) -> MmapOptions {
        self.reserve_space = reserve_space;
        self
    }
}

/// # Linux
///
/// Other systems ignore these.
impl MmapOptions {
    /// Requests huge pages from the system's pool, for memory without a file: `MAP_HUGETLB`.
    /// `bits` is the size as a power of two, 21 for 2 MiB; `None` is the system's usual size.
    ///
    /// Mapping returns [`ErrorKind::Os`](crate::ErrorKind::Os) with `ENOMEM` if the pool has too
    /// few, and with `EINVAL` for a size that the processor lacks, or a file. A page that is not
    /// there at its first use, because the pool was used up meanwhile, is a
    /// [fault](crate::ErrorKind::Fault). [`Advice::HugePage`](crate::Advice::HugePage) needs no
    /// pool.
    ///
    /// ```
    /// match ironmap::MmapOptions::new().len(2 << 20).huge(Some(21)).anonymous() {
    ///     Ok(map) => println!("{} bytes in one page", map.len()),
    ///     Err(error) => println!("{error}"), // most systems have no pool
    /// }
    /// ```
    pub const fn huge(mut self, bits: Option<u8>) -> MmapOptions {
        let size = match bits {
            // The field of the flags has six bits, and no page has as many bytes as they can say.
            Some(bits @ 0..63) => (bits as i32) << os::MAP_HUGE_SHIFT,
            Some(_) => 63 << os::MAP_HUGE_SHIFT,
            None => 0,
        };
        if os::MAP_HUGETLB != 0 {
            self.more_flags |= os::MAP_HUGETLB | size;
        }
        self
    }

    /// Sets that the memory is for a thread's stack: `MAP_STACK`.
    ///
    /// ```
    /// let stack = ironmap::MmapOptions::new().len(1 << 20).stack().anonymous()?;
    /// assert_eq!(stack.len(), 1 << 20);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn stack(mut self) -> MmapOptions {
        self.more_flags |= os::MAP_STACK;
        self
    }

    /// Reserves no swap space for memory that can be written: `MAP_NORESERVE`. Mapping then does
    /// not fail for want of it, and a store may be the end of a process instead.
    ///
    /// ```
    /// let sparse = ironmap::MmapOptions::new().len(1 << 30).no_reserve_swap().anonymous()?;
    /// assert_eq!(sparse.len(), 1 << 30);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub const fn no_reserve_swap(mut self) -> MmapOptions {
        self.more_flags |= os::MAP_NORESERVE;
        self
    }
}

/// # Windows
#[cfg(windows)]
impl MmapOptions {
    /// Sets the tag name: maps with the same name, in this and in other processes, share memory.
    /// Default: no name. An empty name is no name.
    ///
    /// If a map with this name exists, the new map shows that map's memory, and the file given
    /// here is ignored. The name disappears with its last map.
    ///
    /// If the name contains a zero character, mapping returns
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
    ///
    /// ```
    /// use ironmap::MmapOptions;
    ///
    /// let name = format!("an example {}", std::process::id());
    /// let mut one = MmapOptions::new().len(100).tag_name(&name).anonymous()?;
    /// let other = MmapOptions::new().len(100).tag_name(&name).anonymous()?;
    /// one.write_at(0, b"hello")?;
    /// assert_eq!(other.to_vec(..5)?, b"hello");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn tag_name(mut self, name: impl AsRef<std::ffi::OsStr>) -> MmapOptions {
        let name = name.as_ref();
        self.tag_name = (!name.is_empty()).then(|| name.to_owned());
        self
    }

    fn is_named(&self) -> bool {
        self.tag_name.is_some()
    }

    pub(crate) fn tag(&self) -> Result<Option<os::Name>> {
        self.tag_name.as_deref().map(os::Name::new).transpose()
    }
}

impl MmapOptions {
    pub(crate) fn tracks_file(&self) -> bool {
        self.track_file
    }

    pub(crate) fn reserves_space(&self) -> bool {
        self.reserve_space
    }

    pub(crate) fn explicit_len(&self) -> Option<usize> {
        self.len
    }

    pub(crate) fn file_layout(&self) -> Result<Layout> {
        let (protection, flags) = self.bits(Access::Read);
        let layout = Layout::new(protection, flags, self.file_offset)?;
        let layout = match self.rounded {
            true => layout.rounded(),
            false => layout,
        };
        Ok(match self.shared_or_private {
            true => layout.shared_or_private(),
            false => layout,
        })
    }

    pub(crate) fn anonymous_layout(&self) -> Result<Layout> {
        let usual = if self.is_named() {
            Access::Write
        } else {
            Access::Copy
        };
        let (protection, flags) = self.bits(usual);
        Layout::new(protection, flags | os::MAP_ANON, self.file_offset)
    }

    /// Returns false: only Windows has tag names.
    #[cfg(unix)]
    fn is_named(&self) -> bool {
        false
    }

    /// Returns protection and flags; `usual` is the default access.
    fn bits(&self, usual: Access) -> (i32, i32) {
        let (protection, flags) = match self.access.unwrap_or(usual) {
            Access::Read => (os::PROT_READ, os::MAP_SHARED),
            Access::Write => (os::PROT_READ | os::PROT_WRITE, os::MAP_SHARED),
            Access::Copy => (os::PROT_READ | os::PROT_WRITE, os::MAP_PRIVATE),
        };
        (
            self.protection.unwrap_or(protection),
            self.flags.unwrap_or(flags) | self.more_flags,
        )
    }

    /// Returns the length to map of a regular file of `size` bytes.
    pub(crate) fn len_in_file(&self, size: u64) -> Result<usize> {
        let file_offset = self.file_offset;
        let rest = size.checked_sub(file_offset);
        let cause = match (self.len, rest) {
            (Some(len), Some(rest)) if len as u64 <= rest => return Ok(len),
            // The system decides.
            (Some(len), _) if os::MAPS_EXTEND_FILES || self.past_end => return Ok(len),
            (Some(len), _) => Cause::LengthPastEnd {
                file_offset,
                len,
                size,
            },
            (None, Some(0)) if file_offset == 0 => return Ok(0),
            (None, None | Some(0)) => Cause::OffsetPastEnd { file_offset, size },
            (None, Some(bytes)) => match usize::try_from(bytes) {
                Ok(len) => return Ok(len),
                Err(_) => Cause::TooLarge { bytes },
            },
        };
        Err(Error::new(cause))
    }
}
