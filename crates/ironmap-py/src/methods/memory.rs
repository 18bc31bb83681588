//! Calls about a map's pages and file: `flush`, `move`, `resize`, `size`, `populate`,
//! `resident`, `lock`, `protect`.

use std::cmp::{max, min};
use std::ffi::c_int;
use std::fmt;
use std::ops::Range;

use ironmap::jobs::{EachPart, Job, Resident};
use ironmap::raw::MmapExt;
use ironmap::{Access, Error, ErrorKind, Mmap};

use crate::args::{Argument, Arguments, Callback, Keywords, conversion};
use crate::errors::message::Message;
use crate::errors::{MapError, NOT_RESIZABLE, PyResult, Raised, UNTRACKED, check_writable};
use crate::interpreter::objects::{float, is_true};
use crate::interpreter::{Owned, Python, SavedException};
use crate::object::access_mode::AccessMode;
use crate::object::run::{LONG_PASS, retry_interrupted, run_with_progress};
use crate::object::{MapObject, ReadGuard, WriteGuard};
use crate::platform;
use crate::results::output::bytes_of;

pub(crate) fn flush(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> PyResult<()> {
    args.expect_all("flush", 2, keywords, 3)?;
    let flags = keywords.only("flush", c"flags")?;
    let offset = args.get(0).map(conversion::ssize).transpose()?.unwrap_or(0);
    let size = args
        .get(1)
        .map(conversion::ssize)
        .transpose()?
        .unwrap_or(-1);
    let flags = flags.map(conversion::c_int).transpose()?.unwrap_or(0);
    let flush = |map: &Mmap| {
        let range = flushed_range(map, offset, size)?;
        if object.flushes() {
            platform::map_calls::flush(map, range, flags)?;
        }
        Ok::<_, MapError>(())
    };
    // Memory without a file has nothing to wait for.
    let flushed = object.read(py, |map| map.is_anonymous().then(|| flush(map)))?;
    let flushed = match flushed {
        Some(flushed) => flushed,
        None => flush_guarded(object, &object.read_guard(py)?, (offset, size), flags),
    };
    let is_refused = matches!(&flushed, Err(error) if error.is_invalid_argument());
    object
        .or_raise(py, flushed)
        .map_err(|raised| match is_refused {
            true => raised.note_multiple(
                py,
                ("offset", offset as i64),
                ("PAGESIZE", Mmap::page_size()),
            ),
            false => raised,
        })
}

fn flush_guarded(
    object: &MapObject,
    guard: &ReadGuard<'_, '_>,
    (offset, size): (isize, isize),
    flags: c_int,
) -> Result<(), MapError> {
    let range = guard.with(|map| flushed_range(map, offset, size))?;
    if object.flushes() {
        guard.detached(|map| platform::map_calls::flush(map, range, flags))?;
    }
    Ok(())
}

fn flushed_range(map: &Mmap, offset: isize, size: isize) -> Result<Range<usize>, MapError> {
    let len = map.len() as isize;
    let size = if size == -1 {
        len.saturating_sub(offset)
    } else {
        size
    };
    if size < 0 || offset < 0 || len - offset < size {
        return Err(MapError::Value(c"flush values out of range"));
    }
    Ok(offset as usize..(offset + size) as usize)
}

/// `move(dest, src, count)`.
pub(crate) fn move_(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> PyResult<()> {
    args.expect("move", 3, 3)?;
    let (Some(dest), Some(src), Some(count)) = (args.get(0), args.get(1), args.get(2)) else {
        return Ok(());
    };
    let dest = conversion::ssize(dest)?;
    let src = conversion::ssize(src)?;
    let count = conversion::ssize(count)?;
    let resolve = |map: &Mmap| {
        check_writable(map)?;
        let inside = |at: isize| at >= 0 && map.len() as isize - at >= count;
        if count < 0 || !inside(dest) || !inside(src) {
            let text = c"source, destination, or count out of range";
            return Err(MapError::Value(text));
        }
        Ok((src as usize..(src + count) as usize, dest as usize))
    };
    let moved: Result<(), MapError> = if count < LONG_PASS as isize {
        object.write(py, |map| {
            let (src, dest) = resolve(map)?;
            Ok(map.copy_within(src, dest)?)
        })?
    } else {
        move_guarded(&mut object.write_guard(py)?, resolve)
    };
    object.or_raise(py, moved)
}

fn move_guarded(
    guard: &mut WriteGuard<'_, '_>,
    resolve: impl Fn(&Mmap) -> Result<(Range<usize>, usize), MapError>,
) -> Result<(), MapError> {
    let (src, dest) = guard.with(resolve)?;
    Ok(guard.detached(|map| map.copy_within(src, dest))?)
}

pub(crate) fn resize(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> PyResult<()> {
    let (size, reserve) = args.one_and(keywords, "resize", c"newsize", c"reserve")?;
    let size = conversion::ssize(size)?;
    let reserves = match reserve {
        Some(reserve) => is_true(reserve)?,
        None => false,
    };
    if reserves {
        resize_reserved(py, object, size)
    } else {
        resize_to(py, object, size)
    }
}

pub(crate) fn resize_to(py: Python<'_>, object: &MapObject, size: isize) -> PyResult<()> {
    let resized = resize_uninterrupted(py, object, size, Mmap::resize)?;
    object.or_raise(py, resized)
}

fn resize_reserved(py: Python<'_>, object: &MapObject, size: isize) -> PyResult<()> {
    match resize_uninterrupted(py, object, size, Mmap::resize_reserved)? {
        Err(MapError::Core(error)) if error.kind() == ErrorKind::InvalidInput => {
            let text = c"mmap can't reserve space without a file.";
            Err(Raised::value_error(py, text))
        }
        resized => object.or_raise(py, resized),
    }
}

type Resize = fn(&mut Mmap, usize) -> ironmap::Result<()>;

/// Goes on after a signal, which interrupts the reservation of a file in memory, and
/// `ftruncate` on some file systems.
fn resize_uninterrupted(
    py: Python<'_>,
    object: &MapObject,
    size: isize,
    resize: Resize,
) -> PyResult<Result<(), MapError>> {
    retry_interrupted(py, || {
        let mut guard = object.resize_guard(py)?;
        Ok(resize_guarded(object, &mut guard, size, resize))
    })
}

fn resize_guarded(
    object: &MapObject,
    guard: &mut WriteGuard<'_, '_>,
    size: isize,
    resize: Resize,
) -> Result<(), MapError> {
    if object.exports() > 0 {
        let text = c"mmap can't resize with extant buffers exported.";
        return Err(MapError::Buffer(text));
    }
    let size = guard.with(|map| new_size(object, map, size))?;
    Ok(guard.detached(|map| resize(map, size))?)
}

/// The core says all of it, too, but in another order.
fn new_size(object: &MapObject, map: &Mmap, size: isize) -> Result<usize, MapError> {
    if !map.tracks_file() {
        return Err(MapError::Value(UNTRACKED));
    }
    let private_file = map.is_private() && !map.is_anonymous();
    if private_file || matches!(object.mode(), AccessMode::Read | AccessMode::Copy) {
        return Err(MapError::Type(NOT_RESIZABLE));
    }
    // A resize to 0 would empty the file and then fail.
    let room = (i64::MAX as u64).saturating_sub(map.file_offset());
    let size = usize::try_from(size).ok();
    let size = size.filter(|&size| size > 0 && size as u64 <= room);
    size.ok_or(MapError::Value(c"new size out of range"))
}

pub(crate) fn size(py: Python<'_>, object: &MapObject) -> PyResult<u64> {
    let size = object.read_guard(py)?.detached(Mmap::size);
    match size {
        Ok(size) => Ok(size),
        Err(error) if error.kind() == ErrorKind::Untracked => {
            Err(platform::map_calls::untracked_size(py))
        }
        Err(error) => Err(object.raise(py, error)),
    }
}

/// `(start=0, length=None)`, as `madvise` takes them: cut at the end of the map.
#[derive(Clone, Copy)]
pub(crate) struct RangeArgs {
    start: usize,
    length: Option<usize>,
}

impl RangeArgs {
    pub(crate) fn new(py: Python<'_>, args: &Arguments<'_, '_>) -> PyResult<RangeArgs> {
        let (start, length) = conversion::start_and_length(args, 0)?;
        Ok(RangeArgs {
            start: not_negative(py, "start", start)?,
            length: length
                .map(|length| not_negative(py, "length", length))
                .transpose()?,
        })
    }

    /// Returns the range of the map as it is now. A start past its end is for the core to
    /// refuse.
    pub(crate) fn resolve(self, py: Python<'_>, object: &MapObject) -> PyResult<Range<usize>> {
        object.read(py, |map| self.range(map.len()))
    }

    fn range(self, len: usize) -> Range<usize> {
        let end = self.length.map(|length| self.start.saturating_add(length));
        cut(self.start..end.unwrap_or(len), len)
    }
}

fn not_negative(py: Python<'_>, name: &str, value: isize) -> PyResult<usize> {
    usize::try_from(value).map_err(|_| {
        let text = format_args!("{name} must be 0 or more, not {value}");
        Raised::value_error_with(Message::new(py, text))
    })
}

/// Raises the error with the core's text: the stdlib module has none.
pub(crate) fn or_raise_in_core_words<T>(
    py: Python<'_>,
    object: &MapObject,
    result: Result<T, MapError>,
) -> PyResult<T> {
    match result {
        Err(MapError::Core(error)) => Err(raise_in_full(py, object, error, format_args!(""))),
        result => object.or_raise(py, result),
    }
}

/// Raises the error with the core's text; `what` comes before that of a system call.
#[cold]
fn raise_in_full(
    py: Python<'_>,
    object: &MapObject,
    error: Error,
    what: fmt::Arguments<'_>,
) -> Raised {
    match (error.kind(), error.raw_os_error()) {
        (ErrorKind::OutOfBounds, _) => Raised::value_error_with(Message::new(py, error)),
        (ErrorKind::InvalidInput, _) => Raised::type_error_with(Message::new(py, error)),
        (ErrorKind::Os, Some(code)) => {
            // Python puts the number in front.
            let text = Message::new(py, what).and(error).without_number();
            Raised::os_error_with(code, text)
        }
        _ => object.raise(py, error),
    }
}

/// Returns the part that a map of `len` bytes has. A start past its end is for the core to
/// refuse.
fn cut(part: Range<usize>, len: usize) -> Range<usize> {
    part.start..max(part.start, min(part.end, len))
}

/// `populate(start=0, length=None)`.
pub(crate) fn populate(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> PyResult<()> {
    args.expect("populate", 0, 2)?;
    let progress = Callback::new(keywords.only("populate", c"progress")?)?;
    let range = RangeArgs::new(py, args)?.resolve(py, object)?;
    let populate = |map: &Mmap, part| map.populate(cut(part, map.len()));
    let mut job = EachPart::of_range(range, populate);
    let populated = run_with_progress(py, object, &mut job, progress)?;
    or_raise_in_core_words(py, object, populated.map_err(MapError::Core))
}

/// `resident(start=0, length=None, *, pages=False)`.
pub(crate) fn resident<'py>(
    py: Python<'py>,
    object: &MapObject,
    args: &Arguments<'_, 'py>,
    keywords: &Keywords<'_, 'py>,
) -> PyResult<Owned<'py>> {
    args.expect_positional("resident", 2)?;
    let [pages, progress] = keywords.named("resident", [c"pages", c"progress"])?;
    let progress = Callback::new(progress)?;
    let range = RangeArgs::new(py, args)?;
    let pages = match pages {
        Some(pages) => is_true(pages)?,
        None => false,
    };
    let range = range.resolve(py, object)?;
    if pages {
        return resident_pages(py, object, range, progress);
    }
    let (mut count, mut resident) = (0, 0);
    let mut job = Resident::new(range, |pages| {
        count += pages.len();
        resident += pages.iter().map(|&page| usize::from(page)).sum::<usize>();
    });
    let asked = run_with_progress(py, object, &mut job, progress)?;
    or_raise_in_core_words(py, object, asked.map_err(MapError::Core))?;
    let part = match count {
        0 => 1.0,
        _ => resident as f64 / count as f64,
    };
    float(py, part)
}

fn resident_pages<'py>(
    py: Python<'py>,
    object: &MapObject,
    range: Range<usize>,
    progress: Callback<'_, '_>,
) -> PyResult<Owned<'py>> {
    let mut all = Vec::new();
    let mut has_room = true;
    let mut job = Resident::new(range, |pages| {
        has_room = has_room && all.try_reserve(pages.len()).is_ok();
        if has_room {
            all.extend_from_slice(pages);
        }
    });
    let asked = run_with_progress(py, object, &mut job, progress)?;
    or_raise_in_core_words(py, object, asked.map_err(MapError::Core))?;
    match has_room {
        true => bytes_of(py, &all),
        false => Err(Raised::no_memory(py)),
    }
}

