"""A resize to an impossible size must leave file and map as they were."""

import os
import sys
import tempfile

from prelude import PAGE, attempt, mmap, survived, wrong

file = tempfile.TemporaryFile(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
file.write(b"A" * PAGE)
file.flush()
m = mmap.mmap(file.fileno(), 0)
m.seek(7)
for newsize in (1 << 60, 1 << 47, sys.maxsize, sys.maxsize - PAGE, 1 << 64, -1, -sys.maxsize):
    result = attempt(f"resize({newsize})", lambda: m.resize(newsize))
    attempt("m[:]", lambda: m[:], lambda data: data == b"A" * PAGE)
    size = os.fstat(file.fileno()).st_size
    if isinstance(result, Exception) and (size, len(m), m.tell()) != (PAGE, PAGE, 7):
        wrong(f"resize({newsize}) raised, but left {size} bytes, map {len(m)}, position {m.tell()}")
survived()
