//! Docstrings of Unix.

use std::ffi::CStr;

pub(crate) const MMAP: &CStr = c"\
mmap(fileno, length, flags=1, prot=3, access=0, offset=0, *, trackfd=True)
--

Map length bytes of the file behind the descriptor fileno, from offset on.

fileno: int; -1 maps anonymous memory.
length: int, 0 to sys.maxsize; 0 maps all of the file from offset on.
flags, prot: int, MAP_* and PROT_* values as to mmap(2); the defaults are
    MAP_SHARED and PROT_READ | PROT_WRITE.
access: int, in place of flags and prot: ACCESS_READ, ACCESS_WRITE (stores
    reach the file) or ACCESS_COPY (stores stay in this process).
offset: int, 0 or more, a multiple of ALLOCATIONGRANULARITY.
trackfd: bool; if false, no duplicate of the descriptor is kept, and size()
    and resize() fail.

Raises OverflowError for a negative length or offset; ValueError for an empty
file, a range past the file's end, and access together with flags or prot; and
OSError as the system does.";

pub(crate) const FLUSH: &CStr = c"\
flush($self, offset=0, size=-1, /, *, flags=0)
--

Write changed pages of [offset, offset + size) to the file: msync(2).

offset: int, a multiple of PAGESIZE.
size: int or None; -1 or None means up to the end.
flags: int: MS_SYNC (also meant by 0), MS_ASYNC, MS_INVALIDATE.

Nothing is written for ACCESS_READ and ACCESS_COPY. Runs without the GIL.
Raises ValueError for a range outside of the map, and OSError.";

pub(crate) const MADVISE: &CStr = c"\
madvise($self, option, start=0, length=None, /)
--

Tell the kernel how [start, start + length) will be used: madvise(2).

option: int, a MADV_* value.
start: int, a multiple of PAGESIZE.
length: int or None, 0 or more; cut at the end of the map.

After MADV_DONTFORK the range raises FaultError in forked children.

Raises ValueError for a start outside the map or a negative length,
OverflowError for too large a length, and OSError.";

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
pub(crate) const DROP: &CStr = c"\
drop($self, start=0, length=None, /)
--

Evict [start, start + length) of the file from memory: madvise(2) and
posix_fadvise(2), with DONTNEED.

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

No data is lost: the next access reads a page again. This is a request: pages
that other processes have mapped stay, and changed pages stay until they are
written, so call flush() first.

Raises TypeError for a map without a file and for a private one that has been
writable, because their bytes may exist nowhere else, and for a map of a device,
whose pages may be lost; ValueError with trackfd=False and for a start past
the end of the map; OSError as the system does (EINVAL for locked pages).";

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) const COLD: &CStr = c"\
cold($self, start=0, length=None, /)
--

Tell the kernel to evict [start, start + length) before other pages when it
needs memory: madvise(MADV_COLD).

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

No page is lost or written by this. Raises ValueError for a start past the end
of the map, and OSError (EINVAL before Linux 5.4, and for locked pages).";

pub(crate) const RESIZE: &CStr = c"\
resize($self, newsize, /)
--

Make the map newsize bytes long, and its file end where the map ends. Bytes that
others have appended to the file since it was mapped stay if the map becomes
longer than the file was then.

newsize: int, more than 0.
reserve: by keyword, False: reserve disk space for all of the map's bytes, so that
    a full disk is an OSError (ENOSPC) now and no FaultError later. Linux.

Raises TypeError for read-only and copy-on-write maps; BufferError while a
buffer is exported; ValueError with trackfd=False, for a newsize out of range,
for growing a shared anonymous map, and for reserving space without a file;
OSError as the system does, with EOPNOTSUPP if the file system cannot reserve.
After an error, map and file are unchanged.";

pub(crate) const SET_NAME: &CStr = c"\
set_name($self, name, /)
--

Name an anonymous map in /proc/PID/maps under -X dev; otherwise do nothing.

name: str, at most 66 bytes.

Needs Linux 5.17 or newer; an older kernel ignores the name.
Raises ValueError for a longer name, for one with a null character, and for a
map of a file.";

pub(crate) const SIZE: &CStr = c"\
size($self, /)
--

Return the size of the file now, in bytes; for anonymous memory, its length.

Raises ValueError with trackfd=False, and OSError (EBADF) if other code has
closed the descriptor that the map keeps.";
