//! Files made longer, their space reserved, and their bytes replaced by zeros.
//!
//! Bytes that another process has appended stay, unless [`replace_with_zeros`] or
//! [`overwrite_with_zeros`] replaces the whole file.

use crate::error::{Error, Result};
use crate::os::{self, AsFile, FileStatus, RawFile};

/// Makes a file at least `size` bytes long. A longer file stays as it is, even if it has
/// become longer at this very moment.
///
/// `status` describes the file. Where the file system has no `fallocate`, or no block for
/// the last byte, `ftruncate` makes it longer, and can cut bytes appended in between.
#[cfg(unix)]
pub(crate) fn extend(fd: RawFile, status: &FileStatus, size: u64) -> Result<()> {
    require_below_limit(status, size)?;
    if is_on_hugetlbfs(fd, status) {
        // `fallocate` would accept a size that is not a multiple of the pages.
        return os::lengthen(fd, size);
    }
    if size > 0 && os::extend(fd, size).is_ok() {
        return Ok(());
    }
    if os::status(fd)?.size > size {
        return Ok(());
    }
    os::lengthen(fd, size)
}

/// Whether a file is on hugetlbfs, where files can be written only through maps.
#[cfg(unix)]
pub(crate) fn is_on_hugetlbfs(fd: RawFile, status: &FileStatus) -> bool {
    status.block > os::page_size() as u64 && os::has_huge_pages(fd)
}

/// Not on this system.
#[cfg(windows)]
pub(crate) fn is_on_hugetlbfs(_file: RawFile, _status: &FileStatus) -> bool {
    false
}

/// Makes a file at least `size` bytes long. Bytes appended at this moment may be cut.
#[cfg(windows)]
pub(crate) fn extend(file: RawFile, status: &FileStatus, size: u64) -> Result<()> {
    os::truncate(file, size.max(status.size))
}

/// Refuses to make a file longer than this process may. (Linux does so itself.)
#[cfg(unix)]
fn require_below_limit(status: &FileStatus, size: u64) -> Result<()> {
    let linux = cfg!(any(target_os = "linux", target_os = "android"));
    if linux || size <= status.size {
        return Ok(());
    }
    require_allowed(size)
}

/// Refuses a size past RLIMIT_FSIZE.
#[cfg(unix)]
fn require_allowed(size: u64) -> Result<()> {
    let most = os::longest_file();
    if size <= most {
        return Ok(());
    }
    let what = text!("making a file of {size} bytes, where RLIMIT_FSIZE is {most},");
    Err(Error::os(what, os::EFBIG))
}

/// Reserves disk space for `len` bytes of a file from `start` on, so that storing to them
/// cannot fail for lack of it. The file's bytes and its size do not change; bytes past its
/// end have their space when the file becomes longer.
///
/// `fallocate` with `FALLOC_FL_KEEP_SIZE`, after `fstatvfs` has said that the space is
/// there. (If the call fails halfway all the same, some file systems keep the space that
/// they have already found.)
///
/// # Errors
///
/// [`Os`](crate::ErrorKind::Os): `ENOSPC` if the disk is full, `EFBIG` past RLIMIT_FSIZE,
/// `EOPNOTSUPP` if the file system cannot reserve, `EBADF` if the file is not open for
/// writing, `EINTR` if a signal came in between (a part may be reserved; call again).
/// [`Unsupported`](crate::ErrorKind::Unsupported) on all systems but Linux.
///
/// ```
/// let file = tempfile::tempfile()?;
/// match ironmap::raw::reserve_space(&file, 0, 1 << 20) {
///     Ok(()) => assert_eq!(file.metadata()?.len(), 0),
///     Err(error) => println!("{error}"), // not every file system can
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn reserve_space(file: impl AsFile, start: u64, len: u64) -> Result<()> {
    reserve(os::raw_file(&file), start, len)
}

/// On tmpfs a signal interrupts a reservation and undoes it: only that of one part.
#[cfg(unix)]
const RESERVE_CHUNK: u64 = 64 << 20;

#[cfg(unix)]
pub(crate) fn reserve(fd: RawFile, start: u64, len: u64) -> Result<()> {
    let end = start.saturating_add(len);
    if end > os::status(fd)?.size {
        require_allowed(end)?;
    }
    require_free(fd, len)?;
    let mut at = start;
    while at < end {
        let part = RESERVE_CHUNK.min(end - at);
        os::reserve_space(fd, at, part)?;
        at += part;
    }
    Ok(())
}