/// Calls `question` with a range of the map, without the GIL.
pub(crate) fn ask<R: Send>(
    guard: &ReadGuard<'_, '_>,
    given: RangeArgs,
    question: impl FnOnce(&Mmap, Range<usize>) -> ironmap::Result<R> + Send,
) -> Result<R, MapError> {
    let range = given.range(guard.with(Mmap::len));
    Ok(guard.detached(|map| question(map, range))?)
}

/// `lock(start=0, length=None)`. If a part cannot be locked, unlocks the others.
pub(crate) fn lock(
    py: Python<'_>,
    object: &MapObject,
    args: &Arguments<'_, '_>,
    keywords: &Keywords<'_, '_>,
) -> PyResult<()> {
    args.expect("lock", 0, 2)?;
    let progress = Callback::new(keywords.only("lock", c"progress")?)?;
    let range = RangeArgs::new(py, args)?.resolve(py, object)?;
    let mut job = EachPart::of_range(range.clone(), |map: &Mmap, part| {
        map.lock(cut(part, map.len()))
    });
    let locked = run_with_progress(py, object, &mut job, progress);
    if let Ok(Ok(())) = locked {
        return Ok(());
    }
    let done = job.progress().done;
    unlock_again(py, object, range.start..range.start + done);
    match locked? {
        Err(error) => {
            let count = range.len();
            let what = format_args!("locking {count} bytes: ");
            Err(raise_in_full(py, object, error, what))
        }
        Ok(()) => Ok(()),
    }
}

