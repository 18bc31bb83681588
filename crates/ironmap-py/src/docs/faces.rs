//! Docstrings of what makes a map a whole file object, and as good as `bytes`.

use std::ffi::CStr;

pub(crate) const READABLE: &CStr = c"\
readable($self, /)
--

Whether the map can be read: False without PROT_READ.";

pub(crate) const WRITABLE: &CStr = c"\
writable($self, /)
--

Whether the map can be written to: False for ACCESS_READ.";

pub(crate) const ISATTY: &CStr = c"\
isatty($self, /)
--

False.";

pub(crate) const FILENO: &CStr = c"\
fileno($self, /)
--

The descriptor that the map keeps of its file, as an int.

It is the map's: who closes it takes size() and resize() what they need. Who
asks for it reads the file by it, so there is one only where that reads the
map. Raises io.UnsupportedOperation for a map of a part of its file or with
changes of its own (ACCESS_COPY), for anonymous memory, with trackfd=False,
and on Windows; OSError (EBADF) if somebody closed the descriptor.";

pub(crate) const READINTO: &CStr = c"\
readinto($self, buffer, /)
--

Fill buffer from the current position on; return how many bytes there were.

buffer: a bytes-like object that can be written to. The position moves behind
what was read; 0 is the end of the map. Runs without the GIL if it is long.";

pub(crate) const READLINES: &CStr = c"\
readlines($self, hint=-1, /)
--

The lines from the current position on, as a list of bytes.

hint: int or None; from so many bytes on no more lines are read, 0 or less
reads all. The position moves behind them.";

pub(crate) const WRITELINES: &CStr = c"\
writelines($self, lines, /)
--

Write each bytes-like object of an iterable, one after the other.

No newlines are added. Raises as write() does; what was written before is
written then.";

pub(crate) const TRUNCATE: &CStr = c"\
truncate($self, size=None, /)
--

Make map and file end at size and return it: resize(size).

size: int, more than 0; None is the current position, which does not move.
Raises as resize() does.";

pub(crate) const COUNT: &CStr = c"\
count($self, sub, start=None, end=None, /)
--

How often sub is in [start, end), counted from the front, without overlap.

sub: bytes-like, or an int from 0 to 255, one byte.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position.

Long searches run without the GIL, from 16 MiB on on all cores.";

pub(crate) const INDEX: &CStr = c"\
index($self, sub, start=None, end=None, /)
--

The lowest index in [start, end) where sub is; ValueError if it is not there.

sub: bytes-like, or an int from 0 to 255, one byte.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position. (find() begins at the position.)";

pub(crate) const RINDEX: &CStr = c"\
rindex($self, sub, start=None, end=None, /)
--

The highest index in [start, end) where sub is; ValueError if it is not there.

sub: bytes-like, or an int from 0 to 255, one byte.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position. (rfind() begins at the position.)";

pub(crate) const STARTSWITH: &CStr = c"\
startswith($self, prefix, start=None, end=None, /)
--

Whether [start, end) begins with prefix.

prefix: bytes-like, or a tuple of which any will do.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position.";

pub(crate) const ENDSWITH: &CStr = c"\
endswith($self, suffix, start=None, end=None, /)
--

Whether [start, end) ends with suffix.

suffix: bytes-like, or a tuple of which any will do.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position.";

pub(crate) const FIND_ALL: &CStr = c"\
find_all($self, sub, start=None, end=None, /, *, overlapping=False)
--

An iterator over the index of every sub in [start, end), from the front.

sub: bytes-like, or an int from 0 to 255, one byte.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position.
overlapping: whether matches may share bytes.

It searches ahead, up to 64 MiB at a time, without the GIL and on all cores,
and does not see what is stored there meanwhile. It keeps no buffer: the map
can be closed (ValueError then) and resized (it ends where the map ends).
FaultError comes after the matches in front of the damage.";

pub(crate) const FIND_ANY: &CStr = c"\
find_any($self, needles, start=None, end=None, /)
--

Where the first of several needles is in [start, end), and which: a tuple of
its index in the map and its index among the needles, or None.

needles: iterable of bytes-like objects, or ints from 0 to 255. Where two are
    at one place, the earlier in the iterable is the one.
start, end: int or None, as in slices; all of the map unless told, whatever
    the position.";

pub(crate) const LINES: &CStr = c"\
lines($self, keepends=True, start=None, stop=None)
--

An iterator over the lines in [start, stop), as bytes.

keepends: whether a line keeps its newline. Lines end with b'\\n' alone.
start, stop: int or None, as in slices; all of the map unless told, whatever
    the position, which stays where it is.

It reads ahead, 64 KiB at a time, and does not see what is stored there
meanwhile. It keeps no buffer: the map can be closed (ValueError then) and
resized (it ends where the map ends). FaultError comes after the lines in
front of the damage.";
