"""A file system that refuses shared maps: `open` maps privately for reading, also a file that was
empty, the map stays read-only, and a page that comes no more is an error.
"""

import pickle
import tempfile

import fuse
from prelude import PAGE, content, errno, expect, fault_of, ironmap, os, signal, survived, wrong

SIZE = 64 * PAGE + 7


def refusal(map, access):
    try:
        map.protect(access)
    except (OSError, TypeError) as error:
        return type(error), str(error)
    wrong(f"protect({access}) succeeded")


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
        with tempfile.NamedTemporaryFile() as file:
            file.write(content(SIZE))
            file.flush()
            os.chmod(file.name, 0o400)
            with ironmap.open(file.name, offset=3) as usual:
                for access in (ironmap.ACCESS_COPY, ironmap.ACCESS_WRITE, ironmap.ACCESS_DEFAULT):
                    seen = refusal(m, access)
                    expect(seen == refusal(usual, access), f"protect({access}) raised {seen}")
        m.protect(ironmap.ACCESS_READ)
        expect(not m.writable(), "protect made the map writable")
        expect(pickle.loads(pickle.dumps(m)).mode == "rb", "the map is pickled as a writable one")
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

with (
    fuse.file_system(content(SIZE), fuse.Growing, open_flags=fuse.DIRECT_IO) as (path, server),
    ironmap.open(path) as m,
):
    expect(len(m) == 0, f"a new file has {len(m)} bytes")
    os.kill(server, signal.SIGUSR1)
    expect(m.refresh() == SIZE, f"the map has {len(m)} bytes")
    expect(m[:] == content(SIZE), "the bytes of a file that was empty")
    expect(m.refresh() == SIZE, f"the map has {len(m)} bytes")
    expect(refusal(m, ironmap.ACCESS_COPY)[0] is TypeError, "another error")
survived()
