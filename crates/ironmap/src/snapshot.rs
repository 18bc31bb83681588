//! Bytes that hold still: a copy, or memory that cannot change.
//!
//! # Safety
//!
//! * V3: the memory of a [`Snapshot`] is a private anonymous map made by `copy`, or a map for which
//!   `try_as_slice` has returned a slice. The snapshot owns it and lends no `Mmap`, so what made it
//!   so stays: nothing can change it.

#![allow(unsafe_code)]

use std::cmp::min;
use std::fmt;
use std::mem;
use std::ops::{Deref, Range, RangeBounds};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use crate::advice::Advice;
use crate::error::{Cause, Error, ErrorKind, FaultReason, Result};
use crate::mmap::Mmap;
use crate::os::{self, FileStatus};
use crate::{range, search};

/// How often [`Snapshot::open`] copies a file that changes meanwhile.
const TRIES: usize = 3;

/// The bytes that a thread copies at a time: whole huge pages.
const PART: usize = 2 << 20;

/// The bytes that are worth the start of a thread.
const SHARE: usize = 8 << 20;

/// Longer than the ticks of the clock that a kernel takes a file's times from: a change within
/// the tick of the one before it leaves the times as they are.
const TICK: Duration = Duration::from_millis(20);

/// Bytes that hold still: `&[u8]`, without `unsafe`.
///
/// A snapshot of a file is a copy, made in parallel and into huge pages where the system has
/// them. Memory that cannot change is lent without a copy
/// ([`into_snapshot`](Mmap::into_snapshot)). A clone shares the memory.
///
/// ```
/// use ironmap::Snapshot;
///
/// let text = Snapshot::open("Cargo.toml")?;
/// let other = text.clone();
/// let lines = std::thread::spawn(move || other.split(|&byte| byte == b'\n').count());
/// assert!(text.starts_with(b"[package]") && lines.join().unwrap() > 10);
/// # Ok::<(), ironmap::Error>(())
/// ```
#[derive(Clone)]
pub struct Snapshot {
    memory: Arc<Mmap>,
}

impl Snapshot {
    /// Copies a whole file, at one moment of its life.
    ///
    /// If the file changes meanwhile, the call tries again, three times in all. A file that was
    /// changed in the last 20 ms is copied after that time, so that its times show the next
    /// change. What they do not show is not noticed: most systems note a store through a map only
    /// at the first store to each page, and some servers and FAT round times to seconds.
    ///
    /// The calls of [`Mmap::open`] and [`Mmap::snapshot`].
    ///
    /// # Errors
    ///
    /// Those of [`Mmap::open`] and [`Mmap::snapshot`].
    ///
    /// ```
    /// let text = ironmap::Snapshot::open("Cargo.toml")?;
    /// assert_eq!(&text[1..8], b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Snapshot> {
        let path = path.as_ref();
        let mut tries = 1;
        loop {
            match whole(&Mmap::open(path)?) {
                Err(error) if tries < TRIES && has_changed(&error) => {
                    tries += 1;
                }
                copied => return copied.map_err(|error| error.of_file(path)),
            }
        }
    }
}

/// Copies the whole file of a map. The file may have changed since it was mapped.
fn whole(map: &Mmap) -> Result<Snapshot> {
    let before = map.settled_status()?;
    if let Some(before) = &before {
        let len = map.len() as u64;
        if before.size != len {
            return Err(changed(len, before.size));
        }
    }
    map.copy_unchanged(0..map.len(), before)
}

/// Returns whether a copy failed because the file has changed.
fn has_changed(error: &Error) -> bool {
    let reason = error.fault().map(|fault| fault.reason);
    error.kind() == ErrorKind::Changed || reason == Some(FaultReason::FileTooShort)
}

fn changed(from: u64, to: u64) -> Error {
    Error::new(Cause::Changed { from, to })
}