/// Unlocks what a failed `lock` has locked. Keeps the raised exception.
fn unlock_again(py: Python<'_>, object: &MapObject, range: Range<usize>) {
    let _aside = SavedException::new(py);
    match object.read_guard_ignoring_damage(py) {
        // Another thread may lock pages, so this waits without the GIL.
        Ok(Some(guard)) => guard.detached(|map| {
            // Another thread may have made the map shorter meanwhile.
            let end = min(range.end, map.len());
            let _ = map.unlock(min(range.start, end)..end);
        }),
        // It was closed meanwhile: then nothing is locked.
        Ok(None) => {}
        Err(raised) => raised.clear(py),
    }
}

/// `unlock(start=0, length=None)`.
pub(crate) fn unlock(py: Python<'_>, object: &MapObject, args: &Arguments<'_, '_>) -> PyResult<()> {
    args.expect("unlock", 0, 2)?;
    let given = RangeArgs::new(py, args)?;
    let unlocked = ask(&object.read_guard(py)?, given, Mmap::unlock);
    or_raise_in_core_words(py, object, unlocked)
}

/// `protect(access)`.
pub(crate) fn protect(
    py: Python<'_>,
    object: &MapObject,
    access: Argument<'_, '_>,
) -> PyResult<()> {
    let mode = mode_of(py, conversion::c_int(access)?)?;
    let protected = protect_guarded(object, &mut object.resize_guard(py)?, mode);
    or_raise_in_core_words(py, object, protected)
}

