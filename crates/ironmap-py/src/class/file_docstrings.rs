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

A descriptor of the file that stands at the map's position, as an int.

It belongs to the map, which closes it. Each call sets its position, and leaves
that of the file which was mapped alone. Callers use it to read the file, so
there is one only if that gives the map's bytes. Raises io.UnsupportedOperation
for a map of part of its file or with changes of its own (ACCESS_COPY), for
anonymous memory, with trackfd=False, where the file cannot be opened a second
time, and on Windows; OSError (EBADF) if somebody has closed a descriptor of the
map.";

pub(crate) const READINTO: &CStr = c"\
readinto($self, buffer, /)
--

Fill buffer from the current position on; return how many bytes there were.

buffer: a bytes-like object that can be written to.

The position moves past what was read; 0 means the end of the map. Runs without
the GIL if it takes long.";

pub(crate) const READLINES: &CStr = c"\
readlines($self, hint=-1, /)
--

The lines from the current position on, as a list of bytes.

hint: int or None; once the lines have this many bytes, no more are read. 0 or
    less, or None, reads them all.

The position moves past them.";

pub(crate) const WRITELINES: &CStr = c"\
writelines($self, lines, /)
--

Write each bytes-like object of an iterable, one after another.

No newlines are added. Raises what write() raises; what was written before
that stays written.";

pub(crate) const TRUNCATE: &CStr = c"\
truncate($self, size=None, /)
--

Make the map and its file end at size, and return size: resize(size).

size: int, more than 0; None means the current position, which does not move.

Raises what resize() raises.";

pub(crate) const COUNT: &CStr = c"\
count($self, sub, start=None, end=None, /)
--

How often sub occurs in [start, end), counted from the front, without overlap.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is.

Long searches run without the GIL, on all cores from 16 MiB up.";

pub(crate) const INDEX: &CStr = c"\
index($self, sub, start=None, end=None, /)
--

The lowest index in [start, end) where sub is; ValueError if there is none.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is. (find() begins at the position.)";

pub(crate) const RINDEX: &CStr = c"\
rindex($self, sub, start=None, end=None, /)
--

The highest index in [start, end) where sub is; ValueError if there is none.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is. (rfind() begins at the position.)";

pub(crate) const STARTSWITH: &CStr = c"\
startswith($self, prefix, start=None, end=None, /)
--

Whether [start, end) begins with prefix.

prefix: bytes-like, or a tuple of which any may match.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is.";

pub(crate) const ENDSWITH: &CStr = c"\
endswith($self, suffix, start=None, end=None, /)
--

Whether [start, end) ends with suffix.

suffix: bytes-like, or a tuple of which any may match.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is.";

pub(crate) const FIND_ALL: &CStr = c"\
find_all($self, sub, start=None, end=None, /, *, overlapping=False)
--

An iterator over the index of every sub in [start, end), from the front.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is.
overlapping: whether matches may share bytes.

The iterator searches ahead, up to 64 MiB at a time, without the GIL and on all
cores, and does not see what is stored there meanwhile. It keeps no buffer: the
map can be closed (the next step is a ValueError) and resized (the iterator ends
where the map ends). FaultError comes after the matches before the damage.";

pub(crate) const FIND_ANY: &CStr = c"\
find_any($self, needles, start=None, end=None, /)
--

The first match of any of several needles in [start, end): a tuple of its index
in the map and the index of the needle, or None.

needles: iterable of bytes-like objects, or ints from 0 to 255. If two match at
    the same place, the earlier in the iterable wins.
start, end: int or None, as in slices; by default the whole map, wherever
    the position is.

Raises ValueError for needles of more than 512 MiB together, MemoryError if there
is no memory to prepare them: up to 200 times their size, and 20 MiB.";

pub(crate) const LINES: &CStr = c"\
lines($self, keepends=True, start=None, stop=None)
--

An iterator over the lines in [start, stop), as bytes.

keepends: whether a line keeps its newline. Lines end with b'\\n' alone.
start, stop: int or None, as in slices; by default the whole map, wherever
    the position is. It does not move.

The iterator reads ahead, 64 KiB at a time, and does not see what is stored
there meanwhile. It keeps no buffer: the map can be closed (the next step is a
ValueError) and resized (the iterator ends where the map ends). FaultError comes
after the lines before the damage.";