impl Mmap {
    /// Copies a range to memory that nothing else can change.
    ///
    /// `mmap`, `madvise(MADV_HUGEPAGE)`, and `fstat` before and after the copy, which runs on
    /// all cores from 16 MiB on.
    ///
    /// # Errors
    ///
    /// * `OutOfBounds`, `NotReadable`; [`Fault`](crate::ErrorKind::Fault) if a page of the range
    ///   is not available.
    /// * [`Changed`](crate::ErrorKind::Changed): the file was changed meanwhile, by its size or
    ///   its times ([`Snapshot::open`] says what they show). Not for maps without a descriptor, and
    ///   memory without a file.
    /// * [`Os`](crate::ErrorKind::Os) with `ENOMEM`: there is no memory for the copy.
    ///
    /// ```
    /// let map = ironmap::Mmap::open("Cargo.toml")?;
    /// let name = map.snapshot(1..8)?;
    /// assert_eq!(&name[..], b"package");
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn snapshot(&self, range: impl RangeBounds<usize>) -> Result<Snapshot> {
        let range = range::resolve(range, self.len())?;
        let before = self.settled_status()?;
        self.copy_unchanged(range, before)
    }

    /// Makes the whole map a snapshot: without a copy where nothing can change the memory, as
    /// [`try_as_slice`](Mmap::try_as_slice) says, and else by [`snapshot`](Mmap::snapshot).
    ///
    /// A sealed memfd is [populated](Mmap::populate) first, so that no page is missing later.
    ///
    /// # Errors
    ///
    /// Those of [`snapshot`](Mmap::snapshot) and [`populate`](Mmap::populate).
    ///
    /// ```
    /// let mut map = ironmap::Mmap::anonymous(1 << 20)?;
    /// map.write_at(0, b"made by this process")?;
    /// let bytes = map.into_snapshot()?; // no copy
    /// assert_eq!(bytes.len(), 1 << 20);
    /// # Ok::<(), ironmap::Error>(())
    /// ```
    pub fn into_snapshot(self) -> Result<Snapshot> {
        if self.try_as_slice().is_none() {
            return self.snapshot(..);
        }
        if !self.is_anonymous() {
            self.populate(..)?;
        }
        let memory = Arc::new(self);
        Ok(Snapshot { memory })
    }

    /// Copies a range, and checks that the file is as it was before.
    fn copy_unchanged(&self, range: Range<usize>, before: Option<FileStatus>) -> Result<Snapshot> {
        let memory = Arc::new(copy(self, range)?);
        if let Some(before) = before {
            self.require_unchanged(&before)?;
        }
        Ok(Snapshot { memory })
    }

    /// Returns the status of the file, if the map keeps it. If the file may still be in the tick
    /// of its last change, waits until the next change must show in the times.
    fn settled_status(&self) -> Result<Option<FileStatus>> {
        let status = self.file_status()?;
        if let Some(status) = status.filter(is_recent) {
            thread::sleep(TICK);
            self.require_unchanged(&status)?;
        }
        Ok(status)
    }

    fn require_unchanged(&self, before: &FileStatus) -> Result<()> {
        let after = self.file_status()?;
        match after {
            Some(after) if (before.size, before.times) != (after.size, after.times) => {
                Err(changed(before.size, after.size))
            }
            _ => Ok(()),
        }
    }
}

/// Returns whether the file may have been changed within the clock's last tick.
fn is_recent(status: &FileStatus) -> bool {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.unwrap_or_default();
    let mut times = status.times.iter();
    times.any(|&time| time <= now && now < time + TICK)
}

/// Copies a range to new memory, on all cores.
fn copy(source: &Mmap, range: Range<usize>) -> Result<Mmap> {
    let mut memory = Mmap::anonymous(range.len())?;
    if range.len() >= PART {
        // Without huge pages it takes longer.
        let _ = memory.advise(Advice::HugePage, ..);
    }
    let threads = min(search::cores(), range.len() / SHARE).max(1);
    let copying = Copying {
        source,
        rest: Mutex::new(Rest {
            at: range.start,
            into: memory.try_as_mut_slice().expect("private memory"),
            failed: None,
        }),
    };
    // If the system refuses threads, the others copy their parts.
    os::in_threads(threads - 1, || copying.copy_all());
    let rest = copying.rest.into_inner();
    match rest.unwrap_or_else(PoisonError::into_inner).failed {
        Some(error) => Err(first_damage_of(source, &range, error)),
        None => Ok(memory),
    }
}

