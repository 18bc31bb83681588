"""A file with unreadable blocks, and then without a server: each fault is an error at the right
byte, and the process survives."""

import fuse
from prelude import (
    PAGE,
    content,
    errno,
    expect,
    fault_of,
    ironmap,
    must_fault,
    os,
    signal,
    survived,
)

PAGES, READABLE = 256, 64
SIZE = PAGES * PAGE

with fuse.file_system(content(SIZE), fuse.UnreadableFrom, readable=READABLE * PAGE) as (
    path,
    server,
):
    m = ironmap.open(path)
    m.madvise(ironmap.MADV_RANDOM)
    expect(m[: 8 * PAGE] == content(8 * PAGE), "what can be read")
    must_fault("item", m, lambda: m[128 * PAGE + 1], 128 * PAGE + 1, SIZE)
    for name, action in {
        "slice": lambda: m[100 * PAGE : 200 * PAGE],
        "find": lambda: m.find(b"\xff"),
        "count": lambda: m.count(b"\xff"),
        "read": lambda: m.read(),
        "populate": lambda: m.populate(),
    }.items():
        fault = fault_of(name, action)
        expect(fault.errno == errno.EIO, f"{name}: {fault!r}")
        expect(fault.offset >= READABLE * PAGE, f"{name}: byte {fault.offset} can be read")
    expect(m[: 8 * PAGE] == content(8 * PAGE), "what can be read, after faults")
    os.kill(server, signal.SIGKILL)
    fault_of("a page of a server that is gone", lambda: m[150 * PAGE])
    expect(m[:PAGE] == content(PAGE), "a page that is in memory")
    m.close()
survived()
