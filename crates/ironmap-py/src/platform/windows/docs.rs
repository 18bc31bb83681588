//! Docstrings of Windows.

use std::ffi::CStr;

pub(crate) const MMAP: &CStr = c"\
mmap(fileno, length, tagname=None, access=0, offset=0, *, trackfd=True)
--

Map length bytes of the file behind the descriptor fileno, from offset on. The
file's own position becomes 0.

fileno: int; -1 and 0 map memory of the page file.
length: int, 0 to sys.maxsize; 0 maps all of the file from offset on. A file
    that is shorter is made longer, if the map may write to it.
tagname: str or None; maps with one name, in any process, show the same
    memory.
access: int, ACCESS_READ, ACCESS_WRITE (stores reach the file, also for
    ACCESS_DEFAULT) or ACCESS_COPY (stores stay in this process).
offset: int, 0 or more, a multiple of ALLOCATIONGRANULARITY.
trackfd: bool; if false, no duplicate of the file's handle is kept, and size()
    and resize() fail.

Raises OverflowError for a negative length or offset, ValueError for an empty
file and for an offset past the file's end with length 0, and OSError as the
system does.";

pub(crate) const FLUSH: &CStr = c"\
flush($self, offset=0, size=-1, /, *, flags=0)
--

Write changed bytes of [offset, offset + size) to the file and wait for it.

offset: int.
size: int or None; -1 or None means up to the end.
flags: int, ignored.

Nothing is written for ACCESS_READ and ACCESS_COPY. Runs without the GIL.
Raises ValueError for a range outside of the map, and OSError.";

pub(crate) const RESIZE: &CStr = c"\
resize($self, newsize, /)
--

Make the map newsize bytes long, and its file end where the map ends.

newsize: int, more than 0.
reserve: by keyword, False: not for Windows.

Raises TypeError for read-only and copy-on-write maps; BufferError while a
buffer is exported; ValueError with trackfd=False and for a newsize out of
range; OSError as the system does, for example if the file is to become shorter
and has another map, or if another map has the tag name. After an error, map and
file are unchanged.";

pub(crate) const SIZE: &CStr = c"\
size($self, /)
--

Return the size of the file now, in bytes; for memory of the page file, its
length.

Raises ValueError with trackfd=False, and OSError if other code has closed
the handle that the map keeps.";

pub(crate) const SIZEOF: &CStr = c"\
__sizeof__($self, /)
--

Return the size of the object and its tag name, without the mapped bytes.";