fn mode_of(py: Python<'_>, access: c_int) -> PyResult<AccessMode> {
    AccessMode::from_number(access).ok_or_else(|| {
        let text = format_args!("access must be one of the ACCESS_* constants, not {access}");
        Raised::value_error_with(Message::new(py, text))
    })
}

fn protect_guarded(
    object: &MapObject,
    guard: &mut WriteGuard<'_, '_>,
    mode: AccessMode,
) -> Result<(), MapError> {
    let access = guard.with(|map| access_of(object, map, mode))?;
    guard.detached(|map| map.protect(access))?;
    object.set_mode(mode);
    Ok(())
}

fn access_of(object: &MapObject, map: &Mmap, mode: AccessMode) -> Result<Access, MapError> {
    if mode == AccessMode::Read && map.is_writable() && object.exports() > 0 {
        let text = c"mmap can't be made read-only with extant buffers exported.";
        return Err(MapError::Buffer(text));
    }
    let private = map.is_private() && !map.stands_in_for_shared();
    match (mode, private) {
        (AccessMode::Read, _) => Ok(Access::Read),
        (AccessMode::Default | AccessMode::Copy, true) => Ok(Access::Copy),
        (AccessMode::Default | AccessMode::Write, false) => Ok(Access::Write),
        (AccessMode::Write, true) => {
            let text = c"mmap can't give ACCESS_WRITE to a private map.";
            Err(MapError::Type(text))
        }
        (AccessMode::Copy, false) => {
            let text = c"mmap can't give ACCESS_COPY to a shared map.";
            Err(MapError::Type(text))
        }
    }
}
