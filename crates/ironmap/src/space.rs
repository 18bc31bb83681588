//! Lengthens files, reserves their disk space, and replaces their bytes by zeros.
//!
//! Bytes that another process appended stay, unless [`replace_with_zeros`] or
//! [`overwrite_with_zeros`] replaces the whole file.

use crate::error::{Error, Result};
use crate::os::{self, AsFile, FileStatus, RawFile};

/// Makes a file at least `size` bytes long. A longer file keeps its size, even if another
/// process lengthens it at the same time.
///
/// `status` describes the file. If the file system has no `fallocate`, or no block for the last
/// byte, `ftruncate` lengthens the file, and can cut bytes appended in between.
#[cfg(unix)]
pub(crate) fn extend(fd: RawFile, status: &FileStatus, size: u64) -> Result<()> {
    require_below_limit(status, size)?;
    if is_on_hugetlbfs(fd, status) {
        // `fallocate` would accept a size that is not a multiple of the page size.
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

/// Returns whether a file is on hugetlbfs, where files can be written only through maps.
#[cfg(unix)]
pub(crate) fn is_on_hugetlbfs(fd: RawFile, status: &FileStatus) -> bool {
    status.block > os::page_size() as u64 && os::has_huge_pages(fd)
}

/// Returns false: there is no hugetlbfs.
#[cfg(windows)]
pub(crate) fn is_on_hugetlbfs(_file: RawFile, _status: &FileStatus) -> bool {
    false
}

/// Makes a file at least `size` bytes long. Bytes appended at the same time may be cut.
#[cfg(windows)]
pub(crate) fn extend(file: RawFile, status: &FileStatus, size: u64) -> Result<()> {
    os::truncate(file, size.max(status.size))
}

/// Refuses to lengthen a file past RLIMIT_FSIZE. (Linux does so itself.)
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
    let what = text!("growing a file to {size} bytes (RLIMIT_FSIZE is {most})");
    Err(Error::os(what, os::EFBIG))
}

/// Reserves disk space for `len` bytes of a file from offset `start` on, so that storing to
/// them cannot fail because the disk is full. The file's bytes and its size do not change; the
/// range may reach past its end.
///
/// `fallocate` with `FALLOC_FL_KEEP_SIZE`, after `fstatvfs` has reported enough free space. (If
/// the call still fails halfway, some file systems keep the space that they have already
/// reserved.)
///
/// # Errors
///
/// [`Os`](crate::ErrorKind::Os): `ENOSPC` if the disk is full, `EFBIG` past RLIMIT_FSIZE,
/// `EOPNOTSUPP` if the file system cannot reserve, `EBADF` if the file is not open for
/// writing, `EINTR` if a signal interrupted the call (a part may be reserved; call again).
/// [`Unsupported`](crate::ErrorKind::Unsupported) on other systems than Linux.
///
/// ```
/// let file = tempfile::tempfile()?;
/// match ironmap::raw::reserve_space(&file, 0, 1 << 20) {
///     Ok(()) => assert_eq!(file.metadata()?.len(), 0),
///     Err(error) => println!("{error}"), // not all file systems support it
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn reserve_space(file: impl AsFile, start: u64, len: u64) -> Result<()> {
    reserve(os::raw_file(&file), start, len)
}

/// The size of one `fallocate` call: on tmpfs a signal interrupts and undoes a whole call.
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

/// Refuses a reservation that cannot succeed: ext4 would keep the blocks that it found.
#[cfg(unix)]
fn require_free(fd: RawFile, len: u64) -> Result<()> {
    let missing = len.saturating_sub(os::allocated(fd).unwrap_or(len));
    match os::free_space(fd) {
        Some(free) if free < missing => {
            let what = text!("reserving {len} bytes ({missing} missing, {free} free)");
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

/// Replaces a file's contents by `size` zeros, which take no disk space until they are stored to.
///
/// `ftruncate` to the size, then `fallocate` with `FALLOC_FL_PUNCH_HOLE`; if the file system
/// does not support that, `ftruncate` to 0 and to the size again. So no step that can fail
/// follows one that loses bytes, with two exceptions: both ways of the last step fail, or they
/// fail after a longer file was cut.
///
/// The file must not be open for appending.
///
/// # Errors
///
/// [`Os`](crate::ErrorKind::Os): a call failed; `EFBIG` if the size is past RLIMIT_FSIZE,
/// even if the file is that long. The file is as it was, with the exceptions above.
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

/// Replaces a file's contents by `size` zeros, like [`replace_with_zeros`], but keeps the disk
/// space that the bytes have, also that from [`reserve_space`].
///
/// `fallocate` with `FALLOC_FL_ZERO_RANGE`; if the file system does not support that, zeros are
/// written over the old bytes.
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
        // The old bytes are still there. A longer file was appended to.
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
