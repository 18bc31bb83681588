//! Docstrings, each with the signature that `inspect.signature` shows.

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
trackfd: bool; if false no duplicate of the descriptor is kept, and size()
    and resize() fail.

Raises OverflowError for a negative length or offset, ValueError for an
empty file, for a range past the file's end and for access together with
flags or prot, and OSError as the system does.";

pub(crate) const CLOSE: &CStr = c"\
close($self, /)
--

Unmap. Every later use of the map is a ValueError; closing again is not.

Waits, without the GIL, for operations of other threads on this map. Raises
BufferError while a buffer of the map is exported.";

pub(crate) const CLOSED: &CStr = c"True if the map is closed.";

pub(crate) const FAULTS: &CStr = c"\
How many faults of this map were survived, an int. A cut-off tail is one.";

pub(crate) const RESTORE: &CStr = c"\
restore($self, /)
--

Show the file again where the map is damaged.

Done by itself after a FaultError. Raises ValueError with trackfd=False, and
OSError as the system does; the damage is then still there.";

pub(crate) const BYTES: &CStr = c"\
__bytes__($self, /)
--

All bytes of the map, whatever the position: what bytes(m) gives.";

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

pub(crate) const FLUSH: &CStr = c"\
flush($self, offset=0, size=-1, /, *, flags=0)
--

Write changed pages of [offset, offset + size) to the file: msync(2).

offset: int, a multiple of PAGESIZE; size: int, -1 for all up to the end.
flags: int, MS_SYNC (also for 0), MS_ASYNC, MS_INVALIDATE.

Nothing is written for ACCESS_READ and ACCESS_COPY. Runs without the GIL.
Raises ValueError for a range outside of the map, and OSError.";

pub(crate) const MADVISE: &CStr = c"\
madvise($self, option, start=0, length=None, /)
--

Tell the kernel how [start, start + length) will be used: madvise(2).

option: int, a MADV_* value; start: int, a multiple of PAGESIZE;
length: int or None, 0 or more, cut at the end of the map.

Raises ValueError for a start outside of the map or a negative length,
OverflowError for too large a length, and OSError.";

pub(crate) const MOVE: &CStr = c"\
move($self, dest, src, count, /)
--

Copy count bytes from index src to index dest; the two may overlap.

Raises ValueError where one of them is out of the map, TypeError if the map
is read-only.";

pub(crate) const READ: &CStr = c"\
read($self, n=None, /)
--

Up to n bytes from the current position on, as bytes.

n: int or None; None or a negative number reads to the end of the map. The
position moves behind what was read.";

pub(crate) const READ_BYTE: &CStr = c"\
read_byte($self, /)
--

The byte at the current position, as an int; the position moves behind it.

Raises ValueError at the end of the map.";

pub(crate) const READLINE: &CStr = c"\
readline($self, /)
--

The bytes from the current position through the next newline, or to the end.

The position moves behind them; at the end of the map the result is empty.";

pub(crate) const RESIZE: &CStr = c"\
resize($self, newsize, /)
--

Make the map newsize bytes long, and its file end where the map ends.

newsize: int, more than 0. After an error map and file are as before.

Raises TypeError for read-only and copy-on-write maps, BufferError while a
buffer is exported, ValueError with trackfd=False, for a newsize out of range
and for growing a shared anonymous map, and OSError as the system does.";

pub(crate) const SEEK: &CStr = c"\
seek($self, pos, whence=0, /)
--

Move the position and return it.

pos: int; whence: os.SEEK_SET (0), os.SEEK_CUR (1) or os.SEEK_END (2).
Raises ValueError for a place outside of the map; the position stays.";

pub(crate) const SEEKABLE: &CStr = c"\
seekable($self, /)
--

True.";

pub(crate) const SET_NAME: &CStr = c"\
set_name($self, name, /)
--

Name an anonymous map in /proc/PID/maps, under -X dev; else do nothing.

name: str, at most 66 bytes. Needs Linux 5.17 or newer; where the kernel
knows no names nothing happens. Raises ValueError for a longer name, one with
a null character, and for a map of a file.";

pub(crate) const SIZE: &CStr = c"\
size($self, /)
--

The size of the file now, in bytes; of anonymous memory, its length.

Raises ValueError with trackfd=False, and OSError (EBADF) if somebody closed
the descriptor that the map keeps.";

pub(crate) const TELL: &CStr = c"\
tell($self, /)
--

The current position.";

pub(crate) const WRITE: &CStr = c"\
write($self, bytes, /)
--

Store bytes at the current position and return how many there were.

bytes: bytes-like. The position moves behind them. Raises ValueError if they
do not all fit, TypeError if the map is read-only; nothing is stored then.";

pub(crate) const WRITE_BYTE: &CStr = c"\
write_byte($self, byte, /)
--

Store an int from 0 to 255 at the current position and move behind it.

Raises ValueError at the end of the map, TypeError if it is read-only,
OverflowError for a number that is no byte.";

pub(crate) const ENTER: &CStr = c"\
__enter__($self, /)
--

The map itself.";

pub(crate) const EXIT: &CStr = c"\
__exit__($self, exc_type, exc_value, traceback, /)
--

Close the map.";
