//! Docstrings, with the signatures that `inspect.signature` shows.

use std::ffi::CStr;

pub(crate) use super::atomic_docs::*;
pub(crate) use crate::platform::docs::*;

pub(crate) const CLOSE: &CStr = c"\
close($self, /)
--

Unmap the memory. Later uses of the map raise ValueError; closing it again does
nothing.

Waits, without the GIL, for other threads' operations on this map. Raises
BufferError while a buffer of the map is exported.";

pub(crate) const REFRESH: &CStr = c"\
refresh($self, /)
--

Make the map end where its file ends now, and return the new length.

The file stays as it is. The position does not move. Raises BufferError if buffers
are exported and the map would have to move or to become shorter; TypeError for
memory without a file and for a private map that has been writable (ACCESS_COPY);
ValueError with trackfd=False; and OSError as the system does. The map then stays as
it was, but for damage that was restored.";

pub(crate) const RELEASE: &CStr = c"\
release($self, /)
--

Close the map, also while buffers of it are in use: their memory stays as it is, and
is unmapped with the last of them.

Raises FaultError as close() does. A fault of a buffer after this call goes to
sys.unraisablehook.";

pub(crate) const CLOSED: &CStr = c"True if the map is closed.";

pub(crate) const FAULTS: &CStr = c"\
The number of faults that this map has survived, an int.";

pub(crate) const RESTORE: &CStr = c"\
restore($self, /)
--

Map the file again where the map is damaged.

This happens by itself after a FaultError. Raises ValueError with trackfd=False,
and OSError as the system does; the damage then remains.";

pub(crate) const BYTES: &CStr = c"\
__bytes__($self, /)
--

Return all bytes of the map, as bytes(m) does. The position is not used.";

pub(crate) const FIND: &CStr = c"\
find($self, view, start=None, end=None, /)
--

Return the lowest index in [start, end) where view is found, or -1.

view: bytes-like.
start, end: int or None, as in slices; by default from the current position
    to the end of the map.";

pub(crate) const RFIND: &CStr = c"\
rfind($self, view, start=None, end=None, /)
--

Return the highest index in [start, end) where view is found, or -1.

view: bytes-like.
start, end: int or None, as in slices; by default from the current position
    to the end of the map.";

pub(crate) const MOVE: &CStr = c"\
move($self, dest, src, count, /)
--

Copy count bytes from index src to index dest; the ranges may overlap.

Raises ValueError if either range is outside the map, TypeError if the map is
read-only.";

pub(crate) const POPULATE: &CStr = c"\
populate($self, start=0, length=None, /, *, progress=None)
--

Read [start, start + length) into memory and map it, so that no later access
waits for the disk.

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call.

All pages of the range are read. On Linux the pages of a writable map without a
file are also prepared for writing.

Runs without the GIL. Raises FaultError at the first page that the system cannot
provide, ValueError for a start past the end of the map, and OSError (ENOMEM) if
there is not enough memory.";

pub(crate) const RESIDENT: &CStr = c"\
resident($self, start=0, length=None, /, *, pages=False, progress=None)
--

Return how much of [start, start + length) is in memory, from 0.0 to 1.0.

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.
pages: bool; if true, the result is a bytes object with 1 for each page that is
    in memory and 0 for each that is not, from the page of start on.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call.

Calls mincore(2), on Windows QueryWorkingSetEx. For a file, Linux reports the
pages in the page cache, but reports all pages unless the process owns the file
or may write to it. Raises ValueError for a start past the end of the
map, and OSError as the system does.";

pub(crate) const LOCK: &CStr = c"\
lock($self, start=0, length=None, /, *, progress=None)
--

Read [start, start + length) into memory and keep it there: mlock(2).

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call.

All pages of the range are locked, until unlock() or close().

Runs without the GIL. After an error none of the range is locked. Raises OSError
if the process may not lock so much, with the limit in its text, FaultError for a
page that the system cannot provide, and ValueError for a start past the end of
the map.";

pub(crate) const UNLOCK: &CStr = c"\
unlock($self, start=0, length=None, /)
--

Unlock [start, start + length), so that the system may evict it: munlock(2).

start: int, 0 or more.
length: int or None, 0 or more; cut at the end of the map.

Pages that are not locked are skipped. Raises ValueError for a start past
the end of the map.";

pub(crate) const PROTECT: &CStr = c"\
protect($self, access, /)
--

Change the access of the map: mprotect(2).

