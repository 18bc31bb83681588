//! Docstrings, each with the signature that `inspect.signature` shows.

use std::ffi::CStr;

pub(crate) use super::file_docstrings::*;

pub(crate) use crate::platform::docs::{FLUSH, MMAP, RESIZE, SIZE};

pub(crate) const CLOSE: &CStr = c"\
close($self, /)
--

Unmap. Any later use of the map raises ValueError; closing it again does not.

Waits, without the GIL, for other threads' operations on this map. Raises
BufferError while a buffer of the map is exported.";

pub(crate) const CLOSED: &CStr = c"True if the map is closed.";

pub(crate) const FAULTS: &CStr = c"\
How many faults this map has survived, an int. A cut-off tail is one.";

pub(crate) const RESTORE: &CStr = c"\
restore($self, /)
--

Show the file again where the map is damaged.

Happens by itself after a FaultError. Raises ValueError with trackfd=False, and
OSError as the system does; the damage is then still there.";

pub(crate) const BYTES: &CStr = c"\
__bytes__($self, /)
--

All bytes of the map, wherever the position is: what bytes(m) returns.";

pub(crate) const FIND: &CStr = c"\
find($self, view, start=None, end=None, /)
--

The lowest index in [start, end) where the bytes of view are, or -1.

view: bytes-like.
start, end: int or None, as in slices; by default from the current position
    to the end of the map.";

pub(crate) const RFIND: &CStr = c"\
rfind($self, view, start=None, end=None, /)
--

The highest index in [start, end) where the bytes of view are, or -1.

view: bytes-like.
start, end: int or None, as in slices; by default from the current position
    to the end of the map.";

pub(crate) const MOVE: &CStr = c"\
move($self, dest, src, count, /)
--

Copy count bytes from index src to index dest; the two may overlap.

Raises ValueError if either range is outside the map, TypeError if the map is
read-only.";

pub(crate) const POPULATE: &CStr = c"\
populate($self, start=0, length=None, /)
--

Read [start, start + length) into memory and map it, so that no later access
waits for the disk.

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

All pages that the range touches are read in. On Linux the pages of a writable
map without a file are made ready to be written, too.

Runs without the GIL and can be interrupted. Raises FaultError at the first
page that cannot be had, ValueError for a start past the end of the map, and
OSError (ENOMEM) if there is not enough memory.";

pub(crate) const RESIDENT: &CStr = c"\
resident($self, start=0, length=None, /, *, pages=False)
--

How much of [start, start + length) is in memory: a float from 0.0 to 1.0.

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.
pages: bool; if true, the result is a bytes object with 1 for each page that is
    in memory and 0 for each that is not, from the page of start on.

Calls mincore(2), on Windows QueryWorkingSetEx. For a file, Linux tells which
pages are in the page cache, but claims that all are unless the process owns
the file or may write to it. Raises ValueError for a start past the end of the
map, and OSError as the system does.";

pub(crate) const LOCK: &CStr = c"\
lock($self, start=0, length=None, /)
--

Read [start, start + length) into memory and keep it there: mlock(2).

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

All pages that the range touches are locked, until unlock() or close().

Runs without the GIL and can be interrupted. After an error none of the range
is locked. Raises OSError if the process may not lock so much, with the limit
in its text, FaultError for a page that cannot be had, and ValueError for a
start past the end of the map.";

pub(crate) const UNLOCK: &CStr = c"\
unlock($self, start=0, length=None, /)
--

Let the system take [start, start + length) out of memory again: munlock(2).

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

Pages that are not locked are passed over. Raises ValueError for a start past
the end of the map.";

pub(crate) const PROTECT: &CStr = c"\
protect($self, access, /)
--

Change what the map may be used for: mprotect(2).

access: int; ACCESS_READ forbids changes from now on. To allow them again:
    ACCESS_WRITE for a map whose changes others see, ACCESS_COPY for one that
    keeps them to itself, ACCESS_DEFAULT for either.

Raises BufferError if changes would be forbidden while a writable buffer is
exported, TypeError for an access of the other kind, ValueError for a number
that is no access, and OSError as the system does: PermissionError if the file
is not open for writing. The map is then as before.";

pub(crate) const READ: &CStr = c"\
read($self, n=None, /)
--

Up to n bytes from the current position on, as bytes.

n: int or None; None or a negative number reads to the end of the map.

The position moves to the end of what was read.";

pub(crate) const READ_BYTE: &CStr = c"\
read_byte($self, /)
--

The byte at the current position, as an int; the position moves past it.

Raises ValueError at the end of the map.";

pub(crate) const READLINE: &CStr = c"\
readline($self, /)
--

The bytes from the current position through the next newline, or to the end.

The position moves past them; at the end of the map the result is empty.";

pub(crate) const SEEK: &CStr = c"\
seek($self, pos, whence=0, /)
--

Move the position and return it.

pos: int, in bytes.
whence: what pos counts from: os.SEEK_SET (0), os.SEEK_CUR (1) or
    os.SEEK_END (2).

Raises ValueError for a place outside the map; the position stays.";

pub(crate) const SEEKABLE: &CStr = c"\
seekable($self, /)
--

True.";

pub(crate) const TELL: &CStr = c"\
tell($self, /)
--

The current position.";

pub(crate) const WRITE: &CStr = c"\
write($self, bytes, /)
--

Store bytes at the current position and return how many there were.

bytes: bytes-like.

The position moves past them. Raises ValueError if they do not all fit,
TypeError if the map is read-only; nothing is stored then.";

pub(crate) const WRITE_BYTE: &CStr = c"\
write_byte($self, byte, /)
--

Store an int from 0 to 255 at the current position and move past it.

Raises ValueError at the end of the map, TypeError if it is read-only,
OverflowError for a number that does not fit into a byte.";

pub(crate) const ENTER: &CStr = c"\
__enter__($self, /)
--

The map itself.";

pub(crate) const EXIT: &CStr = c"\
__exit__($self, exc_type, exc_value, traceback, /)
--

Close the map.";