/// Refuses what cannot succeed: ext4 would keep the blocks that it has found.
#[cfg(unix)]
fn require_free(fd: RawFile, len: u64) -> Result<()> {
    let missing = len.saturating_sub(os::allocated(fd).unwrap_or(len));
    match os::free_space(fd) {
        Some(free) if free < missing => {
            let what = text!("reserving {len} bytes, of which {missing} are missing");
            let what = text!("{what} and {free} are free,");
            Err(Error::os(what, os::ENOSPC))
        }
        _ => Ok(()),
    }
}

#[cfg(windows)]
pub(crate) fn reserve(_file: RawFile, _start: u64, _len: u64) -> Result<()> {
    let what = "reservation of disk space";
    Err(Error::new(crate::error::Cause::Unsupported { what }))
}

/// Makes a file `size` zeros, which have no space on the disk until they are stored to.
///
/// `ftruncate` first, then `fallocate` with `FALLOC_FL_PUNCH_HOLE`; where the file system
/// cannot, `ftruncate` to nothing, and to the size again. In this order no step that can
/// fail comes after one that loses bytes, but where both ways of the last one fail, and
/// where a file that was longer has been cut when they do.
///
/// The file must not be open for appending.
///
/// # Errors
///
/// [`Os`](crate::ErrorKind::Os): a call failed; `EFBIG` if the size is past RLIMIT_FSIZE,
/// even where the file is that long. The file is as it was, with the exceptions above.
///
/// ```
/// use std::io::Write;
///
/// let mut file = tempfile::tempfile()?;
/// file.write_all(b"old")?;
/// ironmap::raw::replace_with_zeros(&file, 5)?;
/// assert_eq!(ironmap::Mmap::map(&file)?.to_vec(..)?, [0; 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(unix)]
pub fn replace_with_zeros(file: impl AsFile, size: u64) -> Result<()> {
    zero_after_resizing(os::raw_file(&file), size, |fd, _| {
        os::punch_hole(fd, size).or_else(|_| empty_and_extend(fd, size))
    })
}

/// As [`replace_with_zeros`], but the bytes keep the space that they have on the disk, and
/// that [`reserve_space`] has given them.
///
/// `fallocate` with `FALLOC_FL_ZERO_RANGE`; where the file system cannot, zeros are
/// written over the bytes that were there.
///
/// # Errors
///
/// Those of [`replace_with_zeros`].
///
/// ```
/// use std::io::Write;
///
/// let mut file = tempfile::tempfile()?;
/// file.write_all(b"old")?;
/// ironmap::raw::overwrite_with_zeros(&file, 5)?;
/// assert_eq!(ironmap::Mmap::map(&file)?.to_vec(..)?, [0; 5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[cfg(unix)]
pub fn overwrite_with_zeros(file: impl AsFile, size: u64) -> Result<()> {
    zero_after_resizing(os::raw_file(&file), size, |fd, old| {
        os::zero_range(fd, size)
            .or_else(|_| write_zeros(fd, size.min(old)))
            .or_else(|_| os::punch_hole(fd, size).and_then(|()| reserve(fd, 0, size)))
    })
}

#[cfg(unix)]
fn zero_after_resizing(
    fd: RawFile,
    size: u64,
    zero: impl FnOnce(RawFile, u64) -> Result<()>,
) -> Result<()> {
    require_allowed(size)?;
    let before = os::status(fd)?;
    os::lengthen(fd, size)?;
    if before.size == 0 {
        return Ok(());
    }
    let zeroed = zero(fd, before.size);
    if zeroed.is_err() && before.size < size {
        // The old bytes are still there. A longer file has been appended to.
        if os::status(fd).is_ok_and(|now| now.size == size) {
            let _ = os::truncate(fd, before.size);
        }
    }
    zeroed
}

#[cfg(unix)]
fn empty_and_extend(fd: RawFile, size: u64) -> Result<()> {
    os::truncate(fd, 0)?;
    os::lengthen(fd, size).or_else(|_| os::extend(fd, size))
}

#[cfg(unix)]
fn write_zeros(fd: RawFile, len: u64) -> Result<()> {
    let mut at = 0;
    while at < len {
        at += os::write_zeros(fd, at, len - at)?;
    }
    Ok(())
}