access: int; ACCESS_READ forbids changes. To allow them again: ACCESS_WRITE for
    a shared map, ACCESS_COPY for a private one, ACCESS_DEFAULT for either.

Raises BufferError for ACCESS_READ while a writable buffer is exported, TypeError
for the access of the other kind of map, ValueError for a number that is no
access, and OSError as the system does: PermissionError if the file is not open
for writing. The map then stays as it was.";

pub(crate) const READ: &CStr = c"\
read($self, n=None, /)
--

Return up to n bytes from the current position on.

n: int or None; None or a negative number reads to the end of the map.

The position moves past them.";

pub(crate) const READ_BYTE: &CStr = c"\
read_byte($self, /)
--

Return the byte at the current position as an int, and move past it.

Raises ValueError at the end of the map.";

pub(crate) const READLINE: &CStr = c"\
readline($self, /)
--

Return the bytes from the current position through the next newline, or to the
end.

The position moves past them. At the end of the map the result is empty.";

pub(crate) const SEEK: &CStr = c"\
seek($self, pos, whence=0, /)
--

Move the position and return it.

pos: int, in bytes.
whence: the base of pos: os.SEEK_SET (0), os.SEEK_CUR (1) or os.SEEK_END (2).

Raises ValueError for a position outside the map, and does not move.";

pub(crate) const SEEKABLE: &CStr = c"\
seekable($self, /)
--

Return True.";

pub(crate) const TELL: &CStr = c"\
tell($self, /)
--

Return the current position.";

pub(crate) const WRITE: &CStr = c"\
write($self, bytes, /)
--

Store bytes at the current position and return their number.

bytes: bytes-like.

The position moves past them. Raises ValueError if they do not fit, TypeError if
the map is read-only; then nothing is stored.";

pub(crate) const WRITE_BYTE: &CStr = c"\
write_byte($self, byte, /)
--

Store an int from 0 to 255 at the current position and move past it.

Raises ValueError at the end of the map, TypeError if it is read-only,
OverflowError for a number that does not fit into a byte.";

pub(crate) const ENTER: &CStr = c"\
__enter__($self, /)
--

Return the map itself.";

pub(crate) const EXIT: &CStr = c"\
__exit__($self, exc_type, exc_value, traceback, /)
--

Close the map.";

pub(crate) const READABLE: &CStr = c"\
readable($self, /)
--

Return whether the map can be read: False without PROT_READ.";

pub(crate) const WRITABLE: &CStr = c"\
writable($self, /)
--

Return whether the map can be written to: False for ACCESS_READ.";

pub(crate) const ISATTY: &CStr = c"\
isatty($self, /)
--

Return False.";

pub(crate) const FILENO: &CStr = c"\
fileno($self, /)
--

Return a descriptor of the file, an int, which stands at the map's position.

The map owns it and closes it. Each call sets the position of this descriptor,
not that of the descriptor which was mapped. Callers read the file by it, so it
exists only if that gives the map's bytes. Raises io.UnsupportedOperation for a
map of part of its file, for a private map (ACCESS_COPY), for anonymous memory,
with trackfd=False, if the file cannot be opened a second time, and on Windows;
OSError (EBADF) if other code has closed a descriptor of the map.";

pub(crate) const READINTO: &CStr = c"\
readinto($self, buffer, /)
--

Fill buffer from the current position on; return the number of bytes.

buffer: a writable bytes-like object.

The position moves past them; 0 means the end of the map. Long reads run
without the GIL.";

pub(crate) const READLINES: &CStr = c"\
readlines($self, hint=-1, /)
--

Return the lines from the current position on, as a list of bytes.

hint: int or None; reading stops once the lines have this many bytes. 0 or
    less, or None, reads all lines.

The position moves past them.";

pub(crate) const WRITELINES: &CStr = c"\
writelines($self, lines, /)
--

Write each bytes-like object of an iterable, without newlines between them.

Raises what write() raises; objects that were written before stay written.";

pub(crate) const TRUNCATE: &CStr = c"\
truncate($self, size=None, /)
--

Make the map and its file end at size, and return size: resize(size).

size: int, more than 0; None means the current position, which does not move.

Raises what resize() raises.";

pub(crate) const COUNT: &CStr = c"\
count($self, sub, /, start=None, end=None, *, progress=None)
--

Return how often sub occurs in [start, end), without overlap.

