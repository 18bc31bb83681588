"""A file system that refuses shared maps: `open` maps privately for reading, and a page that comes
no more is an error.
"""

import fuse
from prelude import PAGE, content, errno, expect, fault_of, ironmap, os, signal, survived, wrong

SIZE = 64 * PAGE + 7

with fuse.file_system(content(SIZE), open_flags=fuse.DIRECT_IO) as (path, server):
    with open(path, "rb") as file:
        try:
            ironmap.mmap(file.fileno(), 0, access=ironmap.ACCESS_READ)
        except OSError as error:
            expect(error.errno == errno.ENODEV, f"the constructor raised {error!r}")
        else:
            wrong("the constructor made a shared map")
    try:
        ironmap.open(path, "r+")
    except OSError as error:
        seen = (error.errno, error.filename)
        expect(seen == (errno.ENODEV, path), f"mode 'r+' raised {error!r}")
    else:
        wrong("mode 'r+' made a map whose changes would be lost")
    with ironmap.open(path, offset=3) as m:
        expect("access=ACCESS_READ" in repr(m), repr(m))
        expect(not m.writable(), "the map can be written to")
        try:
            m[0] = 1
        except TypeError:
            pass
        else:
            wrong("a store succeeded")
        m.madvise(ironmap.MADV_RANDOM)
        expect(m[: 8 * PAGE] == content(SIZE)[3:][: 8 * PAGE], "the first bytes")
        os.kill(server, signal.SIGKILL)
        fault_of("a page of a server that is gone", lambda: m[50 * PAGE])
        expect(m[:PAGE] == content(SIZE)[3:][:PAGE], "a page that is in memory")

with (
    fuse.file_system(bytes(PAGE), fuse.Changing, open_flags=fuse.DIRECT_IO) as (path, _),
    ironmap.open(path) as m,
):
    first = m[0]
    m.madvise(ironmap.MADV_DONTNEED)
    expect(m[0] == first, "the bytes changed without a new map")
    with ironmap.open(path) as again:
        expect(again[0] > first, "a new map shows the old bytes")
survived()