/// Returns the error for the first damage of the range, which another part may have met.
#[cold]
fn first_damage_of(source: &Mmap, range: &Range<usize>, error: Error) -> Error {
    let first = source.damage().filter(|fault| range.contains(&fault.at));
    first.map_or(error, Error::from)
}

/// A copy that several threads make.
struct Copying<'a> {
    source: &'a Mmap,
    rest: Mutex<Rest<'a>>,
}

/// The memory that no thread has taken yet.
struct Rest<'a> {
    at: usize,
    into: &'a mut [u8],
    failed: Option<Error>,
}

impl<'a> Copying<'a> {
    /// Copies one part after the other, until none is left.
    fn copy_all(&self) {
        while let Some((at, part)) = self.next() {
            if let Err(error) = self.source.read_at(at, part) {
                let mut rest = self.rest();
                rest.failed.get_or_insert(error);
                // The other threads need not go on.
                rest.into = &mut [];
            }
        }
    }

    fn next(&self) -> Option<(usize, &'a mut [u8])> {
        let mut rest = self.rest();
        let into = mem::take(&mut rest.into);
        if into.is_empty() {
            return None;
        }
        let at = rest.at;
        let (part, others) = into.split_at_mut(min(PART, into.len()));
        (rest.at, rest.into) = (at + part.len(), others);
        Some((at, part))
    }

    fn rest(&self) -> MutexGuard<'_, Rest<'a>> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Snapshot {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        // SAFETY: V3.
        unsafe { self.memory.as_slice() }
    }
}

impl AsRef<[u8]> for Snapshot {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

// SAFETY: the bytes are mapped memory, which stays where it is when its owner moves.
#[cfg(feature = "stable_deref_trait")]
unsafe impl stable_deref_trait::StableDeref for Snapshot {}
// SAFETY: a clone has the same memory.
#[cfg(feature = "stable_deref_trait")]
unsafe impl stable_deref_trait::CloneStableDeref for Snapshot {}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn change_after_settled_status_is_noticed() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"as it was").unwrap();
        let map = Mmap::map(&file).unwrap();
        let before = map.settled_status().unwrap().unwrap();
        map.require_unchanged(&before).unwrap();
        // The size stays, so only the times tell.
        rewrite(&mut file, b"as it is!");
        let error = map.require_unchanged(&before).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed);
        let text = "the file of 9 bytes changed, and has 9 now";
        assert_eq!(error.to_string(), text);

        let before = map.settled_status().unwrap().unwrap();
        file.write_all(b"longer").unwrap();
        let error = map.require_unchanged(&before).unwrap_err();
        let text = "the file of 9 bytes changed, and has 15 now";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn whole_of_a_file_changed_since_it_was_mapped_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"aaaaaaaaaa").unwrap();
        let map = Mmap::map(&file).unwrap();
        assert_eq!(whole(&map).unwrap()[..], *b"aaaaaaaaaa");
        // It never was ten times `b`.
        file.write_all(b"bbbbbbbbbb").unwrap();
        rewrite(&mut file, b"bbbbbbbbbb");
        let error = whole(&map).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Changed);
        let text = "the file of 10 bytes changed, and has 20 now";
        assert_eq!(error.to_string(), text);
    }

    #[test]
    fn time_in_the_future_is_not_recent() {
        let file = tempfile::tempfile().unwrap();
        let map = Mmap::map(&file).unwrap();
        let future = SystemTime::now() + Duration::from_secs(3600);
        file.set_modified(future).unwrap();
        // The time of the change of the times is none of the future.
        thread::sleep(2 * TICK);
        let status = map.file_status().unwrap().unwrap();
        assert!(!is_recent(&status));
    }

    fn rewrite(file: &mut std::fs::File, bytes: &[u8]) {
        use std::io::Seek;
        file.rewind().unwrap();
        file.write_all(bytes).unwrap();
    }

    #[test]
    fn settled_status_of_a_file_that_changes_is_an_error() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"text").unwrap();
        let map = Mmap::map(&file).unwrap();
        let mut other = file.try_clone().unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    rewrite(&mut other, b"next");
                }
            });
            let copied = map.snapshot(..);
            done.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(copied.unwrap_err().kind(), ErrorKind::Changed);
        });
    }
}