sub: bytes-like, one byte as an int from 0 to 255, or Needles.
start, end: int or None, as in slices; by default the whole map. The
    position is not used.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call. A shorter map ends it
    earlier.

Long searches run without the GIL, on all cores from 16 MiB up.";

pub(crate) const INDEX: &CStr = c"\
index($self, sub, start=None, end=None, /)
--

Return the lowest index in [start, end) where sub is found, or raise ValueError.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map. The
    position is not used. (find() begins at the position.)";

pub(crate) const RINDEX: &CStr = c"\
rindex($self, sub, start=None, end=None, /)
--

Return the highest index in [start, end) where sub is found, or raise
ValueError.

sub: bytes-like, or one byte as an int from 0 to 255.
start, end: int or None, as in slices; by default the whole map. The
    position is not used. (rfind() begins at the position.)";

pub(crate) const STARTSWITH: &CStr = c"\
startswith($self, prefix, start=None, end=None, /)
--

Return whether [start, end) begins with prefix.

prefix: bytes-like, or a tuple of alternatives.
start, end: int or None, as in slices; by default the whole map. The
    position is not used.";

pub(crate) const ENDSWITH: &CStr = c"\
endswith($self, suffix, start=None, end=None, /)
--

Return whether [start, end) ends with suffix.

suffix: bytes-like, or a tuple of alternatives.
start, end: int or None, as in slices; by default the whole map. The
    position is not used.";

pub(crate) const FIND_ALL: &CStr = c"\
find_all($self, sub, /, start=None, end=None, *, overlapping=False,
         out=None, progress=None)
--

Return an iterator over the index of each sub in [start, end), in order; for
Needles, over tuples of the index and the number of the needle.

sub: bytes-like, one byte as an int from 0 to 255, or Needles.
start, end: int or None, as in slices; by default the whole map. The
    position is not used.
overlapping: whether matches may share bytes.
out: a writable buffer of uint64, or None; if given, the indexes are stored in it,
    and the result is their number. ValueError if there are more than it has room
    for: count() tells how many there are. Not for Needles.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call. A shorter map ends it
    earlier.

The iterator searches ahead, up to 64 MiB at a time, without the GIL and on all
cores, and does not see what is stored there later. It keeps no buffer: the
map can be closed (the next step is a ValueError) and resized (the iterator ends
where the map ends). FaultError is raised after the matches before the damage.";

pub(crate) const FIND_ANY: &CStr = c"\
find_any($self, needles, /, start=None, end=None, *, progress=None)
--

Return the first match of several needles in [start, end): a tuple of its index
in the map and the index of the needle, or None.

needles: iterable of bytes-like objects, or ints from 0 to 255; or Needles, which
    are prepared only once. If two match at the same index, the earlier one wins.
start, end: int or None, as in slices; by default the whole map. The
    position is not used.
progress: callable or None; called with the bytes done and all bytes, about ten
    times a second and at the end of a long call. A match ends it earlier.

Raises ValueError for needles of more than 512 MiB together, MemoryError if there
is no memory to prepare them, which takes up to 200 times their size and 20 MiB.";

pub(crate) const LINE_OFFSETS: &CStr = c"\
line_offsets($self, /, start=None, end=None, *, out=None, progress=None)
--

Return the index of the beginning of each line in [start, end), in order, as an
array.array of type 'Q'.

start, end: int or None, as in slices; by default the whole map. The
    position is not used.
out: a writable buffer of uint64, or None; if given, the indexes are stored in it,
    and the result is their number. ValueError if there are more than it has room
    for: there are at most count(b'\\n') + 1.
progress: callable or None; called with the bytes done and all bytes.

Long searches run without the GIL, on all cores from 16 MiB up.";

pub(crate) const LINES: &CStr = c"\
lines($self, keepends=True, start=None, end=None, *, matching=None,
      progress=None)
--

Return an iterator over the lines in [start, end), as bytes.

keepends: whether a line keeps its newline. Lines end with b'\\n' alone.
start, end: int or None, as in slices; by default the whole map. The
    position is not used and does not move.
matching: bytes-like, one byte as an int, Needles, or None; if given, only lines
    that contain a match.
progress: callable or None; called between lines with the bytes done and all
    bytes, about ten times a second and at the end.

The iterator reads ahead, 64 KiB at a time, and does not see what is stored
there later. It keeps no buffer: the map can be closed (the next step is a
ValueError) and resized (the iterator ends where the map ends). FaultError is
raised after the lines before the damage.";
