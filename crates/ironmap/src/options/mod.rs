//! How to map: the builder.

pub(crate) mod options_ext;

use crate::error::{Cause, Error, Result};
use crate::os;
use crate::region::Layout;

/// What a map may be used for, and who sees what is written.
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
    /// Reading only.
    Read,
    /// Reading and writing; the file and every other map of it see the writes.
    Write,
    /// Reading and writing; nobody else sees the writes and the file keeps its
    /// bytes (copy on write).
    Copy,
}

/// How to make a map: what part of a file, and for what use.
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
    protection: Option<i32>,
    flags: Option<i32>,
    #[cfg(windows)]
    tag_name: Option<std::ffi::OsString>,
}

impl Default for MmapOptions {
    fn default() -> MmapOptions {
        MmapOptions::new()
    }
}

impl MmapOptions {
    /// The whole of a file for reading, or private anonymous memory for writing.
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
            protection: None,
            flags: None,
            #[cfg(windows)]
            tag_name: None,
        }
    }

    /// What the map may be used for. Default: [`Access::Read`] for a file,
    /// [`Access::Copy`] for anonymous memory, or [`Access::Write`] if that has a tag name
    /// (Windows).
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

    /// At which byte of the file the map begins. Default: 0.
    ///
    /// The system maps from a multiple of
    /// [`Mmap::allocation_granularity`](crate::Mmap::allocation_granularity) on: what
    /// lies between that and the offset is mapped too, and not shown.
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

    /// How many bytes to map. Default: to the file's end, which may be none.
    ///
    /// On Windows a file that is shorter is made longer, if the map may write to it.
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

    /// Whether to keep a descriptor of the file: a duplicate of the one that is mapped, or
    /// the one that [`open`](MmapOptions::open) has opened. Default: yes.
    ///
    /// Without it a map costs a descriptor and the system calls for it less, and
    /// [`size`](crate::Mmap::size) and [`resize`](crate::Mmap::resize) are
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

    /// Whether to reserve disk space for the map's bytes, so that storing to them cannot
    /// fail for lack of it. Default: no. Linux.
    ///
    /// Holes of a file take no space until they are stored to. If the disk is full then,
    /// the store is a [fault](crate::ErrorKind::Fault). With this option a full disk is an
    /// error of the call that maps. The system calls and errors are those of
    /// [`raw::reserve_space`](crate::raw::reserve_space). For maps that do not write to a
    /// file it is an [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) error.
    ///
    /// ```
    /// use ironmap::{Access, MmapOptions};
    ///
    /// let file = tempfile::tempfile()?;
    /// file.set_len(1 << 20)?; // one hole
    /// let options = MmapOptions::new().access(Access::Write).reserve_space(true);
    /// match options.map(&file) {
    ///     Ok(mut map) => map.write_at(1 << 19, b"in the middle")?,
    ///     Err(error) => println!("{error}"), // not every file system can
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn reserve_space(mut self, reserve_space: bool) -> MmapOptions {
        self.reserve_space = reserve_space;
        self
    }
}

/// # Windows
#[cfg(windows)]
impl MmapOptions {
    /// The name by which other maps, here and in other processes, get the same
    /// memory. Default: none, and so for an empty name.
    ///
    /// If there is a map with this name, the new one shows what that one shows,
    /// whatever file is given here. The name is gone with its last map.
    ///
    /// A zero character in it is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) when something is
    /// mapped.
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
        Ok(if self.rounded {
            layout.rounded()
        } else {
            layout
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

    /// Whether others are to have the same memory by its name: there are none here.
    #[cfg(unix)]
    fn is_named(&self) -> bool {
        false
    }

    /// Protection and flags, where `usual` is the access nobody named.
    fn bits(&self, usual: Access) -> (i32, i32) {
        let (protection, flags) = match self.access.unwrap_or(usual) {
            Access::Read => (os::PROT_READ, os::MAP_SHARED),
            Access::Write => (os::PROT_READ | os::PROT_WRITE, os::MAP_SHARED),
            Access::Copy => (os::PROT_READ | os::PROT_WRITE, os::MAP_PRIVATE),
        };
        (
            self.protection.unwrap_or(protection),
            self.flags.unwrap_or(flags),
        )
    }

    /// How many bytes of a regular file of `size` bytes to map.
    pub(crate) fn len_in_file(&self, size: u64) -> Result<usize> {
        let file_offset = self.file_offset;
        let rest = size.checked_sub(file_offset);
        let cause = match (self.len, rest) {
            (Some(len), Some(rest)) if len as u64 <= rest => return Ok(len),
            // Whether it can be is the system's business.
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
