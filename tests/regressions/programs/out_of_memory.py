"""No memory for a result, a needle or a copy: MemoryError, never an abort."""

import resource

from prelude import attempt, mmap, survived, wrong

SIZE = 1 << 30
m = mmap.mmap(-1, SIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
view = memoryview(m)
used = int(open("/proc/self/statm").read().split()[0]) * mmap.PAGESIZE
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20), used + (64 << 20)))
for label, action in {
    "m[:]": lambda: m[:],
    "m[::2]": lambda: m[::2],
    "m[::-1]": lambda: m[::-1],
    "read": m.read,
    "read(n)": lambda: m.read(SIZE // 2),
    "readline": m.readline,
    "bytes": lambda: bytes(m),
    "write itself": lambda: m.write(view[:-1]),
    "m[1:] = itself": lambda: m.__setitem__(slice(1, None), view[:-1]),
    "m[::2] = itself": lambda: m.__setitem__(slice(None, None, 2), view[: SIZE // 2]),
    "find itself": lambda: m.find(view, 0, SIZE),
    "find most of itself": lambda: m.find(view[: SIZE - 1], 1, 1 << 20),
    "map again": lambda: mmap.mmap(-1, SIZE),
}.items():
    result = attempt(label, action)
    # All bytes are zeros: an operation that needs no memory can succeed.
    if isinstance(result, bytes) and len(result) > SIZE:
        wrong("more bytes than there are")
    if isinstance(result, Exception) and m.tell() != 0:
        wrong(f"{label} failed and moved the position to {m.tell()}")
    m.seek(0)
view.release()
attempt("resize", lambda: m.resize(SIZE * 2))
if len(m) != SIZE or m[:9] != bytes(9):
    wrong("the map suffered")
survived()
