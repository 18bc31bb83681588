//! Docstrings, each with the signature that `inspect.signature` shows.

mod faces;

use std::ffi::CStr;

pub(crate) use faces::*;

pub(crate) use crate::system::docs::{FLUSH, MMAP, RESIZE, SIZE};

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
