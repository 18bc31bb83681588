//! Docstrings, each with the signature that `inspect.signature` shows.

use std::ffi::CStr;

pub(crate) use crate::platform::docs::*;

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
