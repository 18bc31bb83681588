"""A server that answers with fewer bytes than were asked for: to the kernel the file ends there, so
the next page is an error.
"""

import fuse
from prelude import PAGE, check_error, content, errno, expect, fault_of, ironmap, survived

SIZE = 64 * PAGE

with fuse.file_system(content(SIZE), fuse.ShortReads) as (path, _), ironmap.open(path) as m:
    error = fault_of("all bytes", lambda: m[:])
    check_error("all bytes", error, PAGE, SIZE, errno.EIO)
    expect(m[: PAGE // 2] == content(PAGE // 2), "the bytes that the server gave")
survived()
